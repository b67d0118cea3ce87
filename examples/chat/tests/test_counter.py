"""The counter counts, tells everyone and stops at its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chat_client import ChatClient, Overflow

if TYPE_CHECKING:
    from chat_client import CounterHandle


@pytest.fixture
def counter(client: ChatClient) -> CounterHandle:
    return client.counter.get_or_create(name="visits", start=5)


async def test_a_counter_starts_where_its_creator_says(counter: CounterHandle) -> None:
    assert await counter.get_count() == 5


async def test_incrementing_returns_the_new_value(counter: CounterHandle) -> None:
    assert await counter.increment() == 6
    assert await counter.increment(3) == 9


async def test_two_names_are_two_counters(client: ChatClient) -> None:
    await client.counter.get_or_create(name="a").increment()
    assert await client.counter.get_or_create(name="b").get_count() == 0


async def test_everyone_who_is_connected_sees_the_new_count(
    counter: CounterHandle,
) -> None:
    async with counter.connect() as watching, counter.connect() as counting:
        counts = watching.events.new_count.listen()
        await watching.get_count()
        await counting.increment(2)
        await counter.increment()
        assert [await anext(counts), await anext(counts)] == [7, 8]


async def test_a_counter_does_not_pass_its_limit(counter: CounterHandle) -> None:
    with pytest.raises(Overflow) as caught:
        await counter.increment(1_000)
    assert caught.value.metadata.limit == 1_000
    assert await counter.get_count() == 5
