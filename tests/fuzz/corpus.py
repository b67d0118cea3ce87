"""The valid schema files that mutations start from, and the words they insert."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.codes import CODES
from rivetgen_schema.reserved import KEYWORDS, MEMBERS
from rivetgen_schema.vocabulary import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
LARGE_FILES = (
    "examples/worked/actors.yaml",
    "examples/chat/actors.yaml",
    "tests/golden/everything/actors.yaml",
)

YAML_WORDS = (
    *("&a", "*a", "<<: *a", "!!python/object:os.system", "!t", "!!binary", "%YAML 1.1"),
    *("---", "...", "? ", "- ", ": ", " #", "|", ">-", "'", '"', "`", "@", "%", "\\"),
    *("{", "}", "[", "]", ",", "[]", "{}", "= []", "<", ">", "<<", "..", "(", ")"),
    *("\t", "\n", "\r", "\r\n", "  ", "\x00", "\x07", "\x7f", "\x85", "\u2028"),
    *("\ufeff", "\ufffe", "\ud800", "\udfff", "\U0001f600", "e\u0301", "\u202e"),
    *("'\\ud800'", '"\\ud800"', '"\\x00"', '"\\u2028"', '"\\U0001F600"'),
)
"""What YAML gives a meaning to, and characters that are not allowed in it."""

VALUES = (
    *("on", "yes", "no", "off", "y", "~", "null", "true", "False", "1:30", "012"),
    *("0x1F", "0o17", "1_000", ".inf", "-.inf", ".nan", "1e999", "-0", "2024-01-01"),
    *("9" * 400, "-" + "9" * 40, "9007199254740993", "0.1", "1..2", "1s..1m", "5d"),
    *("1s", "0ms", "999999999999d", "-1s", "* * * * *", "99 99 * * *", "Mars/Olympus"),
)
"""Scalars that readers of YAML and of the language stumble over."""

NAMES = (
    *("__proto__", "constructor", "prototype", "self", "c", "class", "await", "func"),
    *(
        "init",
        "default",
        "None",
        "Self",
        "toString",
        "hasOwnProperty",
        "_",
        "__",
        "a.b",
    ),
    *("GetCount", "get_count", "GETCOUNT", "\u212aey", "\uff41bc", "\u0131d", "\u03a9"),
    *(
        "a" * 64,
        "a" * 65,
        "a" * 5_000,
        "../../etc/passwd",
        "https://example.com/a.json",
    ),
)
"""Names that targets reserve, that look alike, or that point somewhere."""

TYPES = (
    *("string", "int", "list<", "set<", "map<", "enum<a | b>", "list<list<int>>"),
    *("string(1..2)", "int(5..1)", "int(..)", "float(0..1)", "| null", "| absent"),
    *("= 1", '= ""', "string | int", "string?", "string[]", "Optional[str]", "Missing"),
    *("list<" * 40 + "int" + ">" * 40, "list<" * 5_000, "(" * 2_000, "int | " * 2_000),
)
"""Type expressions, whole and broken."""

SCHEMAS = (
    '{ jsonSchema: { $ref: "#" } }',
    '{ jsonSchema: { $ref: "../../secret.json" } }',
    '{ jsonSchema: { $ref: "https://example.com/a.json" } }',
    '{ jsonSchema: { pattern: "(a+)+$" } }',
    "{ jsonSchema: nowhere.json }",
    "{ type: string, default: 1, example: {} }",
    "{" * 40,
    "[" * 40,
    "{a: " * 40 + "1" + "}" * 40,
    "[" + "1," * 60_000 + "]",
)
"""Long forms and deep values."""


@cache
def large_texts() -> tuple[str, ...]:
    """Return the valid files that use much of the language."""
    return tuple((ROOT / name).read_text("utf-8") for name in LARGE_FILES)


@cache
def small_texts() -> tuple[str, ...]:
    """Return the repaired examples of the catalogue, a few lines each."""
    texts = (EXPLANATIONS[row.code].fixed_text() for row in CODES)
    return tuple(text for text in texts if text)


@cache
def words() -> tuple[str, ...]:
    """Return everything that a mutation may insert, in an order that stays."""
    tables = (KEYWORDS, *MEMBERS.values())
    reserved = {word for table in tables for group in table.values() for word in group}
    keys = {key for section in SECTIONS.values() for key in section}
    used = {word for text in large_texts() for word in re.findall(r"\w+", text)}
    own = (*YAML_WORDS, *VALUES, *NAMES, *TYPES, *SCHEMAS)
    return (*own, *sorted(reserved | keys | used))
