"""What actors.yaml means: loader, diagnostics, model and the resolved IR.

Everything public is imported on first use, so that importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rivetgen_schema.ir import Schema
    from rivetgen_schema.ir_json import schema_digest, to_json
    from rivetgen_schema.source import Position

__all__ = ["Position", "Schema", "schema_digest", "to_json"]

_HOMES = {
    "Position": "rivetgen_schema.source",
    "Schema": "rivetgen_schema.ir",
    "schema_digest": "rivetgen_schema.ir_json",
    "to_json": "rivetgen_schema.ir_json",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
