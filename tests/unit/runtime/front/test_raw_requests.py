"""Raw HTTP over real sockets: what goes through, and clients that mean harm."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import ClientSession
from yarl import URL

from fronts import running_front
from raw_actors import PIECE, new_raw_lab, until
from rivetgen_client.wire.limits import Limits
from rivetgen_runtime.front.options import FrontOptions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from raw_actors import RawLab

QUERY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=a"
QUICK = FrontOptions(
    client_check_s=0.05,
    body_timeout_s=0.3,
    limits=Limits(http_body_bytes=200_000),
)


class Caller:
    """A client of one front, and the actor behind it."""

    def __init__(self, session: ClientSession, base: str, actor: type[RawLab]) -> None:
        self.session = session
        self.base = base
        self.actor = actor

    def url(self, path: str, query: str = "") -> URL:
        own = f"{query}&" if query else ""
        target = f"{self.base}/gateway/lab/request{path}?{own}{QUERY}"
        return URL(target, encoded=True)

    def fetch(self, path: str, *, method: str = "GET", **options: Any) -> Any:
        return self.session.request(method, self.url(path), **options)


@asynccontextmanager
async def calling(options: FrontOptions = QUICK) -> AsyncGenerator[Caller]:
    actor = new_raw_lab()
    async with running_front([actor], options) as base, ClientSession() as session:
        yield Caller(session, base, actor)


async def test_a_handler_sees_what_was_sent_without_the_parts_of_the_gateway() -> None:
    async with calling() as caller:
        url = caller.url("/seen", "x=1&y=a%20b")
        headers = {"X-Own": "1", "x-rivet-conn-params": '{"p":1}'}
        async with caller.session.patch(url, data=b"body", headers=headers) as answer:
            seen = await answer.json()
            cookies = answer.headers.getall("set-cookie")
            identity = answer.headers["x-rivet-actor-key"]
    assert seen["method"] == "PATCH"
    assert seen["url"] == "http://127.0.0.1/seen?x=1&y=a%20b"
    assert seen["body"] == "body"
    assert seen["params"] == {"p": 1}
    assert seen["headers"]["x-own"] == "1"
    assert seen["headers"]["x-rivet-conn-params"] == '{"p":1}'
    assert len(seen["headers"]["x-rivet-ray-id"]) == 30
    assert cookies == ["a=1", "b=2"]
    assert identity == "a"


async def test_the_path_alone_is_the_root() -> None:
    async with calling() as caller:
        for path in ("", "/"):
            async with caller.fetch(path) as answer:
                assert (answer.status, await answer.text()) == (404, "?")
        assert caller.actor.upgrade["url"] == "http://127.0.0.1/"


async def test_the_url_that_a_client_names_is_what_the_handler_sees() -> None:
    header = "x-rivet-internal-original-request-url"
    async with calling() as caller:
        url = "https://example.com/seen?q=1"
        async with caller.fetch("/seen", headers={header: url}) as answer:
            seen = await answer.json()
    assert seen["url"] == url
    assert header not in seen["headers"]


async def test_hooks_of_actions_see_their_request_too() -> None:
    async with calling() as caller:
        url = URL(f"{caller.base}/gateway/lab/action/work?{QUERY}", encoded=True)
        headers = {"x-rivet-skip-ready-wait": "1", "origin": "https://page.example"}
        async with caller.session.post(url, json={"args": []}, headers=headers):
            pass
    seen = caller.actor.upgrade
    assert (seen["method"], seen["url"]) == ("POST", "http://127.0.0.1/action/work")
    assert seen["x-rivet-skip-ready-wait"] == "1"
    assert seen["origin"] == "https://page.example"


async def test_an_empty_answer_and_a_head_have_no_body() -> None:
    async with calling() as caller:
        async with caller.fetch("/status") as answer:
            assert (answer.status, await answer.read()) == (204, b"")
        async with caller.fetch("/ignore", method="HEAD") as answer:
            assert (answer.status, await answer.read()) == (202, b"")
        async with caller.fetch("/echo", method="HEAD") as answer:
            assert (answer.status, await answer.read()) == (200, b"")


async def test_preflights_never_reach_the_actor() -> None:
    async with calling() as caller:
        async with caller.fetch("/seen", method="OPTIONS") as answer:
            assert answer.status == 204
        assert caller.actor.upgrade == {}


async def test_errors_are_json_whatever_encoding_was_asked_for() -> None:
    async with calling() as caller:
        headers = {"x-rivet-encoding": "bare"}
        async with caller.fetch("/fail", headers=headers) as answer:
            assert answer.status == 500
            error = await answer.json()
        assert (error["group"], error["code"]) == ("user", "broken")
        assert error["actor"]["key"] == "a"
        async with caller.fetch("/nothing") as answer:
            assert answer.status == 500
            message = (await answer.json())["message"]
        assert "onRequest handler must return a Response" in message
        bad = {"x-rivet-conn-params": "%7B"}
        async with caller.fetch("/seen", headers=bad) as answer:
            assert answer.status == 400
            assert (await answer.json())["code"] == "internal_error"


async def test_a_refused_connection_is_an_error_of_the_request() -> None:
    async with calling() as caller:
        headers = {"x-rivet-conn-params": '{"refuse":true}'}
        async with caller.fetch("/seen", headers=headers) as answer:
            assert answer.status == 500
            assert (await answer.json())["code"] == "refused"


async def test_a_handler_that_takes_too_long_is_answered_with_408() -> None:
    async with calling() as caller:
        async with caller.fetch("/wait") as answer:
            assert answer.status == 408
            assert (await answer.json())["code"] == "action_timed_out"
        assert "cancelled" in caller.actor.notes


async def test_an_unknown_actor_and_a_wrong_header_are_answered_by_the_gateway() -> (
    None
):
    async with calling() as caller:
        missing = (
            f"{caller.base}/gateway/lab/request/x?rvt-namespace=default&rvt-method=get"
        )
        async with caller.session.get(f"{missing}&rvt-key=b") as answer:
            assert (answer.status, answer.headers["x-rivet-error"]) == (
                404,
                "actor.not_found",
            )
        headers = {"x-rivet-skip-ready-wait": "maybe"}
        async with caller.fetch("/seen", headers=headers) as answer:
            assert answer.status == 400
            assert answer.headers["x-rivet-error"] == "guard.invalid_header"


# Streams


async def test_a_body_is_read_while_its_answer_is_written() -> None:
    told = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        await told.wait()
        yield b"second"

    async with (
        calling() as caller,
        caller.fetch("/echo", method="POST", data=body()) as answer,
    ):
        assert await answer.content.readexactly(5) == b"first"
        told.set()
        assert await answer.content.read() == b"second"


async def test_more_than_an_action_may_carry_goes_through() -> None:
    options = FrontOptions()
    async with calling(options) as caller:
        data = io.BytesIO(b"x" * 3_000_000)
        async with caller.fetch("/length", method="POST", data=data) as answer:
            assert await answer.json() == 3_000_000


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_over_the_limit_is_refused(chunked: bool) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield PIECE

    async with calling() as caller:
        data: Any = body() if chunked else PIECE * 10
        async with caller.fetch("/length", method="POST", data=data) as answer:
            assert answer.status == 413
            assert (await answer.json())["code"] == "invalid_request_body"
        async with caller.fetch("/ignore") as answer:
            assert answer.status == 202


async def test_a_body_that_does_not_come_is_given_up() -> None:
    stopped = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"begun"
        await stopped.wait()

    async with calling() as caller:
        async with caller.fetch("/length", method="POST", data=body()) as answer:
            assert answer.status == 408
            assert (await answer.json())["code"] == "request_timeout"
        stopped.set()


async def test_a_body_that_nobody_reads_does_not_disturb_the_next_request() -> None:
    async with calling() as caller:
        for _ in range(3):
            data = b"y" * 150_000
            async with caller.fetch("/ignore", method="POST", data=data) as answer:
                assert (answer.status, await answer.text()) == (202, "ignored")


async def test_a_slow_reader_holds_the_actor_back() -> None:
    async with calling() as caller:
        async with caller.fetch("/endless") as answer:
            await answer.content.readexactly(10)
            await asyncio.sleep(0.3)
            written = caller.actor.written
            await asyncio.sleep(0.3)
            assert caller.actor.written == written
            await answer.content.readexactly(200 * len(PIECE))
            assert caller.actor.written > written
        await until(lambda: "closed" in caller.actor.notes)


async def test_a_client_that_leaves_in_the_middle_cancels_its_handler() -> None:
    async with calling() as caller:
        with pytest.raises(TimeoutError):
            await caller.session.get(
                caller.url("/wait"), timeout=aiohttp.ClientTimeout(total=0.2)
            )
        await until(lambda: "disconnect" in caller.actor.notes)
        assert caller.actor.notes == ["cancelled", "disconnect"]


async def test_a_response_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    async with calling() as caller:
        with pytest.raises(aiohttp.ClientPayloadError):
            async with caller.fetch("/broken") as answer:
                await answer.read()


async def test_many_small_requests_leave_no_task_behind() -> None:
    async with calling() as caller:
        async with caller.fetch("/ignore"):
            pass
        before = len(asyncio.all_tasks())

        async def one() -> None:
            async with caller.fetch("/echo", method="POST", data=b"x") as answer:
                assert await answer.read() == b"x"

        await asyncio.gather(*(one() for _ in range(50)))
        await caller.session.close()
        await until(lambda: len(asyncio.all_tasks()) <= before)
