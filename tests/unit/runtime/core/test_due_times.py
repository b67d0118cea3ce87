"""A heap of times from which any source can be removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rivetgen_runtime.core.due_times import DueTimes

SOURCES = st.integers(0, 5)
CHANGES = st.lists(st.tuples(SOURCES, st.none() | st.integers(0, 20)), max_size=60)


def drained(times: DueTimes, now_ms: int) -> list[object]:
    """Take everything that is due."""
    taken: list[object] = []
    while (source := times.take_due(now_ms)) is not None:
        taken.append(source)
    return taken


@given(CHANGES, st.integers(0, 20))
def test_what_is_due_comes_out_in_order(
    changes: list[tuple[int, int | None]], now_ms: int
) -> None:
    times = DueTimes()
    expected: dict[int, int] = {}
    for source, due_ms in changes:
        expected.pop(source, None)
        if due_ms is None:
            times.remove(source)
        else:
            times.put(source, due_ms)
            expected[source] = due_ms
    assert len(times) == len(expected)
    assert times.earliest_ms == min(expected.values(), default=None)
    due = {source: due for source, due in expected.items() if due <= now_ms}
    # Sorting keeps the order in which sources of the same time were put.
    assert drained(times, now_ms) == sorted(due, key=lambda source: due[source])
    assert len(times) == len(expected) - len(due)


def test_moving_one_time_for_ever_takes_no_more_memory() -> None:
    times = DueTimes()
    for due_ms in range(100_000):
        times.put("retry", due_ms)
    assert times.entries < 1_000
    for number in range(100_000):
        times.put(number, number)
        times.remove(number)
    assert times.entries < 1_000
