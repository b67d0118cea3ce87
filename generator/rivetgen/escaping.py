"""Total escapers: any text in, code of one kind out.

The output depends on nothing but the text: which characters stay readable is decided
by the Unicode 3.2 tables that every Python carries, not by the newest ones.
"""

from __future__ import annotations

import keyword
import re
import textwrap
import unicodedata

from rivetgen.emission import Code
from rivetgen.errors import EmissionError

DOCSTRING_WIDTH = 80
"""Longest docstring line, counted from its own indentation."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9a-f]+", re.ASCII)
_READABLE_ASCII = re.compile(r"[ -~]*")
_ENDS_WITH_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*"\Z')
_READABLE_CATEGORIES = frozenset("LNPS")
_ASCII_LIMIT = 0x80
_SOFT_HYPHEN = chr(0xAD)
"""The one character that Unicode 3.2 counts as punctuation but nobody sees."""
_FIRST_SURROGATE, _LAST_SURROGATE = 0xD800, 0xDFFF
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def identifier(name: str) -> Code:
    """Check that a name is a plain Python identifier.

    Raises:
        EmissionError: It is not, or it is a keyword.
    """
    if _IDENTIFIER.fullmatch(name) is None or keyword.iskeyword(name):
        msg = f"{name!r} is not an identifier"
        raise EmissionError(msg)
    return Code(name)


def hexadecimal(digits: str) -> Code:
    """Check that a digest is one.

    Raises:
        EmissionError: It holds something else than hexadecimal digits.
    """
    if _HEXADECIMAL.fullmatch(digits) is None:
        msg = f"{digits!r} is not hexadecimal"
        raise EmissionError(msg)
    return Code(digits)


def string_literal(text: str) -> Code:
    """Return a Python string literal on one line, in double quotes."""
    quoted = readable(text).replace('"', '\\"')
    return Code(f'"{quoted}"')


def docstring(text: str) -> Code:
    """Return a docstring; line ends stay, long lines are wrapped."""
    lines = [part for line in unified(text).split("\n") for part in _wrapped(line)]
    body = "\n".join(readable(line) for line in lines).strip("\n ")
    body = body.replace('"""', '\\"\\"\\"')
    if _ENDS_WITH_QUOTE.search(body):
        body = body[:-1] + '\\"'
    ending = "\n" if "\n" in body else ""
    return Code(f'"""{body}{ending}"""')


def comment(text: str) -> Code:
    """Return a comment on one line."""
    return Code(f"# {one_line(text)}".rstrip())


def markdown(text: str) -> Code:
    """Return text for a Markdown paragraph or table cell, on one line, inert."""
    escaped = re.sub(r"([\\`*_{}\[\]<>()#!|&~])", r"\\\1", one_line(text))
    return Code(escaped)


def one_line(text: str) -> str:
    """Return the text with its words on one line and nothing invisible in them."""
    return " ".join(visible(word) for word in text.split())


def unified(text: str) -> str:
    """Return the text with LF as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def readable(text: str) -> str:
    """Escape backslashes and everything that a reader could not see."""
    return visible(text.replace("\\", "\\\\"))


def visible(text: str) -> str:
    """Escape everything that a reader could not see, but no backslashes."""
    if _READABLE_ASCII.fullmatch(text):
        return text
    return "".join(_visible_character(character) for character in text)


def _visible_character(character: str) -> str:
    if _READABLE_ASCII.fullmatch(character):
        return character
    category = unicodedata.ucd_3_2_0.category(character)
    is_letter = ord(character) >= _ASCII_LIMIT and category[0] in _READABLE_CATEGORIES
    is_readable = is_letter and character != _SOFT_HYPHEN
    return character if is_readable else _escape(character)


def _escape(character: str) -> str:
    return _SHORT_ESCAPES.get(character) or ascii(character)[1:-1]


def _wrapped(line: str) -> list[str]:
    if len(line) <= DOCSTRING_WIDTH:
        return [line.rstrip()]
    content = line.strip()
    margin = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.wrap(
        content,
        width=max(DOCSTRING_WIDTH - len(margin), DOCSTRING_WIDTH // 2),
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
        expand_tabs=False,
        replace_whitespace=False,
        drop_whitespace=True,
    ) or [""]


def toml_literal(text: str) -> Code:
    """Return a TOML basic string."""
    return Code('"' + "".join(map(_toml_character, text)) + '"')


def _toml_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if _READABLE_ASCII.fullmatch(character):
        return character
    number = ord(character)
    if _FIRST_SURROGATE <= number <= _LAST_SURROGATE:
        return "\\uFFFD"  # TOML has no way to write a lone surrogate
    return f"\\U{number:08X}"
