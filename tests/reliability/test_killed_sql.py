"""Databases of actors keep every write that was confirmed when the process is killed.

``KILL_ROUNDS`` runs more rounds than usual, ``KILL_SEED`` others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "support" / "killed_sql.py"
ROUNDS = int(os.environ.get("KILL_ROUNDS", "40"))
SEED = int(os.environ.get("KILL_SEED", "1"))


def test_no_confirmed_write_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, str(PROGRAM), str(tmp_path), str(ROUNDS), str(SEED)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(run.stdout)
    assert report["losses"] == []
    assert report["confirmed"] > ROUNDS
