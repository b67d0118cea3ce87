"""Runs the command: `python -m rivetgen`."""

from rivetgen.cli import main

main()
