"""What actors.yaml means: loader, diagnostics, model and the resolved IR.

Everything public is imported on first use, so that importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rivetgen_schema.catalogue import explain
    from rivetgen_schema.compatibility import Change, compare
    from rivetgen_schema.document import LoadResult, load_schema, load_text
    from rivetgen_schema.editor import editor_schema
    from rivetgen_schema.errors import SchemaError
    from rivetgen_schema.findings import Finding
    from rivetgen_schema.formatting import FormatError, format_text
    from rivetgen_schema.ir import Schema
    from rivetgen_schema.ir_decode import from_json
    from rivetgen_schema.ir_json import schema_digest, to_json
    from rivetgen_schema.ir_schema import client_spec_schema
    from rivetgen_schema.lock import Lock, LockError, make_lock, read_lock, write_lock
    from rivetgen_schema.render import render_findings
    from rivetgen_schema.reports import render_github, render_json, render_sarif
    from rivetgen_schema.source import Position
    from rivetgen_schema.targets import Feature, lint_targets, unsupported

__all__ = [
    "Change",
    "Feature",
    "Finding",
    "FormatError",
    "LoadResult",
    "Lock",
    "LockError",
    "Position",
    "Schema",
    "SchemaError",
    "client_spec_schema",
    "compare",
    "editor_schema",
    "explain",
    "format_text",
    "from_json",
    "lint_targets",
    "load_schema",
    "load_text",
    "make_lock",
    "read_lock",
    "render_findings",
    "render_github",
    "render_json",
    "render_sarif",
    "schema_digest",
    "to_json",
    "unsupported",
    "write_lock",
]

_HOMES = {
    "Change": "rivetgen_schema.compatibility",
    "Feature": "rivetgen_schema.targets",
    "Finding": "rivetgen_schema.findings",
    "FormatError": "rivetgen_schema.formatting",
    "LoadResult": "rivetgen_schema.document",
    "Lock": "rivetgen_schema.lock",
    "LockError": "rivetgen_schema.lock",
    "Position": "rivetgen_schema.source",
    "Schema": "rivetgen_schema.ir",
    "SchemaError": "rivetgen_schema.errors",
    "client_spec_schema": "rivetgen_schema.ir_schema",
    "compare": "rivetgen_schema.compatibility",
    "editor_schema": "rivetgen_schema.editor",
    "explain": "rivetgen_schema.catalogue",
    "format_text": "rivetgen_schema.formatting",
    "from_json": "rivetgen_schema.ir_decode",
    "lint_targets": "rivetgen_schema.targets",
    "load_schema": "rivetgen_schema.document",
    "load_text": "rivetgen_schema.document",
    "make_lock": "rivetgen_schema.lock",
    "read_lock": "rivetgen_schema.lock",
    "render_findings": "rivetgen_schema.render",
    "render_github": "rivetgen_schema.reports",
    "render_json": "rivetgen_schema.reports",
    "render_sarif": "rivetgen_schema.reports",
    "schema_digest": "rivetgen_schema.ir_json",
    "to_json": "rivetgen_schema.ir_json",
    "unsupported": "rivetgen_schema.targets",
    "write_lock": "rivetgen_schema.lock",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562)."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
