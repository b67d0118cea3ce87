"""Every pattern does what its description says."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING

import pytest
from patterns_client import (
    CardDeclined,
    CheckoutParcelsMessage,
    CheckoutStatus,
    OrderStatus,
    OutOfStock,
    PatternsClient,
    TooManyRequests,
)
from rivetgen_runtime.testing import World, virtual_time

from patterns.app import registry
from patterns.users import USERS

if TYPE_CHECKING:
    from patterns_client import CheckoutHandle
    from rivetgen_runtime.testing import VirtualTime

DAY = datetime.date(2026, 1, 1)
SHARDS = 8


def world_of(time: VirtualTime) -> tuple[World, PatternsClient]:
    world = World(registry.actors, time)
    return world, PatternsClient(transport=world.transport)


@virtual_time
async def test_views_are_counted_by_the_hour(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        for hour in (9, 9, 10):
            await client.page_views.get_or_create(page="/", day=DAY, hour=hour).view()
        hours = [
            client.page_views.get_or_create(page="/", day=DAY, hour=hour)
            for hour in (8, 9, 10)
        ]
        assert [await hour.get_views() for hour in hours] == [0, 2, 1]


@virtual_time
async def test_likes_spread_over_shards_add_up(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        for _ in range(20):
            shard = time.random.randrange(SHARDS)
            await client.likes.get_or_create(post="p", shard=shard).like()
        shards = [
            client.likes.get_or_create(post="p", shard=shard) for shard in range(SHARDS)
        ]
        likes = await asyncio.gather(*(shard.get_likes() for shard in shards))
        assert sum(likes) == 20
        assert max(likes) < 20


@virtual_time
async def test_a_report_collects_what_its_workers_found(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        report = client.report.get_or_create(name="r")
        await report.start(["one two three", "", "actors everywhere"])
        assert await report.is_done()
        summary = await report.get_summary()
        assert (summary.words, summary.longest) == (5, "everywhere")


@virtual_time
async def test_a_profile_is_loaded_at_every_wake_and_only_then(
    time: VirtualTime,
) -> None:
    world, client = world_of(time)
    async with world:
        session = client.session.get_or_create(user_id="ada")
        assert (await session.get_profile()).email == "ada@example.com"
        USERS.emails["ada"] = "new@example.com"
        assert (await session.get_profile()).email == "ada@example.com"
        assert USERS.reads == 1
        await world.skip(minutes=5)
        assert (await session.get_profile()).email == "new@example.com"
        await session.update_email("mine@example.com")
        assert (await session.get_profile()).email == "mine@example.com"


@virtual_time
async def test_the_copy_of_an_account_follows_it(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        account = client.account.get_or_create(user_id="ada", email="a@example.com")
        await account.change_email("b@example.com")
        await world.skip(seconds=1)
        assert USERS.emails == {"ada": "b@example.com"}


@virtual_time
async def test_the_copy_catches_up_after_a_crash(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        account = client.account.get_or_create(user_id="ada", email="a@example.com")
        await account.change_email("b@example.com")
        USERS.emails["ada"] = "a@example.com"
        world.crash()
        await account.resolve()
        await world.skip(seconds=1)
        assert USERS.emails == {"ada": "b@example.com"}


@virtual_time
async def test_an_order_reserves_and_pays(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        order = client.order.get_or_create(order_id="1")
        assert await order.place("book", 2, 30, "ada") is OrderStatus.PAID
        assert await client.stock.get_or_create(product="book").get_left() == 8
        assert await client.wallet.get_or_create(customer="ada").get_balance() == 70


@virtual_time
async def test_an_order_that_cannot_be_paid_gives_the_goods_back(
    time: VirtualTime,
) -> None:
    world, client = world_of(time)
    async with world:
        order = client.order.get_or_create(order_id="1")
        with pytest.raises(CardDeclined):
            await order.place("book", 2, 1_000, "ada")
        assert await order.get_status() is OrderStatus.REFUSED
        assert await client.stock.get_or_create(product="book").get_left() == 10
        with pytest.raises(OutOfStock) as caught:
            await order.place("book", 11, 1, "ada")
        assert caught.value.metadata.left == 10


@virtual_time
async def test_an_order_that_is_placed_twice_is_paid_once(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        order = client.order.get_or_create(order_id="1")
        for _ in range(2):
            assert await order.place("book", 2, 30, "ada") is OrderStatus.PAID
        assert await client.stock.get_or_create(product="book").get_left() == 8
        assert await client.wallet.get_or_create(customer="ada").get_balance() == 70


async def balances(client: PatternsClient) -> tuple[int, int]:
    stock = client.stock.get_or_create(product="book")
    wallet = client.wallet.get_or_create(customer="ada")
    return await stock.get_left(), await wallet.get_balance()


async def begun(client: PatternsClient, *, amount: int) -> CheckoutHandle:
    """The checkout of two books, which begins to work."""
    checkout = client.checkout.get_or_create(
        order_id="1", product="book", quantity=2, amount=amount, customer="ada"
    )
    await checkout.resolve()
    return checkout


@virtual_time
async def test_a_checkout_ends_when_the_parcel_leaves(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        checkout = await begun(client, amount=30)
        await world.skip(seconds=1)
        assert await checkout.get_status() is CheckoutStatus.PAID
        assert await balances(client) == (8, 70)
        await world.skip(days=3)
        await checkout.queues.parcels.send(CheckoutParcelsMessage(tracking="x1"))
        await world.skip(seconds=1)
        assert await checkout.get_status() is CheckoutStatus.SHIPPED


@virtual_time
async def test_a_checkout_takes_back_what_it_did_when_no_parcel_leaves(
    time: VirtualTime,
) -> None:
    world, client = world_of(time)
    async with world:
        checkout = await begun(client, amount=30)
        await world.skip(days=8)
        assert await checkout.get_status() is CheckoutStatus.CANCELLED
        assert await checkout.get_problem() == "no parcel left within a week"
        assert await balances(client) == (10, 100)


@virtual_time
async def test_a_checkout_that_cannot_be_paid_gives_the_goods_back(
    time: VirtualTime,
) -> None:
    world, client = world_of(time)
    async with world:
        checkout = await begun(client, amount=1_000)
        await world.skip(seconds=1)
        assert await checkout.get_status() is CheckoutStatus.CANCELLED
        assert await checkout.get_problem() == "the card was declined"
        assert await balances(client) == (10, 100)


@virtual_time
async def test_a_checkout_goes_on_after_a_crash_without_paying_twice(
    time: VirtualTime,
) -> None:
    world, client = world_of(time)
    async with world:
        checkout = await begun(client, amount=30)
        await world.skip(seconds=1)
        world.crash()
        await checkout.queues.parcels.send(CheckoutParcelsMessage(tracking="x1"))
        await world.skip(seconds=1)
        assert await checkout.get_status() is CheckoutStatus.SHIPPED
        assert await balances(client) == (8, 70)


@virtual_time
async def test_a_caller_is_limited_and_others_are_not(time: VirtualTime) -> None:
    world, client = world_of(time)
    async with world:
        limiter = client.rate_limiter.get_or_create(caller="ada")
        for _ in range(3):
            await limiter.admit(3, 60_000)
        with pytest.raises(TooManyRequests):
            await limiter.admit(3, 60_000)
        await client.rate_limiter.get_or_create(caller="bob").admit(3, 60_000)
