"""Raw requests and sockets from actor to actor inside one host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from rivetgen_client.errors import ActorError, DeadlineExceededError
from rivetgen_client.wire import cbor
from rivetgen_client.wire.codec import Encoding, codec_for
from rivetgen_client.wire.messages import HttpResponseError
from rivetgen_client.wire.raw_paths import WEBSOCKET, raw_path
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.admission import FAILURE_CLOSE
from rivetgen_runtime.core.failures import specifier
from rivetgen_runtime.core.http_messages import Headers, Request
from rivetgen_runtime.core.raw_channel import (
    InProcessAnswer,
    InProcessRawChannel,
    InProcessRawSink,
)
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from rivetgen_client.transport import FetchCall
    from rivetgen_client.wire.gateway import Target
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import ActorRecord, Clock

__all__ = ["RawCalls"]

_ORIGIN: Final = "http://127.0.0.1"
_JSON: Final = codec_for(Encoding.JSON)


class RawCalls:
    """Makes raw calls to the actors of a host.

    Args:
        host: Whose actors are called.
        clock: Measures the callers' time limits.
    """

    def __init__(self, host: Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock

    async def fetch(self, target: Target, call: FetchCall) -> InProcessAnswer:
        """Send a raw request and wait for the head of its answer.

        Raises:
            ActorError: The actor could not be reached; what it answers itself, errors
                included, is an answer.
            DeadlineExceededError: There was no answer in time.
        """
        answer = InProcessAnswer()
        answer.follow(asyncio.create_task(self._answer(target, call, answer)))
        timer = None
        if call.timeout_s is not None:
            failure = DeadlineExceededError(call.timeout_s)
            timer = self._clock.call_later(
                call.timeout_s, lambda: answer.expire(failure)
            )
        try:
            await answer.head()
        except BaseException:
            await answer.aclose()
            raise
        if timer is not None and not call.reads_all:
            timer.cancel()
        return answer

    async def web_socket(
        self, target: Target, path: str, params: Value
    ) -> InProcessRawChannel:
        """Open a raw socket; when the actor refuses, it is closed already."""
        sink = InProcessRawSink()
        url = _ORIGIN + WEBSOCKET + raw_path(path).target
        request = Request("GET", url, Headers())
        try:
            record = await self._host.locate(target)
            sink.port = await self._host.open_raw_socket(
                record, request, sink, params=_copied(params)
            )
        except RequestError as error:
            sink.close(FAILURE_CLOSE, error.body.name)
        return InProcessRawChannel(sink)

    async def _answer(
        self, target: Target, call: FetchCall, answer: InProcessAnswer
    ) -> None:
        try:
            record = await self._host.locate(target)
        except RequestError as error:
            raise ActorError.from_wire(error.body, actor=error.actor) from error
        path = raw_path(call.path)
        url = path.url or _ORIGIN + path.target
        headers = Headers(call.headers)
        request = Request(call.method, url, headers, stream=_pieces(call))
        params = _copied(call.params)
        try:
            await self._host.answer_request(record, request, answer, params=params)
        except RequestError as error:
            if answer.status:
                raise  # it breaks off
            headers = Headers({"content-type": _JSON.content_type})
            await answer.start(error.status, headers, _error_body(error, record))


def _error_body(error: RequestError, record: ActorRecord) -> bytes:
    body = error.body
    return _JSON.encode_http_error(
        HttpResponseError(
            group=body.group,
            code=body.code,
            message=body.message,
            metadata=UNDEFINED if body.metadata is None else body.metadata,
            actor=error.actor or specifier(record),
        )
    )


async def _pieces(call: FetchCall) -> AsyncIterator[bytes]:
    body: bytes | AsyncIterable[bytes] = call.body
    if not isinstance(body, bytes):
        async for chunk in body:
            yield chunk
    elif body:
        yield body


def _copied(value: Value) -> Value:
    """The value as it is after the way: encoded and decoded."""
    return value if value is UNDEFINED else cbor.decode(cbor.encode(value))
