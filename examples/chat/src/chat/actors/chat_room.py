"""The actor `chatRoom`."""

import datetime
import uuid

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
from .._generated.errors import Forbidden, RoomFull
from .._generated.types import Message, Role

MESSAGES = 1000

# A real application looks the token up; here it is the name of the user.
ROLES = {"admin": Role.ADMIN, "guest": Role.GUEST}


class ChatRoom(ChatRoomBase):
    """One chat room."""

    @override
    async def create_state(
        self, c: ChatRoomCreateContext, input: ChatRoomInput
    ) -> ChatRoomState:
        return ChatRoomState(topic=input.topic)

    @override
    async def on_before_connect(
        self, c: ChatRoomContext, params: ChatRoomParams
    ) -> None:
        if not params.token or params.token in c.state.banned:
            raise Forbidden

    @override
    async def create_conn_state(
        self, c: ChatRoomContext, params: ChatRoomParams
    ) -> ChatRoomConnectionState:
        role = ROLES.get(params.token, Role.MEMBER)
        return ChatRoomConnectionState(user_id=params.token, role=role)

    @override
    async def send_message(self, c: ChatRoomContext, sender: str, text: str) -> Message:
        if c.conn.state.role is Role.GUEST:
            raise Forbidden(message="Guests only read.")
        if len(c.state.messages) >= MESSAGES:
            raise RoomFull(limit=MESSAGES)
        now = datetime.datetime.now(datetime.UTC)
        message = Message(id=uuid.uuid4(), sender=sender, text=text, sent_at=now)
        c.state.messages.append(message)
        c.events.new_message(message)
        return message

    @override
    async def get_history(self, c: ChatRoomContext) -> list[Message]:
        return c.state.messages

    @override
    async def members_kick(self, c: ChatRoomContext, user_id: str) -> None:
        if c.conn.state.role is not Role.ADMIN:
            raise Forbidden
        c.state.banned.add(user_id)
        for connection in list(c.conns.values()):
            if connection.state.user_id == user_id:
                connection.disconnect("removed from the room")
