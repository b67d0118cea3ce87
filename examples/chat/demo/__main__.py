"""The chat example from its schema to a crash survived: ``python examples/chat/demo``.

Copies what people wrote into a temporary folder, generates the rest there, and lets
story.py tell what happens. Nothing is left behind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
GENERATED = shutil.ignore_patterns("_generated", "clients", "specs", "__pycache__")


def main() -> int:
    """Generate, run the story, clean up; return the story's exit code."""
    with tempfile.TemporaryDirectory(prefix="rivetgen-demo-") as name:
        project = Path(name) / "chat"
        shutil.copytree(PROJECT, project, ignore=GENERATED)
        rivetgen = Path(sys.executable).with_name("rivetgen")
        written = subprocess.check_output([rivetgen, "generate"], cwd=project)
        count = len(written.splitlines())
        print(f"Generated {count} files from actors.yaml.", flush=True)
        packages = (project / "src", project / "clients" / "python")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, packages))}
        story = [sys.executable, str(project / "demo" / "story.py"), f"{name}/data"]
        return subprocess.run(story, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
