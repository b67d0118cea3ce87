"""Histories in the forms of the inspector's protocol, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_client.wire import cbor
from rivetgen_client.wire.models import WorkflowHistory
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.watching import Watchers
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
from rivetgen_runtime.core.workflows.entry_rows import encode_entry, encode_metadata
from rivetgen_runtime.core.workflows.history import history_bytes, history_value
from rivetgen_runtime.core.workflows.journal import Journal
from rivetgen_runtime.core.workflows.locations import (
    Location,
    LoopIteration,
    entry_key,
    metadata_key,
    name_key,
)
from rivetgen_runtime.testing.manual import ManualRandomness

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value

ID = "11111111-1111-4111-8111-111111111111"
NUMBER = cbor.encode(5)
BRANCHES = {
    "a": Branch(status=BranchStatus.COMPLETED, output=NUMBER),
    "b": Branch(status=BranchStatus.FAILED, error="Error: no"),
}
SHOWN_BRANCHES: dict[str, Any] = {
    "a": {"status": "COMPLETED", "output": 5, "error": None},
    "b": {"status": "FAILED", "output": None, "error": "Error: no"},
}

KINDS: list[tuple[EntryKind, str, dict[str, Value]]] = [
    (StepEntry(output=NUMBER), "Step", {"output": 5, "error": None}),
    (StepEntry(output=cbor.encode(UNDEFINED)), "Step", {"error": None}),
    (
        LoopEntry(state=NUMBER, iteration=2),
        "Loop",
        {"state": 5, "iteration": 2, "output": None},
    ),
    (
        SleepEntry(deadline_ms=7, state=SleepState.INTERRUPTED),
        "Sleep",
        {"deadline": 7, "state": "INTERRUPTED"},
    ),
    (
        MessageEntry(name="jobs:count", data=NUMBER),
        "Message",
        {"name": "jobs:count", "messageData": 5},
    ),
    (CheckpointEntry(name="start"), "RollbackCheckpoint", {"name": "start"}),
    (JoinEntry(branches=BRANCHES), "Join", {"branches": SHOWN_BRANCHES}),
    (
        RaceEntry(winner="a", branches=BRANCHES),
        "Race",
        {"winner": "a", "branches": SHOWN_BRANCHES},
    ),
    (
        RemovedEntry(original_type="step"),
        "Removed",
        {"originalType": "step", "originalName": None},
    ),
    (VersionEntry(resolved=1, latest=3), "VersionCheck", {"resolved": 1, "latest": 3}),
]


METADATA = EntryMetadata(
    status=EntryStatus.COMPLETED,
    attempts=1,
    last_attempt_at_ms=2,
    created_at_ms=1,
    completed_at_ms=3,
)


def journal(
    names: list[str], location: Location, kind: EntryKind, metadata: EntryMetadata
) -> Journal:
    """Return a journal with one entry."""
    rows = {name_key(index): name.encode() for index, name in enumerate(names)}
    rows[entry_key(location)] = encode_entry(Entry(ID, location, kind))
    rows[metadata_key(ID)] = encode_metadata(metadata)
    loaded = Journal("actor", ManualRandomness(), Watchers())
    loaded.load(rows)
    return loaded


@pytest.mark.parametrize(("kind", "name", "shown"), KINDS)
def test_every_kind_of_entry_is_shown_as_official_servers_do(
    kind: EntryKind, name: str, shown: dict[str, Value]
) -> None:
    location = (0, LoopIteration(1, 4), 2)
    history = history_value(journal(["a", "b", "c"], location, kind, METADATA))
    WorkflowHistory.model_validate(history)
    assert history == {
        "nameRegistry": ["a", "b", "c"],
        "entries": [
            {
                "id": ID,
                "location": [
                    {"tag": "WorkflowNameIndex", "val": 0},
                    {
                        "tag": "WorkflowLoopIterationMarker",
                        "val": {"loop": 1, "iteration": 4},
                    },
                    {"tag": "WorkflowNameIndex", "val": 2},
                ],
                "kind": {"tag": f"Workflow{name}Entry", "val": shown},
            }
        ],
        "entryMetadata": {
            ID: {
                "status": "COMPLETED",
                "error": None,
                "attempts": 1,
                "lastAttemptAt": 2,
                "createdAt": 1,
                "completedAt": 3,
                "rollbackCompletedAt": None,
                "rollbackError": None,
            }
        },
    }


def test_the_websocket_carries_names_entries_and_metadata_as_one_struct() -> None:
    done = StepEntry(output=cbor.encode("done"))
    packed = history_bytes(journal(["mode"], (0,), done, METADATA))
    expected = (
        b"\x01\x04mode"  # one name
        b"\x01"  # one entry: id, location [name 0], Step, output, no error
        + (b"\x24" + ID.encode() + b"\x01\x00" + bytes(4))
        + b"\x00\x01\x05\x64done\x00"
        + b"\x01"  # one entry has metadata: completed, no error, one attempt, times
        + (b"\x24" + ID.encode() + b"\x02\x00" + b"\x01\x00\x00\x00")
        + (b"\x02" + bytes(7) + b"\x01" + bytes(7) + b"\x01\x03" + bytes(7))
        + b"\x00\x00"
    )
    assert packed == expected
