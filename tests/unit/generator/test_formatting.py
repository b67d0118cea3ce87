"""Emitted Python is formatted in one go, in modules and in documents."""

from __future__ import annotations

import pytest

from rivetgen.errors import FormattingError
from rivetgen.formatting import formatted
from rivetgen.manifest import CONTENT_PLACE, is_pristine
from rivetgen.output import GeneratedFile


def format_one(path: str, text: str) -> str:
    (file,) = formatted([GeneratedFile(path=path, text=text)])
    return file.text


def test_modules_are_formatted() -> None:
    assert format_one("a.py", "x = {  'a':1 }") == 'x = {"a": 1}\n'


def test_headers_are_sealed_after_formatting() -> None:
    text = format_one("a.py", f"# Generated.\n{CONTENT_PLACE}\nx   =   1")
    assert is_pristine(text)
    assert text.endswith("\nx = 1\n")


def test_blocks_of_documents_are_formatted() -> None:
    text = "# Title\n\n```python\nawait  f( 1 )\n```\n\n```console\na  b\n```\n"
    assert format_one("a.md", text) == (
        "# Title\n\n```python\nawait f(1)\n```\n\n```console\na  b\n```\n"
    )


def test_other_files_only_get_their_last_line_end() -> None:
    assert format_one("a.toml", "a  =  1") == "a  =  1\n"
    assert format_one("py.typed", "") == ""


def test_nothing_to_format_needs_no_formatter() -> None:
    assert formatted([]) == ()


def test_code_that_does_not_parse_is_our_defect() -> None:
    with pytest.raises(FormattingError, match="ruff rejects"):
        format_one("a.py", "def f(:")


def test_order_and_flags_of_files_stay() -> None:
    files = [
        GeneratedFile(path="b.py", text="b=1", once=True),
        GeneratedFile(path="a.py", text="b=1"),
    ]
    assert [(file.path, file.text, file.once) for file in formatted(files)] == [
        ("b.py", "b = 1\n", True),
        ("a.py", "b = 1\n", False),
    ]
