"""Rows and their checksums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_runtime.core.ports import ActorRecord, Area
from rivetgen_runtime.errors import StorageCorruptError
from rivetgen_runtime.storage.rows import (
    RECORD_COLUMNS,
    VALUE_COLUMNS,
    record_from_row,
    record_to_row,
    value_from_row,
    value_to_row,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
TIME = st.none() | st.integers(0, 2**53)
RECORDS = st.builds(
    ActorRecord,
    actor_id=TEXT,
    name=TEXT,
    key=st.none() | st.lists(TEXT, max_size=4).map(tuple),
    namespace=TEXT,
    pool=TEXT,
    crash_policy=st.sampled_from(["sleep", "restart", "destroy"]),
    generation=st.integers(0, 2**31),
    created_at_ms=st.integers(0, 2**53),
    started_at_ms=TIME,
    slept_at_ms=TIME,
    destroyed_at_ms=TIME,
    alarm_at_ms=TIME,
    input=st.none() | st.binary(max_size=50),
)


@given(RECORDS)
def test_a_record_survives_its_row(record: ActorRecord) -> None:
    row = record_to_row(record)
    assert len(row) == len(RECORD_COLUMNS)
    assert record_from_row(row) == record


@given(RECORDS, RECORDS)
def test_different_records_have_different_rows(
    one: ActorRecord, other: ActorRecord
) -> None:
    assert (record_to_row(one) == record_to_row(other)) == (one == other)


@given(TEXT, st.sampled_from(Area), st.binary(max_size=50), st.binary(max_size=50))
def test_a_value_survives_its_row(
    actor_id: str, area: Area, key: bytes, value: bytes
) -> None:
    row = value_to_row(actor_id, area, key, value)
    assert len(row) == len(VALUE_COLUMNS)
    assert value_from_row(row) == ((area, key), value)


@given(st.binary(min_size=1, max_size=50), st.integers(0, 399))
def test_every_flipped_bit_of_a_value_is_noticed(value: bytes, bit: int) -> None:
    row = value_to_row("actor", Area.STATE, b"key", value)
    damaged = bytearray(value)
    damaged[bit // 8 % len(value)] ^= 1 << bit % 8
    with pytest.raises(StorageCorruptError):
        value_from_row((*row[:3], bytes(damaged), row[4]))


def test_bytes_that_move_from_the_key_to_the_value_are_noticed() -> None:
    row = value_to_row("actor", Area.STATE, b"ab", b"c")
    with pytest.raises(StorageCorruptError):
        value_from_row((*row[:2], b"a", b"bc", row[4]))


@pytest.mark.parametrize("column", range(len(RECORD_COLUMNS) - 1))
def test_every_changed_column_of_a_record_is_noticed(column: int) -> None:
    record = ActorRecord(
        actor_id="actor", name="counter", key=("a",), created_at_ms=1, input=b"x"
    )
    row = list(record_to_row(record))
    row[column] = b"y" if isinstance(row[column], bytes) else "changed"
    with pytest.raises(StorageCorruptError):
        record_from_row(tuple(row))  # type: ignore[arg-type] # damaged on purpose
