"""Raw requests and sockets on handles of actors that declare `http` or `websocket`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.python.methods import SELF, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor

FETCH = Code("fetch")
WEB_SOCKET = Code("web_socket")
FETCH_TEXT = "Send a raw HTTP request; see `FetchOptions`."
WEB_SOCKET_TEXT = "Return a raw WebSocket, opened by `async with`."
SYNC_WEB_SOCKET_TEXT = "Return a raw WebSocket, opened by `with`."


def raw_calls(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the raw calls of a handle whose methods are awaited."""
    client = scope.module("client")
    if actor.http:
        yield Method(
            name=FETCH,
            parameters=_fetch_parameters(scope),
            result=code("{}.FetchResponse", client),
            body=Code("return await self._fetch(path, options)"),
            description=FETCH_TEXT,
            is_async=True,
        ).render()
    if actor.websocket:
        yield Method(
            name=WEB_SOCKET,
            parameters=(SELF, _path(scope)),
            result=code("{}.RawSocket", client),
            body=Code("return self._web_socket(path)"),
            description=WEB_SOCKET_TEXT,
        ).render()


def sync_raw_calls(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the raw calls of a handle whose methods block."""
    client = scope.module("client")
    if actor.http:
        yield Method(
            name=FETCH,
            parameters=_fetch_parameters(scope),
            result=code("{}.SyncFetchResponse", client),
            body=Code("return self._fetched(self._inner.fetch(path, **options))"),
            description=FETCH_TEXT,
        ).render()
    if actor.websocket:
        yield Method(
            name=WEB_SOCKET,
            parameters=(SELF, _path(scope)),
            result=code("{}.SyncRawSocket", client),
            body=Code("return self._raw_socket(self._inner.web_socket(path))"),
            description=SYNC_WEB_SOCKET_TEXT,
        ).render()


def _fetch_parameters(scope: Scope) -> tuple[Code, ...]:
    extensions, client = scope.module("extensions"), scope.module("client")
    options = code("**options: {}.Unpack[{}.FetchOptions]", extensions, client)
    return SELF, _path(scope), options


def _path(scope: Scope) -> Code:
    return code('path: {} = "/"', scope.builtin(Code("str")))
