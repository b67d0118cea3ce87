"""`pytest tests/golden --update` accepts what is generated now."""

from __future__ import annotations

import pytest

# The first tests that were generated are checked, not run.
collect_ignore_glob = ["*/expected"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update", action="store_true", help="Rewrite the expected trees."
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether the expected trees shall be rewritten."""
    return bool(request.config.getoption("--update", default=False))
