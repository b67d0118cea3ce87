"""The inspector of one actor over HTTP: ``/inspector/…`` below the gateway."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from urllib.parse import parse_qsl, unquote

from rivetgen_client.wire import json
from rivetgen_client.wire.errors import (
    ErrorBody,
    MalformedMessageError,
)
from rivetgen_runtime.core.failures import as_request_error, host_error
from rivetgen_runtime.errors import (
    DatabaseNotEnabledError,
    NotAcceptedError,
    RequestError,
)
from rivetgen_runtime.front.messages import JSON_TYPE, HttpResponse
from rivetgen_runtime.front.routes import INSPECTOR_ROUTES, RouteTable
from rivetgen_runtime.sql_errors import SqlError, SqlStatementError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.inspection import Inspector
    from rivetgen_runtime.core.ports import ActorRecord
    from rivetgen_runtime.front.messages import HttpRequest

__all__ = ["InspectorRoutes", "bearer_token", "check_inspector_token"]

_TABLE: Final = RouteTable(INSPECTOR_ROUTES)
_BEARER: Final = "bearer"
"""Names of authentication schemes have no case (RFC 9110, section 11.1)."""

_DEFAULT_MESSAGES: Final = 100
"""Messages of queues when the query does not say how many."""

_DEFAULT_ROWS: Final = 100
"""Rows of a table when the query does not say how many."""


@dataclass(frozen=True, slots=True)
class _Call:
    inspector: Inspector
    request: HttpRequest
    query: Mapping[str, str]
    path: Mapping[str, str]


Handler: TypeAlias = "Callable[[_Call], Awaitable[Value]]"
"""Answers one request."""


class InspectorRoutes:
    """Answers requests of tools.

    Args:
        host: Where the actors live.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._handlers: Mapping[str, Handler] = {
            "inspector_state": _state,
            "inspector_patch_state": _patch_state,
            "inspector_connections": _connections,
            "inspector_rpcs": _rpcs,
            "inspector_action": _call_action,
            "inspector_queue": _queue,
            "inspector_send": _send,
            "inspector_clear": _clear,
            "inspector_traces": _traces,
            "inspector_workflow": _workflow,
            "inspector_replay": _replay,
            "inspector_tables": _tables,
            "inspector_rows": _rows,
            "inspector_execute": _execute,
            "inspector_summary": _summary,
        }

    async def answer(
        self, record: ActorRecord, request: HttpRequest, path: str, *, query: str
    ) -> HttpResponse:
        """Answer one request; errors are always JSON here.

        Args:
            record: The actor, awake.
            request: Its headers hold the inspector's token.
            path: Raw path below the gateway.
            query: Raw query without the gateway's own parameters.
        """
        try:
            return _json(await self._answer(record, request, path, query=query))
        except RequestError as error:
            return _error(error)
        # Whoever runs statements may read what is wrong with them.
        except SqlStatementError as error:
            facts: dict[str, Value] = {"sqlite_code": error.sqlite_code}
            failed = ("sqlite", "internal_error", error.message)
            return _error(host_error(*failed, metadata=facts))
        except (SqlError, DatabaseNotEnabledError) as error:
            return _error(RequestError(error.body))
        except Exception as error:  # noqa: BLE001 - hooks of user code raise anything
            failure = as_request_error(error, record=record, ray_id=request.ray_id)
            return _error(failure)

    async def _answer(
        self, record: ActorRecord, request: HttpRequest, path: str, *, query: str
    ) -> Value:
        await check_inspector_token(self._host, record, bearer_token(request.headers))
        match = _TABLE.match(path)
        route = match.route(request.method)
        if route is None:
            raise host_error("actor", "not_found", "Inspector route was not found")
        handler = self._handlers[route.name]
        fields = dict(parse_qsl(query, keep_blank_values=True))
        while True:
            inspector = await self._host.inspector(record)
            try:
                return await handler(_Call(inspector, request, fields, match.values))
            except NotAcceptedError:
                continue  # nothing was executed: the next activation serves the call


def bearer_token(request_headers: Mapping[str, str]) -> str | None:
    """The token of an ``Authorization`` header, if it has one."""
    scheme, _, token = request_headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == _BEARER else None


async def check_inspector_token(
    host: Host, record: ActorRecord, shown: str | None
) -> None:
    """Refuse tools without the token of the actor's inspector.

    Raises:
        RequestError: ``inspector.unauthorized``.
    """
    # Headers need not be UTF-8: other bytes arrive as surrogates.
    token = (shown or "").encode(errors="surrogatepass")
    expected = await host.inspector_token(record.actor_id)
    if not hmac.compare_digest(token, expected.value):
        message = "Inspector request requires a valid bearer token"
        raise host_error("inspector", "unauthorized", message)


async def _state(call: _Call) -> Value:
    inspector = call.inspector
    return {"state": inspector.state, "isStateEnabled": inspector.is_state_enabled}


async def _patch_state(call: _Call) -> Value:
    body = _body(call.request)
    if "state" not in body:
        raise _invalid("the body must be a map with the field `state`")
    await call.inspector.patch_state(body["state"])
    return {"ok": True}


async def _connections(call: _Call) -> Value:
    return {"connections": call.inspector.connections}


async def _rpcs(call: _Call) -> Value:
    return {"rpcs": cast("list[Value]", call.inspector.action_names)}


async def _call_action(call: _Call) -> Value:
    body = _body(call.request)
    if "args" in body and "properties" in body:
        raise _invalid("use either args or properties, not both")
    name = unquote(call.path["action"])
    args = _arguments(body)
    output = await call.inspector.call(name, args, ray_id=call.request.ray_id)
    return {"output": output}


def _arguments(body: dict[str, Value]) -> list[Value]:
    if "properties" in body:
        return [body["properties"]]
    args = body.get("args")
    if args is None:
        return []
    return args if isinstance(args, list) else [args]


async def _queue(call: _Call) -> Value:
    limit = _count(call.query.get("limit"), _DEFAULT_MESSAGES)
    return call.inspector.queue_status(limit)


async def _send(call: _Call) -> Value:
    body = _body(call.request)
    name = body.get("name")
    if not isinstance(name, str) or not name:
        message = "Queue message name must not be empty"
        raise RequestError(ErrorBody("actor", "invalid_request", message))
    return await call.inspector.send(name, body.get("body"))


async def _clear(call: _Call) -> Value:
    await call.inspector.clear_queues()
    return {}


async def _traces(_call: _Call) -> Value:
    return {"otlp": [], "clamped": False}


async def _workflow(call: _Call) -> Value:
    inspector = call.inspector
    return {
        "history": inspector.workflow_history,
        "workflowState": inspector.workflow_state,
        "isWorkflowEnabled": inspector.is_workflow_enabled,
    }


async def _replay(call: _Call) -> Value:
    entry_id = _body(call.request).get("entryId") if call.request.body else None
    if not isinstance(entry_id, str | None):
        raise _invalid("`entryId` must be text")
    await call.inspector.replay_workflow(entry_id)
    return await _workflow(call)


async def _tables(call: _Call) -> Value:
    return {"schema": await call.inspector.database.schema()}


async def _rows(call: _Call) -> Value:
    table = call.query.get("table")
    if not table:
        raise _invalid("the query names no table")
    limit = _count(call.query.get("limit"), _DEFAULT_ROWS)
    offset = _count(call.query.get("offset"), 0)
    database = call.inspector.database
    return {"rows": [*await database.rows(table, limit=limit, offset=offset)]}


async def _execute(call: _Call) -> Value:
    body = _body(call.request)
    sql, args, named = (body.get(name) for name in ("sql", "args", "properties"))
    if not isinstance(sql, str):
        raise _invalid("`sql` must be text")
    if args is not None and named is not None:
        raise _invalid("use either args or properties, not both")
    if not isinstance(args, list | None) or not isinstance(named, dict | None):
        raise _invalid("args must be a list, properties a map")
    parameters = (named,) if named is not None else tuple(args or ())
    return {"rows": [*await call.inspector.database.execute(sql, parameters)]}


def _count(text: str | None, default: int) -> int:
    """A number of a query; what is none counts as absent, as for official servers."""
    is_number = text is not None and text.isascii() and text.isdigit()
    return int(text[:9]) if text is not None and is_number else default


async def _summary(call: _Call) -> Value:
    inspector = call.inspector
    return {
        "state": inspector.state,
        "connections": inspector.connections,
        "rpcs": cast("list[Value]", inspector.action_names),
        "queueSize": inspector.queue_size,
        "isStateEnabled": inspector.is_state_enabled,
        "isDatabaseEnabled": inspector.is_database_enabled,
        "isWorkflowEnabled": inspector.is_workflow_enabled,
        "workflowState": inspector.workflow_state,
        "workflowHistory": inspector.workflow_history,
    }


# Bodies


def _body(request: HttpRequest) -> dict[str, Value]:
    try:
        value = json.decode(request.body)
    except MalformedMessageError as error:
        raise _invalid(error.reason) from error
    if not isinstance(value, dict):
        raise _invalid("the body must be a map")
    return cast("dict[str, Any]", value)


def _invalid(reason: str) -> RequestError:
    message = f"Invalid inspector request: {reason}"
    return RequestError(ErrorBody("actor", "invalid_request", message))


def _json(value: Value, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {"content-type": JSON_TYPE}, json.encode(value))


def _error(error: RequestError) -> HttpResponse:
    body = error.body
    value: Value = {
        "group": body.group,
        "code": body.code,
        "message": body.message,
        "metadata": body.metadata,
    }
    return _json(value, error.status)
