"""The actor `chatRoom`."""

from typing_extensions import override

from .._generated.chat_room import (
    ChatRoomBase,
    ChatRoomConnectionState,
    ChatRoomContext,
    ChatRoomCreateContext,
    ChatRoomInput,
    ChatRoomParams,
    ChatRoomState,
)
from .._generated.types import Message


class ChatRoom(ChatRoomBase):
    """One chat room."""

    @override
    async def create_state(
        self, c: ChatRoomCreateContext, input: ChatRoomInput
    ) -> ChatRoomState:
        return ChatRoomState()

    @override
    async def create_conn_state(
        self, c: ChatRoomContext, params: ChatRoomParams
    ) -> ChatRoomConnectionState:
        raise NotImplementedError

    @override
    async def send_message(self, c: ChatRoomContext, sender: str, text: str) -> Message:
        raise NotImplementedError

    @override
    async def get_history(self, c: ChatRoomContext) -> list[Message]:
        raise NotImplementedError

    @override
    async def members_kick(self, c: ChatRoomContext, user_id: str) -> None:
        raise NotImplementedError
