"""Keys of the journal: the tuples of official servers, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_runtime.core.workflows.locations import (
    Field,
    KeyKind,
    Location,
    LoopIteration,
    decode_key,
    entry_key,
    entry_range,
    field_key,
    iteration_range,
    location_of,
    metadata_key,
    name_key,
)
from rivetgen_runtime.errors import StorageCorruptError

INDEXES = st.integers(0, 2**32 - 1)
SEGMENTS = INDEXES | st.builds(LoopIteration, INDEXES, INDEXES)
LOCATIONS = st.lists(SEGMENTS, max_size=6).map(tuple)


def test_keys_have_the_bytes_of_official_servers() -> None:
    assert name_key(0).hex() == "060115010114".replace("010114", "0114")
    location: Location = (1, LoopIteration(1, 0), 4)
    assert entry_key(location).hex() == "060115021501051501140015" + "04"
    assert field_key(Field.STATE).hex() == "060115031501"
    assert metadata_key("a\0b").hex() == "06011504" + "02" + "6100ff62" + "00"
    assert name_key(256).hex() == "06011501" + "160100"


@given(LOCATIONS)
def test_a_location_is_read_back_from_its_key(location: Location) -> None:
    kind, *rest = decode_key(entry_key(location))
    assert kind == KeyKind.ENTRY
    assert location_of(rest) == location


@given(st.text())
def test_an_entry_id_is_read_back_from_its_key(entry_id: str) -> None:
    entry_id = entry_id.encode("utf-8", "replace").decode()
    assert decode_key(metadata_key(entry_id)) == (KeyKind.METADATA, entry_id)


@given(LOCATIONS, LOCATIONS)
def test_the_range_of_an_entry_has_what_is_below_it_and_nothing_else(
    location: Location, other: Location
) -> None:
    is_below = other[: len(location)] == location
    assert (entry_key(other) in entry_range(location)) == is_below


@given(LOCATIONS, INDEXES, st.integers(0, 600), st.integers(0, 600), LOCATIONS)
def test_the_range_of_iterations_has_exactly_these(
    scope: Location, loop: int, first: int, end: int, rest: Location
) -> None:
    keys = iteration_range(scope, LoopIteration(loop, first), end)
    for iteration in (first, (first + end) // 2, end, end + 1):
        key = entry_key((*scope, LoopIteration(loop, iteration), *rest))
        assert (key in keys) == (first <= iteration < end)
    assert entry_key((*scope, loop)) not in keys


@given(st.binary(max_size=12))
def test_anything_else_is_refused(rest: bytes) -> None:
    try:
        items = decode_key(b"\x06\x01" + rest)
    except StorageCorruptError:
        return
    assert items


@pytest.mark.parametrize("key", ["", "0601", "0602150114", "0601150516", "060102aa"])
def test_damaged_keys_are_refused(key: str) -> None:
    with pytest.raises(StorageCorruptError):
        decode_key(bytes.fromhex(key))
