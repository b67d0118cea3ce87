"""The checker of histories tells right ones from wrong ones."""

from __future__ import annotations

from random import Random

from .linearizability import Operation, is_linearizable


def read(began: float, ended: float, result: int) -> Operation:
    return Operation(began=began, ended=ended, result=result)


def add(began: float, ended: float, result: int) -> Operation:
    return Operation(began=began, ended=ended, amount=1, result=result)


def lost(began: float) -> Operation:
    return Operation(began=began, amount=1)


def test_calls_at_the_same_time_may_have_happened_in_either_order() -> None:
    assert is_linearizable([add(1, 4, 2), add(2, 3, 1)])
    assert is_linearizable([add(1, 4, 1), add(2, 3, 2)])


def test_an_answer_that_forgets_an_earlier_call_is_wrong() -> None:
    assert not is_linearizable([add(1, 2, 1), read(3, 4, 0)])
    assert not is_linearizable([add(1, 2, 1), add(3, 4, 1)])


def test_a_value_that_was_read_cannot_be_taken_back() -> None:
    assert not is_linearizable([add(1, 6, 1), read(2, 3, 1), read(4, 5, 0)])


def test_an_unanswered_call_may_take_effect_later_or_never() -> None:
    assert is_linearizable([lost(1), read(2, 3, 0)])
    assert is_linearizable([lost(1), read(2, 3, 1)])
    assert is_linearizable([lost(1), read(2, 3, 0), read(4, 5, 1)])
    assert not is_linearizable([lost(1), read(2, 3, 1), read(4, 5, 0)])
    assert not is_linearizable([read(1, 2, 1), lost(3)])


def test_long_histories_are_checked_quickly_and_one_wrong_answer_is_found() -> None:
    history = history_of(Random(1), calls=400)
    assert is_linearizable(history)
    late = next(each for each in history if each.began > 200 and each.result)
    assert late.result is not None
    wrong = read(late.ended + 0.5, late.ended + 0.6, late.result - 20)
    assert not is_linearizable([*history, wrong])


def history_of(random: Random, *, calls: int) -> list[Operation]:
    """Calls of a real counter, each longer than the pause between two of them."""
    history: list[Operation] = []
    count = 0
    for number in range(calls):
        began, ended = number - random.random() * 8, number + random.random() * 8
        amount = random.choice([0, 1])
        count += amount
        if random.random() < 0.1:
            history.append(Operation(began=began, amount=amount))
        else:
            history.append(
                Operation(began=began, ended=ended, amount=amount, result=count)
            )
    return history
