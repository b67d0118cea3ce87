"""The fixture actors of the conformance suite, driven by the official client."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fixture_server import case_names, fixture_server, generated_fixtures, run_cases
from official_client import NODE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture actors with everything that is generated for them."""
    return generated_fixtures(tmp_path_factory.mktemp("fixtures"))


@pytest.fixture(scope="module")
def fixtures(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with all fixture actors."""
    data = tmp_path_factory.mktemp("fixture-server") / "data"
    with fixture_server(project, data) as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=["json", "cbor", "bare"])
def reports(request: pytest.FixtureRequest, fixtures: str) -> dict[str, str | None]:
    """What became of every case in one encoding."""
    if not NODE.exists():
        pytest.fail("Node is not installed: run python3 noxfile.py -s conformance")
    return run_cases(fixtures, request.param)


@pytest.mark.parametrize("case", case_names())
def test_the_case_passes(reports: dict[str, str | None], case: str) -> None:
    assert reports[case] is None, reports[case]


def test_the_generated_python_client_drives_them(project: Path, fixtures: str) -> None:
    paths = [str(project / "clients" / "python"), str(project / "src")]
    environment = {
        **os.environ,
        "FIXTURES_ENDPOINT": fixtures,
        "PYTHONPATH": os.pathsep.join(paths),
    }
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


def test_the_fixture_actors_are_typed(project: Path) -> None:
    """Users write actors like these: the checkers must be content with them."""
    environment = {**os.environ, "MYPYPATH": str(project / "src")}
    command = [sys.executable, "-m", "mypy", "--strict", "-p", "fixtures"]
    cache = ["--cache-dir", str(project / ".mypy_cache"), "--config-file="]
    checked = subprocess.run(
        [*command, *cache],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
