"""The JSON Schema that editors find through the first line of a schema."""

from __future__ import annotations

import json
from typing import Final

from rivetgen_schema import editor_schema

EDITOR_SCHEMA_PATH: Final = ".rivetgen/actors.schema.json"
"""Where projects keep it; the modeline that `init` writes points there."""


def editor_schema_text() -> str:
    """Return the JSON Schema of actors.yaml as text."""
    return f"{json.dumps(editor_schema(), indent=2)}\n"
