"""Serves the actors: `python -m described`."""

from .app import registry

registry.main()
