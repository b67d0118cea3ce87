"""Escapers are total: any text in, code out that means the same text."""

from __future__ import annotations

import ast
import inspect
import tokenize
import tomllib
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen.errors import EmissionError
from rivetgen.escaping import (
    comment,
    docstring,
    identifier,
    markdown,
    one_line,
    string_literal,
    toml_literal,
)

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ODD_CHARACTERS = (
    *"\"'\\{}%#\n\r\t\x00\x0c\x85 a\u2028\u202eé",
    chr(0xD800),
    '"""',
    "'''",
    "\\N{DIGIT ONE}",
)
NASTY = st.lists(st.sampled_from(ODD_CHARACTERS)).map("".join)


@given(ANY_TEXT | NASTY)
def test_a_string_literal_means_its_text(text: str) -> None:
    literal = string_literal(text)
    assert ast.literal_eval(literal) == text
    assert len(literal.splitlines()) == 1


@given(ANY_TEXT | NASTY)
def test_a_docstring_is_one_expression(text: str) -> None:
    module = ast.parse(f"def f():\n    {docstring(text)}\n    return 1\n".encode())
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2


@given(ANY_TEXT | NASTY)
def test_a_docstring_keeps_the_words(text: str) -> None:
    value = ast.literal_eval(docstring(text))
    assert value.split() == text.split()


def test_a_docstring_keeps_lines_and_their_indentation() -> None:
    text = "First.\n\nAll:\n  - one\n  - two"
    assert inspect.cleandoc(ast.literal_eval(docstring(text))) == text


def test_a_long_line_of_a_docstring_is_wrapped() -> None:
    lines = docstring("word " * 60).splitlines()
    assert max(map(len, lines)) <= 83


@given(ANY_TEXT | NASTY)
def test_a_comment_stays_a_comment(text: str) -> None:
    tokens = tokenize.generate_tokens(StringIO(comment(text) + "\n").readline)
    kinds = {token.type for token in tokens}
    assert kinds <= {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.ENDMARKER,
    }


@given(ANY_TEXT | NASTY)
def test_one_line_is_one_visible_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert "\u202e" not in one_line(text)


@given(st.text() | NASTY)
def test_a_toml_string_means_its_text(text: str) -> None:
    value = tomllib.loads(f"a = {toml_literal(text)}")["a"]
    assert value == text.replace(chr(0xD800), "\ufffd")


@given(ANY_TEXT | NASTY)
def test_markdown_text_starts_nothing(text: str) -> None:
    escaped = markdown(text)
    for mark in "`*_[]<>|#":
        assert escaped.count(mark) == escaped.count(f"\\{mark}")


@pytest.mark.parametrize("name", ["a", "_a1", "Aa_0"])
def test_an_identifier_is_let_through(name: str) -> None:
    assert identifier(name) == name


@pytest.mark.parametrize(
    "name", ["", "1a", "a-b", "class", "a b", "é", "ﬁ", "a\n", "a;b", "None"]
)
def test_anything_else_is_no_identifier(name: str) -> None:
    with pytest.raises(EmissionError):
        identifier(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe 寸法", '"Größe 寸法"'),
        ("tab\t", '"tab\\t"'),
        ("\u200b", '"\\u200b"'),
        ("\U0001f600", '"\\U0001f600"'),
    ],
)
def test_letters_stay_readable_and_the_invisible_is_shown(
    text: str, expected: str
) -> None:
    assert string_literal(text) == expected
