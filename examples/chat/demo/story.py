"""What the demo shows, written the way an application uses the generated client."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chat_client import ChatClient, Overflow

if TYPE_CHECKING:
    from collections.abc import Generator

    from chat_client.chat_room import ChatRoomConnection


def say(text: str) -> None:
    print(f"  {text}", flush=True)


@contextmanager
def server(data: str) -> Generator[tuple[str, subprocess.Popen[str]]]:
    """Run the chat server on a free port; give its address and its process."""
    command = [sys.executable, "-m", "chat", "--port", "0", "--data", data]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            announcement = process.stdout.readline()
            assert announcement, "the server did not start"
            yield announcement.split()[3], process
        finally:
            process.kill()


async def before_the_crash(endpoint: str) -> None:
    """Let two people meet in a room, and run into a typed error."""
    async with ChatClient(endpoint) as client:
        rooms = client.chat_room_list.get_or_create(name="main")
        room_id = await rooms.create_chat_room("general")
        say(f"The coordinator created the room acme/general, actor {room_id}.")

        room = client.chat_room.get(org="acme", room="general", token="ada")
        async with room.connect() as ada, room.connect() as ben:
            await meet(ada, ben)

        counter = client.counter.get_or_create(name="visits", start=40)
        say(f"A counter went up to {await counter.increment(2)}.")
        try:
            await counter.increment(10_000)
        except Overflow as error:
            say(f"Adding 10000 was refused: Overflow, limit {error.metadata.limit}.")


async def meet(ada: ChatRoomConnection, ben: ChatRoomConnection) -> None:
    """Post a message on one connection and receive it as an event on the other."""
    async with ben.events.new_message.listen() as messages:
        await ben.get_history()  # answered after the subscription took effect
        await ada.send_message("ada", "Hello, Ben!")
        message = await anext(messages)
    sent = message.sent_at.strftime("%H:%M:%S")
    say(f"Ada wrote at {sent}, and Ben received: {message.text!r}")


async def after_the_crash(endpoint: str) -> None:
    """Find everything that was acknowledged."""
    async with ChatClient(endpoint) as client:
        [room_id] = await client.chat_room_list.get(name="main").list_chat_rooms()
        room = client.chat_room.get_for_id(room_id, token="ben")
        history = await room.get_history()
        assert [message.text for message in history] == ["Hello, Ben!"]
        say(f"The room still has its message: {history[0].text!r}")
        count = await client.counter.get(name="visits").get_count()
        assert count == 42
        say(f"The counter still stands at {count}.")


def main(data: str) -> None:
    """Tell the story."""
    with server(data) as (endpoint, process):
        print(f"\nThe server listens on {endpoint}.")
        asyncio.run(before_the_crash(endpoint))
        process.kill()
        print("\nThe server was killed with SIGKILL.")
    started_s = time.monotonic()
    with server(data) as (endpoint, _):
        elapsed_ms = (time.monotonic() - started_s) * 1000
        print(f"It was started again on the same data, in {elapsed_ms:.0f} ms.")
        asyncio.run(after_the_crash(endpoint))
    print("\nNothing was lost.")


if __name__ == "__main__":
    main(sys.argv[1])
