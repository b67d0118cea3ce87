"""Simulated lives of a server keep its promises, whatever happens to it."""

from __future__ import annotations

import pytest

from .__main__ import AGAIN
from .promises import BrokenPromiseError, check_actor, check_all
from .trace import Trace
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
    assert sum(len(trace.told) for trace in traces) > 50
    assert sum(len(trace.scheduled) for trace in traces) > 50
    assert sum(len(sent) for trace in traces for sent in trace.sent.values()) > 50
    acknowledged = [len(a) for t in traces for a in t.acknowledged.values()]
    assert sum(acknowledged) > 300


@pytest.mark.parametrize(
    ("notes", "promise"),
    [
        (["kept", "message", "fired later"], "P1 nothing acknowledged is lost"),
        (["later", "kept", "message"], "P1 acknowledged entries stay"),
        (["kept", "later", "fired later"], "P1 every message is handled"),
        (["kept", "later", "message", "message"], "no message completed twice"),
        (["kept", "later", "message", "refused"], "P2 what was refused"),
        (["kept", "later", "message"], "P6 what is scheduled fires"),
        (["kept", "later", "message", "early later"], "P6 nothing is early"),
        (["kept", "later", "message", "fired kept", "fired later"], "P2 what is not"),
    ],
)
def test_a_broken_promise_would_be_noticed(notes: list[str], promise: str) -> None:
    trace = Trace(refused={"refused"}, scheduled={"later"})
    trace.acknowledged["a"] = {"kept": 0, "later": 1}
    trace.sent["a"] = {"message"}
    with pytest.raises(BrokenPromiseError, match=promise):
        check_actor("a", notes, trace)


def test_what_only_one_actor_knows_would_be_noticed() -> None:
    trace = Trace(told={"news"})
    check_all({"a": ["news"], "b": ["a told news"]}, trace)
    with pytest.raises(BrokenPromiseError, match="was told"):
        check_all({"a": ["news"], "b": []}, trace)
