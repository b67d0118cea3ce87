"""Serves the actors: `python -m smallest`."""

from .app import registry

registry.main()
