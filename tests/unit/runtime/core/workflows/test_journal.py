"""The journal in memory is always what was stored, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rivetgen_runtime.core.ports import DeleteRange, DeleteValue, PutValue
from rivetgen_runtime.core.watching import Topic, Watchers
from rivetgen_runtime.core.workflows.entries import (
    Entry,
    EntryMetadata,
    EntryStatus,
    StepEntry,
    WorkflowState,
)
from rivetgen_runtime.core.workflows.journal import Journal
from rivetgen_runtime.core.workflows.locations import (
    Field,
    Location,
    LoopIteration,
    field_key,
    name_key,
)
from rivetgen_runtime.core.workflows.outcomes import ErrorFacts, StepFailure
from rivetgen_runtime.errors import StorageCorruptError
from rivetgen_runtime.testing.manual import ManualRandomness

FAILURE = StepFailure(
    kind="critical",
    step_name="pay",
    attempts=1,
    error=ErrorFacts(name="Error", message="no", metadata={"limit": 3}),
)


def new_journal(watchers: Watchers | None = None) -> Journal:
    return Journal("actor", ManualRandomness(), watchers or Watchers())


def commit(journal: Journal, rows: dict[bytes, bytes]) -> None:
    """End a turn: apply the writes of the journal to what is stored."""
    for write in journal.writes():
        match write:
            case DeleteRange(keys=keys):
                for key in [key for key in rows if key in keys]:
                    del rows[key]
            case PutValue(key=key, value=row):
                rows[key] = row
            case DeleteValue(key=key):
                rows.pop(key, None)
            case _:
                raise AssertionError(write)
    journal.settle()


NAMES = st.sampled_from(["a", "b", "c", "a/b", "~0"])
ITERATIONS = st.integers(0, 3)


class JournalMachine(RuleBasedStateMachine):
    """Changes a journal at random, ends turns, and undoes some."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = new_journal()
        self.rows: dict[bytes, bytes] = {}

    def _location(self, names: list[str], iteration: int | None) -> Location:
        indexes = [self.journal.index_of(name) for name in names]
        if iteration is None:
            return tuple(indexes)
        return (LoopIteration(indexes[0], iteration), *indexes[1:], 0)

    @rule(
        names=st.lists(NAMES, min_size=1, max_size=3), iteration=st.none() | ITERATIONS
    )
    def put(self, names: list[str], iteration: int | None) -> None:
        location = self._location(names, iteration)
        entry = self.journal.get(location)
        if entry is None:
            entry = self.journal.create(location, StepEntry())
            metadata = EntryMetadata(created_at_ms=5)
        else:
            entry = self.journal.change(entry, StepEntry(output=b"\x01"))
            metadata = EntryMetadata(
                created_at_ms=5, status=EntryStatus.EXHAUSTED, failure=FAILURE
            )
        self.journal.put_metadata(entry, metadata)

    @rule(names=st.lists(NAMES, min_size=1, max_size=2))
    def remove(self, names: list[str]) -> None:
        self.journal.remove(self._location(names, None))

    @rule(
        names=st.lists(NAMES, min_size=1, max_size=3), iteration=st.none() | ITERATIONS
    )
    def remove_alone(self, names: list[str], iteration: int | None) -> None:
        self.journal.remove_alone(self._location(names, iteration))

    @rule(name=NAMES, first=ITERATIONS, count=ITERATIONS)
    def remove_iterations(self, name: str, first: int, count: int) -> None:
        loop = self.journal.index_of(name)
        self.journal.remove_iterations((), LoopIteration(loop, first), first + count)

    @rule()
    def remove_all(self) -> None:
        self.journal.remove_all()

    @rule(state=st.sampled_from(WorkflowState))
    def become(self, state: WorkflowState) -> None:
        self.journal.state = state

    @rule(row=st.none() | st.just(b"\xf7"))
    def put_output(self, row: bytes | None) -> None:
        self.journal.put_field(Field.OUTPUT, row)

    @rule()
    def undo(self) -> None:
        self.journal.discard()

    @precondition(lambda self: bool(self.journal))
    @rule()
    def end_turn(self) -> None:
        commit(self.journal, self.rows)
        assert not self.journal

    @invariant()
    def what_is_stored_next_is_what_is_in_memory(self) -> None:
        rows = dict(self.rows)
        for write in self.journal.writes():
            match write:
                case DeleteRange(keys=keys):
                    rows = {key: row for key, row in rows.items() if key not in keys}
                case PutValue(key=key, value=row):
                    rows[key] = row
                case DeleteValue(key=key):
                    rows.pop(key, None)
                case _:
                    raise AssertionError(write)
        stored = new_journal()
        stored.load(rows)
        assert picture(stored) == picture(self.journal)
        kept = 2 * len(list(stored)) + sum(
            metadata.failure is not None
            for entry in stored
            if (metadata := stored.metadata(entry)) is not None
        )
        fields = sum(stored.field(field) is not None for field in Field)
        assert len(rows) == kept + len(stored.names) + fields


def picture(journal: Journal) -> tuple[object, ...]:
    entries: list[Entry] = sorted(journal, key=lambda entry: entry.id)
    return (
        journal.names,
        [(entry, journal.metadata(entry)) for entry in entries],
        [journal.field(field) for field in Field],
        reachable(journal),
    )


def reachable(journal: Journal, scope: Location = ()) -> set[Location]:
    """Every location that leads to an entry."""
    below = [(*scope, segment) for segment in journal.children(scope)]
    return set(below).union(*(reachable(journal, each) for each in below))


JournalMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
test_a_journal_is_always_what_was_stored = JournalMachine.TestCase


def test_what_a_turn_that_is_undone_should_have_written_the_next_one_writes() -> None:
    journal, rows = new_journal(), dict[bytes, bytes]()
    journal.create((journal.index_of("a"),), StepEntry())
    journal.discard()
    commit(journal, rows)
    assert len(rows) == 2


def test_watchers_are_told_when_something_is_on_its_way_to_the_disk() -> None:
    watchers, topics = Watchers(), list[Topic]()
    watchers.add(topics.append)
    journal = new_journal(watchers)
    journal.state = WorkflowState.RUNNING
    assert topics == []
    commit(journal, {})
    assert topics == [Topic.WORKFLOW]


def test_names_that_an_official_server_has_lost_are_no_obstacle() -> None:
    journal = new_journal()
    journal.load({name_key(0): b"a", name_key(2): b"c"})
    assert journal.names == ["a", "?", "c"]
    assert journal.index_of("b") == 3
    assert journal.path_of((1, LoopIteration(2, 5), 0)) == "?/~5/a"


@pytest.mark.parametrize(
    "rows",
    [
        {b"nonsense": b""},
        {name_key(0): b"\xff"},
        {name_key(10**9): b"far away"},
        {field_key(Field.STATE): b"dreaming"},
    ],
)
def test_damaged_journals_are_refused(rows: dict[bytes, bytes]) -> None:
    with pytest.raises(StorageCorruptError):
        new_journal().load(rows)
