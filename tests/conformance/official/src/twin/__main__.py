"""Serves the actors: `python -m twin`."""

from .app import registry

registry.main()
