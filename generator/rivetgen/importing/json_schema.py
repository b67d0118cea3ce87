"""From a JSON Schema to the types of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.importing.drafts import Draft
from rivetgen.importing.json_types import TypeImporter
from rivetgen.importing.names import product_name, type_name

if TYPE_CHECKING:
    from rivetgen.importing.documents import Value
    from rivetgen.importing.notes import Notes

DEFINITIONS = ("$defs", "definitions")


def import_json_schema(root: Value, notes: Notes, *, name: str) -> Draft:
    """Return a draft with a type for the document and for each of its definitions.

    Args:
        root: The document.
        notes: Takes what cannot be expressed.
        name: Name of the schema and, without a title, of the type of the document.
    """
    targets: dict[str, Value] = {}
    for key in DEFINITIONS:
        group = root.get(key)
        for entry, schema in (group.entries() if group else {}).items():
            targets[f"#/{key}/{_escaped(entry)}"] = schema
    draft = Draft(name=product_name(name), description=root.text("description"))
    importer = TypeImporter(draft=draft, notes=notes, targets=targets)
    importer.declare()
    if any(key not in (*DEFINITIONS, "$schema", "$id") for key in root.entries()):
        importer.targets["#"] = root
        title = root.text("title") or name
        importer.names["#"] = type_name(title, set(importer.names.values()))
    importer.define()
    return draft


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
