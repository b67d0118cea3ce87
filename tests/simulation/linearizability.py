"""Decides whether a counter behaved as if each call took effect at one moment.

The search is that of Wing and Gong, with Lowe's memory of what was tried: calls are put
into an order in which no call comes before one that had ended when it began, and in
which every result is what a counter would have answered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Operation", "is_linearizable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of a counter, as its caller saw it.

    Attributes:
        began: When it was called; moments are numbers that only ever grow.
        ended: When it was answered; infinity when nobody knows whether it took effect.
        amount: What it adds; zero only reads.
        result: The count it was answered; None when it was not.
    """

    began: float
    ended: float = math.inf
    amount: int = 0
    result: int | None = None


def is_linearizable(history: Sequence[Operation], *, start: int = 0) -> bool:
    """Whether an order of the calls explains every answer.

    Args:
        history: Calls in any order; those without a result may have had no effect.
        start: The count before all of them.
    """
    operations = sorted(history, key=lambda operation: operation.began)
    answered = _mask(operations)
    stack = [(0, start)]
    tried: set[tuple[int, int]] = set()
    while stack:
        done, count = place = stack.pop()
        if done & answered == answered:
            return True
        if place in tried:
            continue
        tried.add(place)
        stack.extend(_next(operations, done, count))
    return False


def _mask(operations: Sequence[Operation]) -> int:
    return sum(
        1 << index
        for index, operation in enumerate(operations)
        if operation.result is not None
    )


def _next(
    operations: Sequence[Operation], done: int, count: int
) -> Iterator[tuple[int, int]]:
    """Yield where one more call leads; what was answered last, to be tried first."""
    remaining = [
        (index, operation)
        for index, operation in enumerate(operations)
        if not done >> index & 1
    ]
    first_end = min(operation.ended for _, operation in remaining)
    ready = [each for each in remaining if each[1].began < first_end]
    for index, operation in ready:
        if operation.amount == 0 and operation.result == count:
            # It fits and changes nothing: no order is lost by taking it at once.
            yield done | 1 << index, count
            return
    # Of unanswered calls that do the same, the oldest can stand for every other.
    unanswered = {each[1].amount: each for each in reversed(ready) if _is_open(each[1])}
    answered = [each for each in ready if not _is_open(each[1])]
    for index, operation in [*unanswered.values(), *answered]:
        after = count + operation.amount
        if operation.result in {None, after}:
            yield done | 1 << index, after


def _is_open(operation: Operation) -> bool:
    return operation.result is None
