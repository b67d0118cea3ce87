"""The descriptions of the protocol that are served beside it."""

from __future__ import annotations

from functools import cache
from importlib import resources

__all__ = ["asyncapi", "openapi"]


@cache
def openapi() -> bytes:
    """The HTTP side as OpenAPI 3.1, JSON."""
    return _read("openapi.json")


@cache
def asyncapi() -> bytes:
    """The WebSocket side as AsyncAPI 3.0, JSON."""
    return _read("asyncapi.json")


def _read(name: str) -> bytes:
    return resources.files("rivetgen_runtime").joinpath(name).read_bytes()
