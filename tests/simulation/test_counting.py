"""A counter is linearizable (promise P1), with and without crashes."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from .counting import count_up
from .linearizability import is_linearizable

HISTORIES = int(os.environ.get("COUNTING_HISTORIES", "12"))
FIRST_SEED = int(os.environ.get("COUNTING_FIRST_SEED", "0"))


@pytest.mark.parametrize("crashes", [False, True])
def test_every_history_has_an_order_that_explains_it(*, crashes: bool) -> None:
    operations = unanswered = 0
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        history = count_up(seed, crashes=crashes)
        assert is_linearizable(history), (
            f"COUNTING_FIRST_SEED={seed} COUNTING_HISTORIES=1 "
            "pytest tests/simulation/test_counting.py"
        )
        operations += len(history)
        unanswered += sum(each.result is None for each in history)
    print(f"{HISTORIES} histories, {operations:,} calls, {unanswered:,} unanswered")
    assert operations > 100 * HISTORIES
    assert (unanswered > 0) is crashes


def test_an_answer_that_was_lost_would_be_noticed() -> None:
    """The last increment's answer is changed to one that came long before."""
    history = count_up(FIRST_SEED, crashes=True)
    answered = [each for each in history if each.amount and each.result is not None]
    last = max(answered, key=lambda each: each.began)
    assert last.result is not None
    wrong = replace(last, result=last.result // 2)
    assert not is_linearizable([wrong if each is last else each for each in history])
