"""Serves the actors: `python -m everything`."""

from .app import registry

registry.main()
