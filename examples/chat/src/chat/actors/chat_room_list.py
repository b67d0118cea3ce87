"""The actor `chatRoomList`."""

from typing_extensions import override

from .._generated.chat_room_list import ChatRoomListBase, ChatRoomListContext

ORGANISATION = "acme"
TOKEN = "admin"  # this example has no secrets


class ChatRoomList(ChatRoomListBase):
    """Creates chat rooms and remembers their ids."""

    @override
    async def create_chat_room(self, c: ChatRoomListContext, name: str) -> str:
        room = await c.actors.chat_room.create(org=ORGANISATION, room=name, token=TOKEN)
        actor_id = await room.resolve()
        c.state.chat_room_ids.append(actor_id)
        return actor_id

    @override
    async def list_chat_rooms(self, c: ChatRoomListContext) -> list[str]:
        return c.state.chat_room_ids
