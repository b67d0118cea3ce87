"""What generated code and users import from the top of the package."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

import rivetgen_runtime

GENERATED_CODE_USES = {
    "ActionBinding",
    "Actor",
    "ActorDefinition",
    "ActorOptions",
    "Connection",
    "Context",
    "CreateContext",
    "Events",
    "Registry",
}


ALIASES = {"ScopeFailureSource", "StepFailureKind", "WorkflowFailure"}
"""Names for one of several types or values."""


@pytest.mark.parametrize("name", sorted(set(rivetgen_runtime.__all__) - ALIASES))
def test_every_name_is_there(name: str) -> None:
    assert getattr(rivetgen_runtime, name).__name__ == name


@pytest.mark.parametrize("name", sorted(ALIASES))
def test_every_alias_is_there(name: str) -> None:
    assert get_args(getattr(rivetgen_runtime, name))


def test_what_generated_code_uses_is_public() -> None:
    assert set(rivetgen_runtime.__all__) >= GENERATED_CODE_USES


def test_unknown_names_are_unknown() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        getattr(rivetgen_runtime, "Nonsense")  # noqa: B009 - types are checked elsewhere


def test_importing_the_package_does_not_import_the_front() -> None:
    program = (
        "import sys, rivetgen_runtime as r; r.Actor; print('aiohttp' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "False"
