"""The table of phases and signals."""

from __future__ import annotations

from itertools import product

import pytest

from rivetgen_runtime.core.lifecycle import (
    FINAL_PHASES,
    TRANSITIONS,
    Lifecycle,
    Phase,
    Signal,
)
from rivetgen_runtime.errors import IllegalTransitionError

EVERY_PAIR = list(product(Phase, Signal))


def at(phase: Phase) -> Lifecycle:
    lifecycle = Lifecycle()
    lifecycle.phase = phase
    return lifecycle


@pytest.mark.parametrize(("phase", "signal"), EVERY_PAIR, ids=str)
def test_only_what_the_table_lists_is_legal(phase: Phase, signal: Signal) -> None:
    lifecycle = at(phase)
    following = TRANSITIONS.get((phase, signal))
    if following is None:
        with pytest.raises(IllegalTransitionError) as caught:
            lifecycle.signal(signal)
        assert (caught.value.phase, caught.value.signal) == (phase.value, signal.value)
        assert lifecycle.phase is phase
    else:
        lifecycle.signal(signal)
        assert lifecycle.phase is following


def test_final_phases_are_those_that_nothing_leaves() -> None:
    left = {phase for phase, _ in TRANSITIONS}
    assert set(Phase) - left == FINAL_PHASES


def test_every_phase_can_be_reached() -> None:
    assert {Phase.CREATED, *TRANSITIONS.values()} == set(Phase)


@pytest.mark.parametrize("phase", Phase)
def test_an_activation_is_starting_running_or_leaving(phase: Phase) -> None:
    lifecycle = at(phase)
    states = [lifecycle.is_starting, lifecycle.is_running, lifecycle.is_leaving]
    assert states.count(True) == 1


@pytest.mark.parametrize("phase", Phase)
def test_what_is_over_is_also_leaving(phase: Phase) -> None:
    lifecycle = at(phase)
    assert not lifecycle.is_over or lifecycle.is_leaving
