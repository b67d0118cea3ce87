"""JSON documents stay readable and mean the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rivetgen.json_text import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_the_text_means_the_value(value: object) -> None:
    assert json.loads(json_text(value)) == value  # type: ignore[arg-type]  # any JSON


def test_what_fits_stays_on_one_line() -> None:
    assert json_text({"a": [1, 2], "b": {}}) == '{"a": [1, 2], "b": {}}'


def test_what_does_not_fit_is_broken_and_indented() -> None:
    long = "x" * 80
    assert json_text({"a": [long, 1]}) == (
        f'{{\n  "a": [\n    "{long}",\n    1\n  ]\n}}'
    )
