"""A store whose process is killed keeps every batch that it confirmed, whole.

``KILL_ROUNDS`` runs more rounds than usual, ``KILL_SEED`` others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "support" / "killed_store.py"
ROUNDS = int(os.environ.get("KILL_ROUNDS", "100"))
SEED = int(os.environ.get("KILL_SEED", "1"))
ROUNDS_PER_TEST = 50


@pytest.mark.parametrize("part", range(-(-ROUNDS // ROUNDS_PER_TEST)))
def test_no_confirmed_batch_is_lost(part: int, tmp_path: Path) -> None:
    rounds = min(ROUNDS_PER_TEST, ROUNDS - part * ROUNDS_PER_TEST)
    command = [sys.executable, str(PROGRAM), str(tmp_path), str(rounds)]
    run = subprocess.run(
        [*command, str(SEED * 1_000 + part)], capture_output=True, text=True, check=True
    )
    report = json.loads(run.stdout)
    assert report["losses"] == []
    assert report["confirmed"] > rounds
