"""Serves the actors: `python -m chat`."""

from .app import registry

registry.main()
