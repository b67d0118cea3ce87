"""Clients that connect while their actor is being destroyed are told so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core_actors import LabBase, LabContext
from core_world import FakeClient, World
from rivetgen_client.transport import ChannelClosedError, KeyTarget
from rivetgen_client.wire.messages import Error
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import RequestError


class Lab(LabBase):
    """Is destroyed by whoever connects."""

    async def on_before_connect(self, c: LabContext, params: Any) -> None:
        del params
        c.destroy()
        await asyncio.sleep(0)


async def test_a_socket_whose_actor_is_gone_is_closed_with_the_reason() -> None:
    world = World(Lab)
    record = await world.locate()
    client = FakeClient()
    with pytest.raises(RequestError, match=r"actor\.not_found"):
        await world.host.open_connection(record, client)
    assert [error.code for error in client.errors] == ["not_found"]
    assert client.close_frame == (1011, "actor.not_found")


async def test_a_channel_whose_actor_is_gone_ends() -> None:
    world = World(Lab)
    target = KeyTarget(name="lab", key=("a",), create=True)
    channel = await world.host.transport.connect(target, UNDEFINED)
    assert isinstance(await channel.receive(), Error)
    with pytest.raises(ChannelClosedError):
        await asyncio.wait_for(channel.receive(), 1)
