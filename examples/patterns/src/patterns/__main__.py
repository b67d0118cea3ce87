"""Serves the actors: `python -m patterns`."""

from .app import registry

registry.main()
