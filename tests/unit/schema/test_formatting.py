"""The formatter: idempotent, keeps comments and meaning."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rivetgen_schema import load_text
from rivetgen_schema.formatting import FormatError, format_text

DATA = Path(__file__).parents[2] / "data" / "schema"
WORKED_EXAMPLE = (DATA / "worked-example.yaml").read_text(encoding="utf-8")

MESSY = """\


# The head.
rivet:   1
info:
      name: example
      # The version of the contract.
      version: 1.0.0   # not of the code\t


actors:
    room:
        description: |
            Two lines,
              the second one indented.

            And a third.
        actions:
            post:
                args:
                -   text: string(1..200)
                # Optional.
                -   note: string | absent
                errors: [full,
                   closed]   # both
            # At the end of the actions.
errors:
 full: F.
 closed: "A text
   over two lines."
"""

TIDY = """\
# The head.
rivet:   1
info:
  name: example
  # The version of the contract.
  version: 1.0.0   # not of the code

actors:
  room:
    description: |
        Two lines,
          the second one indented.

        And a third.
    actions:
      post:
        args:
          - text: string(1..200)
          # Optional.
          - note: string | absent
        errors: [full,
           closed]   # both
      # At the end of the actions.
errors:
  full: F.
  closed: "A text
    over two lines."
"""


def test_layout_is_made_uniform() -> None:
    assert format_text(MESSY) == TIDY


def test_formatting_twice_changes_nothing() -> None:
    assert format_text(TIDY) == TIDY
    assert format_text(WORKED_EXAMPLE) == WORKED_EXAMPLE


def test_meaning_stays_the_same() -> None:
    before, after = load_text(MESSY), load_text(TIDY)
    assert before.schema is not None
    assert before.schema == after.schema


def test_windows_line_ends_and_byte_order_mark_go_away() -> None:
    text = "\ufeff" + TIDY.replace("\n", "\r\n")
    assert format_text(text) == TIDY


@pytest.mark.parametrize("text", ["", "a: [", "a: *b", "a: 1\na: 2"])
def test_unreadable_text_is_refused_with_findings(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        format_text(text)
    assert caught.value.findings


def disturbed(text: str, generator: random.Random) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        depth = (len(line) - len(line.lstrip())) // 2
        lines.append(" " * depth * generator.choice((1, 3)) + line.lstrip())
        if generator.random() < 0.1:
            lines.append(generator.choice(("", "   ", "  # note", "# note")))
    return "\n".join(lines)


def test_any_layout_becomes_stable_with_every_comment() -> None:
    for seed in range(60):
        text = disturbed(WORKED_EXAMPLE, random.Random(seed))
        try:
            once = format_text(text)
        except FormatError:
            continue
        assert format_text(once) == once, seed
        assert once.count("#") == text.count("#"), seed
        assert load_text(once).schema == load_text(text).schema, seed
