"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.chat_room import ChatRoom
from .actors.chat_room_list import ChatRoomList
from .actors.counter import Counter

registry = Registry(counter=Counter, chat_room=ChatRoom, chat_room_list=ChatRoomList)
