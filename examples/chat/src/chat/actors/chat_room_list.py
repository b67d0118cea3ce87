"""The actor `chatRoomList`."""

from typing_extensions import override

from .._generated.chat_room_list import ChatRoomListBase, ChatRoomListContext


class ChatRoomList(ChatRoomListBase):
    """Creates chat rooms and remembers their ids."""

    @override
    async def create_chat_room(self, c: ChatRoomListContext, name: str) -> str:
        raise NotImplementedError

    @override
    async def list_chat_rooms(self, c: ChatRoomListContext) -> list[str]:
        raise NotImplementedError
