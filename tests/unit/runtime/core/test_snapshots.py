"""Encoded states: the same bytes as in one piece, and which fields differ."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_runtime.core.snapshots import Snapshot

SCALARS: Any = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
VALUES: Any = SCALARS | st.dictionaries(st.text(), SCALARS | st.lists(SCALARS))


@given(VALUES, st.integers(1, 70_000))
def test_parts_make_the_same_bytes_as_the_whole(value: Any, version: int) -> None:
    whole = b"\x01\x01" + cbor2.dumps([version, value])
    assert Snapshot.of(value, version).blob == whole


@pytest.mark.parametrize("count", [0, 23, 24, 255, 256, 65_535, 65_536])
def test_records_of_every_size_are_encoded_in_the_shortest_form(count: int) -> None:
    value = {str(number): 0 for number in range(count)}
    assert Snapshot.of(value, 1).blob == b"\x01\x01" + cbor2.dumps([1, value])


def test_the_size_is_that_of_the_values() -> None:
    assert Snapshot.of({"a": "xyz", "b": 1}, 1).size == 5
    assert Snapshot.of([1, 2, 3], 1).size == 4


def test_fields_that_differ_are_told_by_name() -> None:
    before = Snapshot.of({"a": 1, "b": [2], "c": 3}, 1)
    after = Snapshot.of({"a": 1, "b": [2, 3], "c": 4}, 1)
    assert after.changed_fields(before) == ["b", "c"]
    assert before.changed_fields(before) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([1], [1, 2]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ([1], {"a": 1}),
        ({"a": 1}, [1]),
    ],
)
def test_other_changes_concern_the_whole(before: Any, after: Any) -> None:
    assert Snapshot.of(after, 1).changed_fields(Snapshot.of(before, 1)) is None


def test_numbers_that_are_equal_in_python_differ() -> None:
    forms = [Snapshot.of({"a": value}, 1) for value in (1, 1.0, True)]
    assert forms[0] != forms[1] != forms[2] != forms[0]
    not_a_number = float("nan")
    assert Snapshot.of({"a": not_a_number}, 1) == Snapshot.of({"a": not_a_number}, 1)
