"""A chat room keeps its messages and knows who may do what."""

from __future__ import annotations

import datetime

import pytest
from chat_client import ChatClient, ChatRoomHandle, Forbidden


def room(client: ChatClient, token: str) -> ChatRoomHandle:
    return client.chat_room.get_or_create(org="acme", room="general", token=token)


async def test_messages_are_kept_in_order(client: ChatClient) -> None:
    ada = room(client, "ada")
    first = await ada.send_message("ada", "Hello")
    second = await ada.send_message("ada", "Anyone?")
    assert await room(client, "ben").get_history() == [first, second]
    assert first.sent_at.tzinfo is datetime.UTC


async def test_members_receive_what_is_posted(client: ChatClient) -> None:
    async with room(client, "ada").connect() as ada:
        messages = ada.events.new_message.listen()
        await ada.get_history()
        posted = await room(client, "ben").send_message("ben", "Hello")
        assert await anext(messages) == posted


async def test_nobody_enters_without_a_token(client: ChatClient) -> None:
    with pytest.raises(Forbidden):
        await room(client, "").get_history()


async def test_guests_only_read(client: ChatClient) -> None:
    guest = room(client, "guest")
    assert await guest.get_history() == []
    with pytest.raises(Forbidden, match="Guests only read"):
        await guest.send_message("guest", "Hello")


async def test_a_room_has_the_organisation_in_its_key(client: ChatClient) -> None:
    await room(client, "ada").send_message("ada", "Hello")
    other = client.chat_room.get_or_create(org="other", room="general", token="ada")
    assert await other.get_history() == []
