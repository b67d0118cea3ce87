"""From a document of another format to the text of a schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rivetgen.errors import ImportSchemaError
from rivetgen.importing.documents import Value, read_document
from rivetgen.importing.json_schema import import_json_schema
from rivetgen.importing.notes import Notes
from rivetgen.importing.openapi import import_openapi
from rivetgen_schema import load_text
from rivetgen_schema.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen.importing.drafts import Draft
    from rivetgen_schema import Finding

IMPORTERS: Final[dict[str, Callable[..., Draft]]] = {
    "openapi": import_openapi,
    "json-schema": import_json_schema,
}
"""Name of a format to its importer."""
UNUSED_TYPE: Final = "RG011"
"""Types of a JSON Schema have no user until somebody declares an actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A schema made from another document.

    Attributes:
        text: The schema file.
        notes: What could not be expressed, with places in the document.
        findings: What the schema language says about the result.
    """

    text: str
    notes: tuple[Finding, ...]
    findings: tuple[Finding, ...]


def import_text(
    text: str, *, file: str, output: str, name: str, form: str | None = None
) -> Imported:
    """Make a schema from OpenAPI 3 or JSON Schema.

    Args:
        text: The document, JSON or YAML.
        file: Its name, for positions.
        output: Name of the schema file, for positions.
        name: Name of the schema where the document has none.
        form: A key of `IMPORTERS`; found out when it is not given.

    Raises:
        ImportSchemaError: The document cannot be read.
    """
    root = read_document(text, name=file)
    if not root.entries():
        msg = f"{file} holds no map, so it is neither OpenAPI nor JSON Schema"
        raise ImportSchemaError(msg)
    notes = Notes(SourceFile.from_text(text, name=file))
    draft = IMPORTERS[form or _form(root)](root, notes, name=name)
    result = draft.text()
    loaded = load_text(result, name=output).findings
    return Imported(
        text=result,
        notes=notes.findings(),
        findings=tuple(f for f in loaded if f.code != UNUSED_TYPE),
    )


def _form(root: Value) -> str:
    is_openapi = root.get("openapi") or root.get("swagger")
    return "openapi" if is_openapi else "json-schema"
