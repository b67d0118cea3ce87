"""What actors.yaml means: loader, diagnostics, model and the resolved IR.

Everything public is imported on first use, so that importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rivetgen_schema.document import LoadResult, load_schema, load_text
    from rivetgen_schema.findings import Finding
    from rivetgen_schema.ir import Schema
    from rivetgen_schema.ir_json import schema_digest, to_json
    from rivetgen_schema.render import render_findings
    from rivetgen_schema.source import Position
    from rivetgen_schema.targets import Feature, lint_targets, unsupported

__all__ = [
    "Feature",
    "Finding",
    "LoadResult",
    "Position",
    "Schema",
    "lint_targets",
    "load_schema",
    "load_text",
    "render_findings",
    "schema_digest",
    "to_json",
    "unsupported",
]

_HOMES = {
    "Feature": "rivetgen_schema.targets",
    "Finding": "rivetgen_schema.findings",
    "LoadResult": "rivetgen_schema.document",
    "Position": "rivetgen_schema.source",
    "Schema": "rivetgen_schema.ir",
    "lint_targets": "rivetgen_schema.targets",
    "load_schema": "rivetgen_schema.document",
    "load_text": "rivetgen_schema.document",
    "render_findings": "rivetgen_schema.render",
    "schema_digest": "rivetgen_schema.ir_json",
    "to_json": "rivetgen_schema.ir_json",
    "unsupported": "rivetgen_schema.targets",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
