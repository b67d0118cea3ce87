"""Actions: arguments in, output and errors out, limits on time and number."""

from __future__ import annotations

from core_actors import Counter
from core_world import World


async def test_an_action_returns_its_result() -> None:
    world = World(Counter)
    assert await world.call("increment", 2, name="counter") == 2
    assert await world.call("increment", name="counter") == 3
    assert await world.call("getCount", name="counter") == 3
