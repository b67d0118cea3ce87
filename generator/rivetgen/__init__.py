"""Generates server stubs, typed clients and specs from actors.yaml."""

from __future__ import annotations

from rivetgen.version import VERSION

__all__ = ["__version__"]

__version__: str = VERSION
