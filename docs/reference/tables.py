"""Fills the tables of the reference: ``python docs/reference/tables.py [--check]``.

Tables stand between ``<!-- table: NAME -->`` and ``<!-- end -->`` and repeat what the
code says, so they are never edited by hand.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import MISSING, fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rivetgen.reporting import ADVICE, LEVEL_TITLES
from rivetgen_runtime.core.lifecycle import FINAL_PHASES, TRANSITIONS, Phase
from rivetgen_runtime.options import DEFAULT_ACTOR_OPTIONS
from rivetgen_schema import ir, ir_schema, lint, sections, yaml_tree
from rivetgen_schema.actors import OPTIONS
from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.codes import CODES
from rivetgen_schema.compatibility import LEVELS, RULES
from rivetgen_schema.editor import editor_schema
from rivetgen_schema.files import MAXIMUM_FILES
from rivetgen_schema.ir_json import default_of, json_fields, json_name
from rivetgen_schema.reading import MAXIMUM_NAME_LENGTH
from rivetgen_schema.type_expressions import SCALAR_NAMES
from rivetgen_schema.vocabulary import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parent
PAGES = ("*.md", "../actors/lifecycle.md")
"""Patterns of the pages with tables."""
TABLE = re.compile(r"(<!-- table: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)

SCALARS = {
    "string": ("text", "text"),
    "int": ("whole number within ±(2⁵³ - 1)", "number"),
    "bigint": ("whole number of any size", "`BigInt`"),
    "float": ("number", "number"),
    "bool": ("`true` or `false`", "boolean"),
    "decimal": ("exact decimal number", "text, such as `12.50`"),
    "bytes": ("bytes", "`Uint8Array`"),
    "datetime": ("moment", "text, RFC 3339 in UTC"),
    "date": ("day", "text, such as `2026-01-31`"),
    "time": ("time of day", "text, such as `09:30:00`"),
    "duration": ("span of time", "text, ISO 8601, such as `PT15S`"),
    "uuid": ("UUID", "text"),
    "uri": ("URI", "text"),
    "email": ("e-mail address", "text"),
    "json": ("any JSON value", "as it is"),
    "none": ("no value", "null"),
}
"""Scalar to what it means and how it travels."""


HOLDS = {
    "text": "text",
    "flag": "`true` or `false`",
    "deprecation": "`true` or text",
    "duration": "duration",
    "typeExpression": "type",
    "fieldType": "type or long form",
    "fields": "fields",
    "arguments": "list of one-pair maps",
    "body": "type or fields",
    "variant": "fields",
    "nothing": "nothing",
    "names": "map",
}
"""Definition of the editors' JSON Schema to how its values are written."""

MODELS = {
    "type": ir.EnumDefinition,
    "member": ir.Member,
    "actor": ir.Actor,
    "action": ir.Action,
    "event": ir.Event,
    "queue": ir.Queue,
    "schedule": ir.Schedule,
    "retry": ir.Retry,
    "restart": ir.Restart,
    "variant": ir.Variant,
}
"""Section to the class that knows its defaults."""

DEFAULTS = {
    "action timeout": "the actor's `actionTimeout`",
    "action durability": "the actor's",
    "paginate cursor": "`cursor`",
    "paginate items": "`items`",
    "paginate next": "`nextCursor`",
    "retry backoff": "`1s..1m`",
    "run restart": "`never`",
    "run backoff": "`1s..1m`",
    "options maxQueueMessageSize": f"`{DEFAULT_ACTOR_OPTIONS.max_queue_message_bytes}`",
    "actor db": "`false`",
    "document rivet": "required in the first file",
    "document info": "required in the first file",
}
"""Key to a default that no field has alone."""

MEANINGS = {
    "name": "Wire name.",
    "names": "Spelling per target where the derived one does not fit.",
    "description": "Text for the documentation.",
    "deprecated": "Why it should not be used any more.",
    "kind": "Which of several objects this is.",
    "format": "Version of the form of this document.",
    "digest": "SHA-256 of the rest of the document.",
    "types": "Named types.",
    "errors": "Typed errors.",
    "actors": "The actors.",
    "minimum": "Least number of items or entries.",
    "maximum": "Greatest number of items or entries.",
    "item": "Type of the items.",
    "value": "Type of the values.",
    "values": "The values.",
    "inner": "Type of a value that is not null.",
    "options": "The scalars that are possible.",
    "fields": "The fields.",
    "inline": "Whether the name was made up from the place.",
    "open": "Whether receivers keep values they do not know.",
    "tag": "Wire name of the field that tells the variants apart.",
    "variants": "The variants.",
    "type": "Type of the value.",
    "tagValue": "Value of the tag field.",
    "EnumValue value": "The value.",
    "Actor options": "Timeouts and limits.",
}
"""Key of the IR, or object and key, to what it means."""


def table(name: str) -> str:
    """Return the Markdown of one table."""
    kind, _, rest = name.partition(" ")
    lines = WITH_NAME[kind](rest) if rest else TABLES[kind]()
    return "\n".join([*lines, ""])


def keys(section: str) -> Iterator[str]:
    """Yield the keys of a section: what they hold, their defaults, their meaning."""
    document: Any = editor_schema()
    shape = document if section == "document" else document["definitions"][section]
    rows = (
        (
            f"`{key}`",
            holds(shape["properties"][key]),
            "required" if key in shape.get("required", ()) else default(section, key),
            text,
        )
        for key, text in SECTIONS[section].items()
    )
    yield from rows_of(("key", "holds", "default", "meaning"), rows)


def holds(fragment: dict[str, Any]) -> str:
    """Say how the values of a key are written."""
    if "allOf" in fragment:
        return holds(fragment["allOf"][0])
    if "$ref" in fragment:
        name = fragment["$ref"].rpartition("/")[2]
        return HOLDS.get(name, "map")
    if "const" in fragment or "enum" in fragment:
        words = fragment.get("enum") or [fragment["const"]]
        return " or ".join(f"`{word}`" for word in words)
    if "anyOf" in fragment:
        return " or ".join(dict.fromkeys(map(holds, fragment["anyOf"])))
    if fragment.get("type") == "array":
        return "list"
    return FORMS.get(str(fragment.get("type")), "a value")


FORMS = {
    "string": "text",
    "integer": "whole number",
    "object": "map",
    "['object', 'string']": "JSON Schema or path",
}
"""Type in the editors' JSON Schema to how its values are written."""


def default(section: str, key: str) -> str:
    """Say what holds where a key is not written."""
    if special := DEFAULTS.get(f"{section} {key}"):
        return special
    if section == "options":
        return option_default(key)
    for field in json_fields(MODELS[section]) if section in MODELS else ():
        value = default_of(field)
        if json_name(field.name) == key and isinstance(value, bool | int | str):
            return f"`{json.dumps(value).strip(chr(34))}`"
    return "none"


def option_default(key: str) -> str:
    """Return the default of an option, if the runtime has such an option."""
    name = next(name for name, row in OPTIONS.items() if row.key == key)
    is_duration = name.endswith("_ms")
    attribute = f"{name.removesuffix('_ms')}_s" if is_duration else name
    value = getattr(DEFAULT_ACTOR_OPTIONS, attribute, None)
    if value is None:
        return "none"
    return f"`{duration(value)}`" if is_duration else f"`{json.dumps(value)}`"


def duration(seconds: float) -> str:
    """Write a duration the way the language does."""
    whole = timedelta(seconds=seconds) // timedelta(milliseconds=1)
    for unit, milliseconds in (("m", 60_000), ("s", 1_000)):
        if whole % milliseconds == 0:
            return f"{whole // milliseconds}{unit}"
    return f"{whole}ms"


def elements(names: str) -> Iterator[str]:
    """Yield the objects of the IR, one table each."""
    document: Any = ir_schema.client_spec_schema()
    for name in names.split():
        shape = document if name == "Schema" else document["$defs"][name]
        yield f"\n#### {name}\n\n{in_json(shape['description'])}\n"
        rows = (
            (f"`{key}`", json_form(part), spec_default(name, key), meaning(name, key))
            for key, part in shape["properties"].items()
        )
        yield from rows_of(("key", "holds", "when missing", "meaning"), rows)
    yield ""


def json_form(fragment: dict[str, Any]) -> str:
    """Say what a key of the IR holds."""
    if "$ref" in fragment:
        return str(fragment["$ref"]).rpartition("/")[2]
    if "const" in fragment:
        return f"`{json.dumps(fragment['const'])}`"
    if "enum" in fragment:
        return " or ".join(f"`{json.dumps(word)}`" for word in fragment["enum"])
    if "items" in fragment:
        return f"array of {json_form(fragment['items'])}"
    return str(fragment.get("type", "any JSON"))


def spec_default(name: str, key: str) -> str:
    """Say what it means that a key of the IR is missing."""
    for field in json_fields(getattr(ir, name)):
        if json_name(field.name) == key:
            value = default_of(field)
            return "never" if value is MISSING else missing_value(value)
    return "in exports only" if key == "digest" else "never"


def missing_value(value: object) -> str:
    """Show a default as JSON."""
    if value is None:
        return "none"
    if isinstance(value, bool | int | str):
        return f"`{json.dumps(value)}`"
    return "`[]`" if value == () else "`{}`"


def meaning(name: str, key: str) -> str:
    """Return what a key of the IR means: what its class says, or the language."""
    said = attributes(getattr(ir, name).__doc__ or "")
    found = said.get(key) or MEANINGS.get(f"{name} {key}") or MEANINGS.get(key)
    return found or SECTIONS[name.lower()][key.removesuffix("Ms")]


def attributes(text: str) -> dict[str, str]:
    """Return the ``Attributes:`` of a docstring, by their names in JSON."""
    listed = text.partition("Attributes:")[2]
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", listed, re.MULTILINE)
    return {json_name(name): in_json(" ".join(text.split())) for name, text in found}


def in_json(sentence: str) -> str:
    """Say a sentence about a class so that it is true of the JSON form."""
    for name in {field.name for model in MODELS.values() for field in fields(model)}:
        sentence = sentence.replace(f"`{name}`", f"`{json_name(name)}`")
    return sentence.replace("`None`", "missing")


def scalars() -> Iterator[str]:
    """Yield the built-in types."""
    rows = ((f"`{name}`", *SCALARS[name]) for name in SCALAR_NAMES)
    yield from rows_of(("type", "means", "on the wire"), rows)


def levels() -> Iterator[str]:
    """Yield the levels of changes."""
    rows = ((f"`{level}`", LEVEL_TITLES[level], ADVICE[level]) for level in LEVELS)
    yield from rows_of(("level", "the change", "what to do"), rows)


def rules() -> Iterator[str]:
    """Yield the compatibility rules."""
    names = {"element": "…", "old": "old", "new": "new"}
    rows = (
        (
            f"`{rule.code}`",
            ", ".join(f"`{level}`" for level in rule.levels),
            rule.message.format(**names),
        )
        for rule in RULES.values()
    )
    yield from rows_of(("rule", "levels", "message"), rows)


def limits() -> Iterator[str]:
    """Yield the limits of the language, and those that only lead to advice."""
    rows = (
        ("bytes of a file", f"{yaml_tree.MAXIMUM_FILE_BYTES:,}"),
        ("levels of nesting", f"{yaml_tree.MAXIMUM_DEPTH:,}"),
        ("values of all files", f"{yaml_tree.MAXIMUM_NODES:,}"),
        ("files", f"{MAXIMUM_FILES:,}"),
        ("characters of a name", f"{MAXIMUM_NAME_LENGTH:,}"),
        ("characters of a text", f"{sections.MAXIMUM_TEXT_LENGTH:,}"),
        ("bytes of a key part", f"{lint.KEY_PART_BYTES:,}"),
        ("bytes of `connParams`", f"{lint.CONNECTION_PARAMETERS_BYTES:,}"),
        ("bytes of a queue message", f"{lint.QUEUE_MESSAGE_BYTES:,}"),
        ("bytes of state, as advice", f"{lint.STATE_BYTES:,}"),
    )
    yield from rows_of(("limit", "most"), rows)


def codes() -> Iterator[str]:
    """Yield an overview of the codes and an entry for each."""
    yield "## Overview\n"
    links = ((f"[{c.code}](#{c.code.lower()})", c.severity, c.title) for c in CODES)
    yield from rows_of(("code", "severity", "title"), links)
    for row in CODES:
        explanation = EXPLANATIONS[row.code]
        yield f"\n## {row.code}\n"
        yield f"**{row.title}** ({row.severity}). {explanation.cause}"
        if explanation.example:
            yield f"\n```yaml\n{explanation.example_text().rstrip()}\n```"
            yield f"\nRepaired:\n\n```yaml\n{explanation.fixed_text().rstrip()}\n```"


def lifecycle() -> Iterator[str]:
    """Yield the diagram of the phases of an activation."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {Phase.CREATED.value}"
    for (phase, signal), following in TRANSITIONS.items():
        yield f"    {phase.value} --> {following.value}: {signal.value}"
    for phase in Phase:
        if phase in FINAL_PHASES:
            yield f"    {phase.value} --> [*]"
    yield "```"


TABLES = {
    "lifecycle": lifecycle,
    "scalars": scalars,
    "levels": levels,
    "rules": rules,
    "limits": limits,
    "codes": codes,
}
"""Name of a table to what yields its lines."""

WITH_NAME = {"keys": keys, "elements": elements}
"""First word of a table's name to what yields its lines for the rest."""


def rows_of(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def filled(text: str) -> str:
    """Return a document with its tables as they should be."""
    return TABLE.sub(lambda match: match[1] + table(match[2]) + match[3], text)


def documents() -> list[Path]:
    """Return the pages that have tables, or may have."""
    return sorted(path for pattern in PAGES for path in FOLDER.glob(pattern))


def main(arguments: list[str]) -> None:
    """Rewrite the documents, or say which of them are out of date."""
    pages = {path: path.read_text("utf-8") for path in documents()}
    old = {path: filled(text) for path, text in pages.items() if text != filled(text)}
    if "--check" in arguments and old:
        names = ", ".join(path.name for path in old)
        sys.exit(f"Out of date: {names}. Run python docs/reference/tables.py.")
    for path, text in old.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
