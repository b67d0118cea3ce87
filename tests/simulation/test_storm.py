"""At most one instance of an actor lives at a time (promise P3)."""

from __future__ import annotations

import os

from .storm import CALLS, CROWD, rage

STORMS = int(os.environ.get("STORMS", "15"))
FIRST_SEED = int(os.environ.get("STORM_FIRST_SEED", "0"))


def test_one_instance_lives_at_a_time_and_each_actor_is_created_once() -> None:
    answers = actors = 0
    for seed in range(FIRST_SEED, FIRST_SEED + STORMS):
        presence = rage(seed)
        again = (
            f"STORM_FIRST_SEED={seed} STORMS=1 pytest tests/simulation/test_storm.py"
        )
        assert presence.answers == CROWD * CALLS, again
        assert presence.crowded == [], again
        assert set(presence.created.values()) == {1}, again
        assert presence.alive.total() == 0, again
        answers += presence.answers
        actors += len(presence.created)
    print(f"{STORMS} storms: {answers:,} calls of {actors} actors with one key")
    assert actors > 2 * STORMS
