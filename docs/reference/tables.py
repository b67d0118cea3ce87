"""Fills the tables of the reference: ``python docs/reference/tables.py``.

Tables stand between ``<!-- table: NAME -->`` and ``<!-- end -->`` and repeat what the
code says, so they are never edited by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from rivetgen.reporting import ADVICE, LEVEL_TITLES
from rivetgen_schema import lint, sections, yaml_tree
from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.codes import CODES
from rivetgen_schema.compatibility import LEVELS, RULES
from rivetgen_schema.files import MAXIMUM_FILES
from rivetgen_schema.reading import MAXIMUM_NAME_LENGTH
from rivetgen_schema.type_expressions import SCALAR_NAMES
from rivetgen_schema.vocabulary import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = Path(__file__).parent
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


def table(name: str) -> str:
    """Return the Markdown of one table."""
    kind, _, section = name.partition(" ")
    return "\n".join([*(keys(section) if kind == "keys" else TABLES[kind]()), ""])


def keys(section: str) -> Iterator[str]:
    """Yield the keys of a section with their meaning."""
    rows = ((f"`{key}`", text) for key, text in SECTIONS[section].items())
    yield from rows_of(("key", "meaning"), rows)


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


TABLES = {
    "scalars": scalars,
    "levels": levels,
    "rules": rules,
    "limits": limits,
    "codes": codes,
}
"""Name of a table to what yields its lines."""


def rows_of(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def filled(text: str) -> str:
    """Return a document with its tables as they should be."""
    return TABLE.sub(lambda match: match[1] + table(match[2]) + match[3], text)


def main() -> None:
    """Rewrite the documents beside this file."""
    for path in sorted(FOLDER.glob("*.md")):
        path.write_text(filled(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
