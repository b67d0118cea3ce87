"""`rivetgen watch`: a real process, real file events."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from rivetgen_cli import SCHEMA, project

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

PATIENCE_S = 20.0
"""Longer than anything takes on a busy machine; the aim is 300 ms."""
GENERATED = "src/shop/_generated/counter.py"


@contextmanager
def watching(folder: Path) -> Generator[subprocess.Popen[str]]:
    """Run the command until the block ends."""
    with (folder / "watch.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rivetgen", "watch"],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        )
    try:
        wait_for(lambda: "wrote src/shop/app.py" in log_of(folder), process)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "the command ended"
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def log_of(folder: Path) -> str:
    return (folder / "watch.log").read_text()


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.mark.timeout(90)
def test_an_edit_is_generated_and_a_bad_one_leaves_the_last_output(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path)
    schema, generated = folder / "actors.yaml", folder / GENERATED
    with watching(folder) as process:
        schema.write_text(SCHEMA.replace("getCount", "readCount"))
        wait_for(lambda: "def read_count" in read(generated), process)

        good = read(generated)
        schema.write_text("rivet: [")
        wait_for(lambda: "the last output stays" in log_of(folder), process)
        assert "error[RG100]" in log_of(folder)
        assert read(generated) == good

        schema.write_text(SCHEMA.replace("getCount", "countNow"))
        wait_for(lambda: "def count_now" in read(generated), process)


@pytest.mark.timeout(90)
def test_settings_imports_and_replaced_files_are_noticed(tmp_path: Path) -> None:
    folder = project(tmp_path, extra="imports: ['types/*.yaml']\n")
    (folder / "types").mkdir()
    (folder / "types" / "id.yaml").write_text("types:\n  Id: uuid\n")
    settings = folder / "pyproject.toml"
    with watching(folder) as process:
        settings.write_text("[tool.rivetgen]\nschem = 'x'\n")
        wait_for(lambda: "did you mean `schema`?" in log_of(folder), process)
        project(folder, extra="imports: ['types/*.yaml']\n")

        # Editors often write a new file and rename it over the old one.
        new = folder / "types" / "new"
        new.write_text("types:\n  Renamed: { fields: { id: uuid } }\n")
        new.replace(folder / "types" / "id.yaml")
        types = folder / "src" / "shop" / "_generated" / "types.py"
        wait_for(lambda: "class Renamed" in read(types), process)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for processes")
@pytest.mark.timeout(60)
def test_an_interrupt_ends_it_quietly(tmp_path: Path) -> None:
    folder = project(tmp_path)
    with watching(folder) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert log_of(folder).endswith("Stopped.\n")
    assert "Traceback" not in log_of(folder)
