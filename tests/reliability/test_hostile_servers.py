"""What a client does when its server means harm."""

from __future__ import annotations

import gzip

import pytest

from counter_client import CounterClient
from rivetgen_client._http import ANSWER_BYTES
from rivetgen_client.errors import MalformedResponseError
from scripted_server import Reply, scripted_server


@pytest.mark.parametrize("is_packed", [False, True])
async def test_an_answer_without_end_is_given_up(*, is_packed: bool) -> None:
    body = b"x" * (ANSWER_BYTES + 1)
    headers = {"content-encoding": "gzip"} if is_packed else {}
    packed = gzip.compress(body, compresslevel=1) if is_packed else body
    async with scripted_server() as server, CounterClient(server.url) as client:
        server.replies.append(Reply(body=packed, headers=headers))
        with pytest.raises(MalformedResponseError, match="longer than") as caught:
            await client.counter.get_or_create(name="a").increment(1)
    assert caught.value.status == 200
