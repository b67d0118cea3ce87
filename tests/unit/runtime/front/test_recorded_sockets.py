"""Connections behave as recorded ones did, frame by frame and in the same order.

Each file is played against one server: requests, frames and closes in the recorded
order, whichever of its sockets they belong to.
"""

from __future__ import annotations

from typing import Final

import pytest

from fronts import running_front
from recorded_socket_actors import SOCKET_ACTORS
from recorded_sockets import Comparison, Replay

TOO_LARGE: Final = "big body 21MB"
"""aiohttp waits ten seconds for the rest of a body that was refused."""

CHANGING = ("_ts", "namespace_id", "pagination.cursor")

OF_THE_WAY = tuple(
    f"body.headers.{name}"
    for name in (
        *("accept-encoding", "connection", "host"),
        *("transfer-encoding", "content-length"),
    )
)
"""What a handler of raw requests sees of the replaying client, not of the recorded."""

METADATA = "metadata is that of an actor host, not of an engine"
SENTENCE = "the sentence is ours"
UNKNOWN_NAME = "an actor of an unknown name is refused at once"
MALFORMED_ID = "a malformed actor id is actor.not_found"
NO_INSPECTOR = "the inspector's socket is not served yet"
CLOSED_FIRST = "both sides close at once; whose close comes first is chance"

DELIBERATE: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "connect": (METADATA, ("body",)),
    "connect sleepy": (METADATA, ("body",)),
    "A: delete awake": (METADATA, ("body",)),
    "(start)": (METADATA, ("body",)),
    "token: action dyn": (METADATA, ("body",)),
    "big out": (SENTENCE, ("frame.Error.message",)),
    "bad pool dyn": (SENTENCE, ("body.message",)),
    "auth bad": (CLOSED_FIRST, ("frame.code", "frame.reason")),
    "auth forbid": (CLOSED_FIRST, ("frame.code", "frame.reason")),
    "auth boom": (
        "what an untyped exception says is masked here, too",
        ("frame.Error.message", "frame.code", "frame.reason"),
    ),
    "emit('x') bad": (
        "findings are told",
        ("frame.Error.message", "frame.Error.metadata"),
    ),
    "destroy()": ("the next actor of the key is there at once", ("frame",)),
    "echo(1,'a',{x:1},null,undefined,10n)": (
        "undefined stays undefined in CBOR",
        ("frame.ActionResponse.output.4",),
    ),
    "cbor bytes arg": ("byte strings are welcome in CBOR", ("frame",)),
    "ws noraw": (METADATA, ("body",)),
    "badstart action": (UNKNOWN_NAME, ("status", "header", "body")),
    "unknown actor name": (UNKNOWN_NAME, ("status", "header", "body")),
    "GET hello": (METADATA, ("body",)),
    "ws getForId bad": (MALFORMED_ID, ("frame.reason",)),
    "conn getForId missing": (MALFORMED_ID, ("frame.reason",)),
    "two ?": ("an actor id that is a name leads nowhere", ("status", "header", "body")),
    "ws path": ("headers of the replaying client", ("frame.raw",)),
    "ws open path": ("headers of the replaying client", ("frame.raw",)),
    "skipReadyWait dyn conn": (
        "a close without a code is answered with 1000",
        ("frame.code",),
    ),
    "path /inspector/connect": (NO_INSPECTOR, ("frame",)),
}
"""Where an answer differs on purpose, by step: why, and which places of it."""


def unexplained(comparison: Comparison) -> list[str]:
    """Return the differences that are not deliberate, as lines."""
    _, places = DELIBERATE.get(comparison.step, ("", ()))
    return [
        f"{comparison.id}: {place}: {recorded!r}, not {actual!r}"
        for place, (recorded, actual) in comparison.differences.items()
        if not place.endswith(CHANGING) and not place.startswith((*places, *OF_THE_WAY))
    ]


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("ws_conn_json", 50),
        ("ws_conn_cbor", 50),
        ("ws_conn_bare", 50),
        ("ws_protocol_raw", 90),
        ("routing_misc", 10),
        ("min_sequence", 4),
        ("hibernation", 10),
        ("raw_http_ws", 8),
        ("raw_http_ws_more", 5),
    ],
)
async def test_recorded_connections_get_the_recorded_frames(
    name: str, at_least: int
) -> None:
    async with running_front(SOCKET_ACTORS) as endpoint:
        replay = await Replay(name, endpoint).run()
    compared = [*replay.answers, *replay.frames]
    assert [line for each in compared for line in unexplained(each)] == []
    assert [line for each in compared for line in each.violations] == []
    assert len(replay.frames) >= at_least


async def test_recorded_deletions_close_the_sockets_of_their_actor() -> None:
    left_out = frozenset({"C: delete asleep", "D: action during destroy http"})
    async with running_front(SOCKET_ACTORS) as endpoint:
        replay = await Replay(
            "delete_while_connected", endpoint, skip=left_out, deletes=True
        ).run()
    compared = [*replay.answers, *replay.frames]
    assert [line for each in compared for line in unexplained(each)] == []
    assert len(replay.frames) >= 7


@pytest.mark.parametrize(
    "name",
    [
        *("gateway_forms", "management_raw", "management_js", "error_matrix_raw"),
        *("http_actions_json", "http_actions_cbor", "http_actions_bare"),
    ],
)
async def test_what_is_answered_to_recorded_requests_fits_the_contract(
    name: str,
) -> None:
    async with running_front(SOCKET_ACTORS) as endpoint:
        replay = await Replay(name, endpoint, skip=frozenset({TOO_LARGE})).run()
    assert [line for each in replay.answers for line in each.violations] == []
    assert len(replay.answers) >= 40
