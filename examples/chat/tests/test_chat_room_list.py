"""The list creates rooms and remembers their ids."""

from __future__ import annotations

from chat_client import ChatClient


async def test_a_created_room_is_listed_and_reached_by_its_id(
    client: ChatClient,
) -> None:
    rooms = client.chat_room_list.get_or_create(name="main")
    actor_id = await rooms.create_chat_room("general")
    assert await rooms.list_chat_rooms() == [actor_id]
    by_id = client.chat_room.get_for_id(actor_id, token="ada")
    posted = await by_id.send_message("ada", "Hello")
    by_key = client.chat_room.get(org="acme", room="general", token="ben")
    assert await by_key.get_history() == [posted]
