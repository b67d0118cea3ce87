"""Rows of the journal: the bytes of official servers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_runtime.core.workflows.entries import (
    Branch,
    BranchStatus,
    CheckpointEntry,
    Entry,
    EntryKind,
    EntryMetadata,
    EntryStatus,
    JoinEntry,
    LoopEntry,
    MessageEntry,
    RaceEntry,
    RemovedEntry,
    SleepEntry,
    SleepState,
    StepEntry,
    VersionEntry,
)
from rivetgen_runtime.core.workflows.entry_rows import (
    decode_entry,
    decode_metadata,
    encode_entry,
    encode_metadata,
)
from rivetgen_runtime.core.workflows.locations import LoopIteration

if TYPE_CHECKING:
    from uuid import UUID

ID = "0b5f4a3e-7d5c-4a57-9d0e-2f5a1c3b4d5e"

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=9)
ROWS = st.binary(max_size=9)
BRANCHES = st.dictionaries(
    TEXTS,
    st.builds(
        Branch,
        status=st.sampled_from(BranchStatus),
        output=st.none() | ROWS,
        error=st.none() | TEXTS,
    ),
    max_size=3,
)
KINDS: st.SearchStrategy[EntryKind] = st.one_of(
    st.builds(StepEntry, output=st.none() | ROWS, error=st.none() | TEXTS),
    st.builds(LoopEntry, state=ROWS, iteration=U32, output=st.none() | ROWS),
    st.builds(SleepEntry, deadline_ms=U64, state=st.sampled_from(SleepState)),
    st.builds(MessageEntry, name=TEXTS, data=ROWS),
    st.builds(CheckpointEntry, name=TEXTS),
    st.builds(JoinEntry, branches=BRANCHES),
    st.builds(RaceEntry, winner=st.none() | TEXTS, branches=BRANCHES),
    st.builds(RemovedEntry, original_type=TEXTS, original_name=st.none() | TEXTS),
    st.builds(VersionEntry, resolved=U32, latest=U32),
)
LOCATIONS = st.lists(U32 | st.builds(LoopIteration, U32, U32), max_size=4).map(tuple)


def test_a_step_has_the_bytes_of_official_servers() -> None:
    entry = Entry(ID, (0,), StepEntry(output=cbor.encode("loop")))
    row = "0100" + "24" + ID.encode().hex() + "01" + "0000000000" + "00"
    assert encode_entry(entry).hex() == row + "0105" + "646c6f6f70" + "00"


def test_what_changes_about_a_step_has_the_bytes_of_official_servers() -> None:
    metadata = EntryMetadata(
        status=EntryStatus.COMPLETED,
        attempts=1,
        last_attempt_at_ms=5,
        created_at_ms=6,
        completed_at_ms=7,
    )
    times = "0500000000000000" + "0600000000000000" + "01" + "0700000000000000"
    row = "0100" + "02" + "00" + "01000000" + times + "00" + "00"
    assert encode_metadata(metadata).hex() == row


@given(st.uuids(), LOCATIONS, KINDS)
def test_every_entry_is_read_back(
    entry_id: UUID, location: tuple[int | LoopIteration, ...], kind: EntryKind
) -> None:
    entry = Entry(str(entry_id), location, kind)
    assert decode_entry(encode_entry(entry)) == entry


@given(
    st.builds(
        EntryMetadata,
        status=st.sampled_from(EntryStatus),
        error=st.none() | TEXTS,
        attempts=U32,
        last_attempt_at_ms=U64,
        created_at_ms=U64,
        completed_at_ms=st.none() | U64,
        rollback_completed_at_ms=st.none() | U64,
        rollback_error=st.none() | TEXTS,
        failure=st.none(),
    )
)
def test_everything_that_changes_is_read_back(metadata: EntryMetadata) -> None:
    assert decode_metadata(encode_metadata(metadata)) == metadata


@given(st.binary(max_size=80))
def test_damaged_rows_are_refused_or_mean_something(row: bytes) -> None:
    with suppress(MalformedMessageError):
        entry = decode_entry(b"\x01\x00" + row)
        assert decode_entry(encode_entry(entry)) == entry
    with suppress(MalformedMessageError):
        metadata = decode_metadata(b"\x01\x00" + row)
        assert decode_metadata(encode_metadata(metadata)) == metadata


@pytest.mark.parametrize("row", ["0200", "", "01"])
def test_rows_of_a_newer_version_are_refused(row: str) -> None:
    with pytest.raises(MalformedMessageError):
        decode_entry(bytes.fromhex(row))
