"""Values that are recorded: what comes back, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from rivetgen_client import types
from rivetgen_runtime.core.workflows.errors import (
    HistoryDivergedError,
    WorkflowValueError,
    WorkflowValueTooLargeError,
)
from rivetgen_runtime.core.workflows.recorded import UNDEFINED_ROW, Recorded


class Money(types.Model):
    """A model of a test."""

    amount: types.Decimal
    note: types.Str | None = None


def recorded(kind: Any = None, limit_bytes: int = 1000) -> Recorded[Any]:
    return Recorded("The value", kind, limit_bytes=limit_bytes)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        2**60,
        1.5,
        "text",
        b"bytes",
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        [1, ["x", None]],
        {"a": {"b": [b"c"]}},
    ],
)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    assert recorded().read(recorded().write(value)) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Money, Money(amount=Decimal("1.10"))),
        (list[Money], [Money(amount=Decimal(2), note="x")]),
        (dict[str, int], {"a": 1}),
        (types.Decimal, Decimal("0.30")),
        (Decimal, Decimal("0.30")),
        (UUID, UUID(int=5)),
        (date, date(2026, 1, 2)),
        (timedelta, timedelta(seconds=90)),
        (set[int], {1, 2}),
        (list[dict[str, Decimal]], [{"a": Decimal(1)}]),
    ],
)
def test_typed_values_come_back_as_they_were(kind: Any, value: Any) -> None:
    assert recorded(kind).read(recorded(kind).write(value)) == value


def test_nothing_is_recorded_as_undefined() -> None:
    assert recorded().write(None) == UNDEFINED_ROW
    assert recorded(Money).read(UNDEFINED_ROW) is None
    assert recorded().read(None) is None


@pytest.mark.parametrize(
    "value", [object(), Money(amount=Decimal(1)), {1: "x"}, Decimal(1), "\ud800"]
)
def test_other_values_are_refused_with_advice(value: Any) -> None:
    with pytest.raises(WorkflowValueError, match="pass its type as `returns`"):
        recorded().write(value)


def test_values_of_another_type_are_refused() -> None:
    with pytest.raises(WorkflowValueError, match="The value cannot be recorded"):
        recorded(Money).write("no money")
    for row in (recorded().write({"amount": True}), b"\xff"):
        with pytest.raises(HistoryDivergedError, match="does not fit any more"):
            recorded(Money).read(row)


def test_values_that_are_too_large_are_refused_with_their_size() -> None:
    with pytest.raises(WorkflowValueTooLargeError) as caught:
        recorded(limit_bytes=100).write("x" * 200)
    assert (caught.value.size, caught.value.limit) == (202, 100)
