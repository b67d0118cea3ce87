"""The management API: metadata, health, and the ``/actors`` routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_client.wire.errors import ErrorBody
from rivetgen_client.wire.gateway import API_NOT_FOUND
from rivetgen_client.wire.identifiers import is_actor_id
from rivetgen_client.wire.keys import parse_key
from rivetgen_runtime.core.ports import RecordQuery
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.front import documents
from rivetgen_runtime.front.cors import add_management_headers, management_preflight
from rivetgen_runtime.front.creation_bodies import read_creation
from rivetgen_runtime.front.inspector_routes import bearer_token
from rivetgen_runtime.front.kv_route import read_kv_value
from rivetgen_runtime.front.messages import (
    JSON_TYPE,
    HttpResponse,
    error_response,
    json_response,
    text_response,
)
from rivetgen_runtime.front.metrics import CONTENT_TYPE
from rivetgen_runtime.front.options import PROTOCOL_VERSION
from rivetgen_runtime.front.placement import check_token
from rivetgen_runtime.front.queries import bad_query, bad_request, parse_query
from rivetgen_runtime.front.records import record_to_json
from rivetgen_runtime.front.routes import SERVER_ROUTES, RouteTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from rivetgen_runtime.core.host import Host
    from rivetgen_runtime.core.ports import RecordPage
    from rivetgen_runtime.front.messages import HttpRequest
    from rivetgen_runtime.front.metrics import Metrics
    from rivetgen_runtime.front.options import FrontOptions
    from rivetgen_runtime.front.queries import Query

__all__ = ["Management"]

Handler: TypeAlias = "Callable[[_Request], Awaitable[HttpResponse]]"
"""Answers one request."""

_GREETING: Final = "This is a Rivetgen server. Connect with a RivetKit client.\n"
_LIST_FIELDS: Final = (
    *("namespace", "name", "key", "actor_ids", "actor_id"),
    *("include_destroyed", "limit", "cursor"),
)


@dataclass(frozen=True, slots=True)
class _Request:
    """One request: its query string, and what its path names, both raw."""

    http: HttpRequest
    query: str
    path: Mapping[str, str]


class Management:
    """Answers everything that is not the gateway's.

    Args:
        host: Whose actors are managed.
        options: Limits and the token.
        is_healthy: Whether the store still confirms what it is given.
        metrics: What is counted.
    """

    def __init__(
        self,
        host: Host,
        options: FrontOptions,
        is_healthy: Callable[[], bool],
        metrics: Metrics,
    ) -> None:
        self._host = host
        self._options = options
        self._is_healthy = is_healthy
        self._metrics = metrics
        self._table = RouteTable(SERVER_ROUTES)
        self._handlers: Mapping[str, Handler] = {
            "greet": self._greet,
            "health": self._report_health,
            "metadata": self._describe,
            "metrics": self._serve_metrics,
            "openapi": self._serve_openapi,
            "asyncapi": self._serve_asyncapi,
            "list_actors": self._list,
            "create_actor": self._create,
            "get_or_create_actor": self._get_or_create,
            "list_names": self._list_names,
            "destroy_actor": self._destroy,
            "sleep_actor": self._sleep,
            "read_kv": self._read_kv_value,
        }

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        path, _, query = request.target.partition("?")
        match = self._table.match(path)
        allow = ",".join(match.allowed)
        if request.method == "OPTIONS":
            return management_preflight(request.headers, allow)
        if not match.routes:
            return _not_found()
        route = match.route(request.method)
        if route is None:
            response = HttpResponse(405, {"allow": allow})
        else:
            handler = self._handlers[route.name]
            response = await self._run(handler, _Request(request, query, match.values))
            response.route = route.name
        add_management_headers(response, request.headers)
        return response

    async def _run(self, handler: Handler, request: _Request) -> HttpResponse:
        try:
            return await handler(request)
        except RequestError as error:
            return error_response(error.body, error.status)

    # Routes that need no token

    async def _greet(self, _request: _Request) -> HttpResponse:
        return text_response(_GREETING)

    async def _report_health(self, _request: _Request) -> HttpResponse:
        is_healthy = self._is_healthy()
        status = "ok" if is_healthy else "storage_failed"
        body = {"runtime": "rivetkit", "status": status, "version": PROTOCOL_VERSION}
        return json_response(body, 200 if is_healthy else 503)

    async def _describe(self, _request: _Request) -> HttpResponse:
        names = _with_metadata(self._host.actor_names)
        return json_response(
            {"runtime": "rivetkit", "version": PROTOCOL_VERSION, "actorNames": names}
        )

    async def _serve_metrics(self, request: _Request) -> HttpResponse:
        self._check_token(request)
        headers = {"content-type": CONTENT_TYPE}
        return HttpResponse(200, headers, self._metrics.text())

    async def _serve_openapi(self, _request: _Request) -> HttpResponse:
        return HttpResponse(200, {"content-type": JSON_TYPE}, documents.openapi())

    async def _serve_asyncapi(self, _request: _Request) -> HttpResponse:
        return HttpResponse(200, {"content-type": JSON_TYPE}, documents.asyncapi())

    # Actors

    async def _list(self, request: _Request) -> HttpResponse:
        query = self._query(request, _LIST_FIELDS)
        page = await self._page(self._record_query(query))
        records = page.records
        if "actor_ids" in query and not query.flag("include_destroyed"):
            # The JavaScript client polls this until a destroyed actor is gone.
            records = tuple(item for item in records if item.destroyed_at_ms is None)
        actors = [
            record_to_json(
                record, start_failure=self._host.start_failure(record.actor_id)
            )
            for record in records
        ]
        return json_response({"actors": actors, "pagination": {"cursor": page.cursor}})

    async def _list_names(self, request: _Request) -> HttpResponse:
        query = self._query(request, ("namespace", "limit", "cursor"))
        page = await self._host.names(
            query.required("namespace"),
            limit=query.count("limit", self._options.limits.actors_per_page),
            cursor=query.text("cursor"),
        )
        names = _with_metadata(page.names)
        return json_response({"names": names, "pagination": {"cursor": page.cursor}})

    async def _create(self, request: _Request) -> HttpResponse:
        self._query(request, ("namespace",))
        limits = self._options.limits
        creation = read_creation(request.http, self._host, limits, needs_key=False)
        record = await self._host.create(creation)
        return json_response({"actor": record_to_json(record)})

    async def _get_or_create(self, request: _Request) -> HttpResponse:
        self._query(request, ("namespace",))
        limits = self._options.limits
        creation = read_creation(request.http, self._host, limits, needs_key=True)
        record, created = await self._host.get_or_create(creation)
        return json_response({"actor": record_to_json(record), "created": created})

    async def _destroy(self, request: _Request) -> HttpResponse:
        await self._host.destroy(self._actor_id(request))
        return json_response({})

    async def _sleep(self, request: _Request) -> HttpResponse:
        await self._host.request_sleep(self._actor_id(request))
        return json_response({})

    async def _read_kv_value(self, request: _Request) -> HttpResponse:
        self._query(request, ("namespace",))
        return await read_kv_value(self._host, **request.path)

    # How it works

    def _actor_id(self, request: _Request) -> str:
        self._query(request, ("namespace",))
        actor_id = request.path["actor_id"]
        if not is_actor_id(actor_id):
            raise bad_request("Invalid URL: this is not the id of an actor")
        return actor_id

    def _query(self, request: _Request, known: tuple[str, ...]) -> Query:
        self._check_token(request)
        query = parse_query(request.query, known)
        self._host.check_namespace(query.required("namespace"))
        return query

    def _check_token(self, request: _Request) -> None:
        check_token(self._options.token, bearer_token(request.http.headers))

    async def _page(self, query: RecordQuery) -> RecordPage:
        try:
            return await self._host.list_records(query)
        except ValueError as error:
            raise bad_query(f"cursor: {error}") from error

    def _record_query(self, query: Query) -> RecordQuery:
        actor_ids = self._actor_ids(query)
        name, key = query.text("name"), query.text("key")
        _check_selection(actor_ids, name, key)
        return RecordQuery(
            namespace=query.required("namespace"),
            actor_ids=actor_ids,
            name=name,
            key=None if key is None else parse_key(key),
            include_destroyed=query.flag("include_destroyed"),
            limit=query.count("limit", self._options.limits.actors_per_page),
            cursor=query.text("cursor"),
        )

    def _actor_ids(self, query: Query) -> tuple[str, ...]:
        listed = (query.text("actor_ids") or "").split(",")
        repeated = query.all("actor_id")
        for position, actor_id in enumerate(repeated):
            if not is_actor_id(actor_id):
                raise bad_query(f"actor_id[{position}]: this is not the id of an actor")
        known = (actor_id for actor_id in listed if is_actor_id(actor_id))
        actor_ids = tuple(dict.fromkeys([*known, *repeated]))
        maximum = self._options.limits.actor_ids_per_query
        if len(actor_ids) > maximum:
            error = ErrorBody(
                "validation",
                "too_many_actor_ids",
                f"Too many actor IDs: at most {maximum} are allowed.",
                metadata={"max": maximum, "count": len(actor_ids)},
            )
            raise RequestError(error)
        return actor_ids


def _with_metadata(names: tuple[str, ...]) -> dict[str, dict[str, dict[str, str]]]:
    """Names of actors as clients expect them; there is no metadata so far."""
    return {name: {"metadata": {}} for name in names}


def _not_found() -> HttpResponse:
    response = error_response(API_NOT_FOUND)
    response.headers["access-control-allow-origin"] = "*"
    response.headers["access-control-expose-headers"] = "*"
    return response


def _check_selection(
    actor_ids: tuple[str, ...], name: str | None, key: str | None
) -> None:
    if actor_ids and name is not None:
        raise _invalid_input(
            "Cannot provide both actor_id and (name + key). "
            "Use either actor_id or (name + key)."
        )
    if not actor_ids and name is None:
        needed = (
            "when key is provided" if key is not None else "when not using actor_ids"
        )
        raise _invalid_input(f"Name is required {needed}.")


def _invalid_input(message: str) -> RequestError:
    metadata = {"message": message}
    return RequestError(
        ErrorBody("validation", "invalid_input", message, metadata=metadata)
    )
