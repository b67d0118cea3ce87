"""Simulated lives of a server keep its promises, whatever happens to it."""

from __future__ import annotations

import pytest

from .__main__ import AGAIN
from .trial import simulate

SEEDS = 500
SEEDS_PER_TEST = 50


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_PER_TEST))
def test_every_life_keeps_the_promises(first: int) -> None:
    for seed in range(first, first + SEEDS_PER_TEST):
        try:
            simulate(seed)
        except Exception as error:
            error.add_note(f"{AGAIN} {seed}")
            raise


@pytest.mark.parametrize("seed", range(5))
def test_equal_seeds_make_equal_lives(seed: int) -> None:
    assert simulate(seed).steps == simulate(seed).steps


def test_the_lives_are_eventful() -> None:
    traces = [simulate(seed) for seed in range(30)]
    assert sum(len(trace.unknown) for trace in traces) > 10
    assert sum(len(trace.refused) for trace in traces) > 10
    acknowledged = [len(a) for t in traces for a in t.acknowledged.values()]
    assert sum(acknowledged) > 300
