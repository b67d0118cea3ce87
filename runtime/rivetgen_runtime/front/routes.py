"""Every route of the server, once: dispatch, tests of the specs and documents read it.

A path is a template over the raw request target: ``{name}`` stands for one segment,
``{name...}`` for whatever follows, slashes included. Percent signs are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ACTOR_ROUTES",
    "INSPECTOR_ROUTES",
    "RAW_ROUTES",
    "SERVER_ROUTES",
    "SOCKET_ROUTES",
    "Access",
    "Match",
    "Route",
    "RouteTable",
]


class Access(Enum):
    """What a caller has to show when the server has a token."""

    OPEN = "nothing"
    BEARER = "the server's token as `Authorization: Bearer`"
    GATEWAY = "the server's token in the path, as `rvt-token` or as `x-rivet-token`"
    INSPECTOR = "as for the gateway, and the token of the actor's inspector"


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    Attributes:
        name: What handlers are found by.
        methods: In capitals; ``HEAD`` goes wherever ``GET`` does.
        path: Template; of actors and their sockets, what follows the gateway's part.
        access: Who may come in.
    """

    name: str
    methods: tuple[str, ...]
    path: str
    access: Access


@dataclass(frozen=True, slots=True)
class Match:
    """What there is at one path.

    Attributes:
        routes: By method.
        values: What stands in place of the names of the template, as it was sent.
    """

    routes: Mapping[str, Route]
    values: Mapping[str, str]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The methods that are served, as the ``allow`` header lists them."""
        return tuple(
            name
            for method in self.routes
            for name in (("GET", "HEAD") if method == "GET" else (method,))
        )

    def route(self, method: str) -> Route | None:
        """The route that answers a method."""
        return self.routes.get("GET" if method == "HEAD" else method)


_NOTHING: Final = Match({}, {})
_NAME: Final = re.compile(r"\\\{(\w+)(\\\.\\\.\\\.)?\\\}")


class RouteTable:
    """Finds routes by path.

    Args:
        routes: The first template that fits a path wins.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            methods = by_path.setdefault(route.path, {})
            methods.update(dict.fromkeys(route.methods, route))
        self._patterns = [(_pattern(path), found) for path, found in by_path.items()]
        # Clients repeat the same few paths.
        self.match = lru_cache(maxsize=1024)(self._match)

    def _match(self, path: str) -> Match:
        for pattern, routes in self._patterns:
            found = pattern.fullmatch(path)
            if found is not None:
                return Match(routes, found.groupdict())
        return _NOTHING


def _pattern(path: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        characters = ".*" if found[2] else "[^/]+"
        return f"(?P<{found[1]}>{characters})"

    return re.compile(_NAME.sub(group, re.escape(path)), re.DOTALL)


_GET: Final = ("GET",)
_POST: Final = ("POST",)
_ANY: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""Raw requests may have any other method, too, but ``OPTIONS``."""

SERVER_ROUTES: Final = (
    Route("greet", _GET, "/", Access.OPEN),
    Route("health", _GET, "/health", Access.OPEN),
    Route("metadata", _GET, "/metadata", Access.OPEN),
    Route("metrics", _GET, "/metrics", Access.BEARER),
    Route("openapi", _GET, "/openapi.json", Access.OPEN),
    Route("asyncapi", _GET, "/asyncapi.json", Access.OPEN),
    Route("list_actors", _GET, "/actors", Access.BEARER),
    Route("create_actor", _POST, "/actors", Access.BEARER),
    Route("get_or_create_actor", ("PUT",), "/actors", Access.BEARER),
    Route("list_names", _GET, "/actors/names", Access.BEARER),
    Route("destroy_actor", ("DELETE",), "/actors/{actor_id}", Access.BEARER),
    Route("sleep_actor", _POST, "/actors/{actor_id}/sleep", Access.BEARER),
    Route("read_kv", _GET, "/actors/{actor_id}/kv/keys/{key}", Access.BEARER),
)
"""What the server answers itself."""

ACTOR_ROUTES: Final = (
    Route("actor_greeting", _GET, "/", Access.GATEWAY),
    Route("actor_health", _GET, "/health", Access.GATEWAY),
    Route("actor_metadata", _GET, "/metadata", Access.GATEWAY),
    Route("call_action", _POST, "/action/{action}", Access.GATEWAY),
    Route("send_message", _POST, "/queue/{queue}", Access.GATEWAY),
)
"""What an actor answers below the gateway."""

_INSPECTOR: Final = Access.INSPECTOR

INSPECTOR_ROUTES: Final = (
    Route("inspector_state", _GET, "/inspector/state", _INSPECTOR),
    Route("inspector_patch_state", ("PATCH",), "/inspector/state", _INSPECTOR),
    Route("inspector_connections", _GET, "/inspector/connections", _INSPECTOR),
    Route("inspector_rpcs", _GET, "/inspector/rpcs", _INSPECTOR),
    Route("inspector_action", _POST, "/inspector/action/{action}", _INSPECTOR),
    Route("inspector_queue", _GET, "/inspector/queue", _INSPECTOR),
    Route("inspector_send", _POST, "/inspector/queue", _INSPECTOR),
    Route("inspector_clear", ("DELETE",), "/inspector/queue", _INSPECTOR),
    Route("inspector_traces", _GET, "/inspector/traces", _INSPECTOR),
    Route("inspector_workflow", _GET, "/inspector/workflow-history", _INSPECTOR),
    Route("inspector_replay", _POST, "/inspector/workflow/replay", _INSPECTOR),
    Route("inspector_tables", _GET, "/inspector/database/schema", _INSPECTOR),
    Route("inspector_rows", _GET, "/inspector/database/rows", _INSPECTOR),
    Route("inspector_execute", _POST, "/inspector/database/execute", _INSPECTOR),
    Route("inspector_summary", _GET, "/inspector/summary", _INSPECTOR),
)
"""What the inspector of an actor answers below the gateway."""

RAW_ROUTES: Final = (
    Route("raw_request_root", _ANY, "/request", Access.GATEWAY),
    Route("raw_request", _ANY, "/request/{path...}", Access.GATEWAY),
)
"""What the code of an actor answers itself, bodies as they come."""

SOCKET_ROUTES: Final = (
    Route("connect", _GET, "/connect", Access.GATEWAY),
    Route("inspector_connect", _GET, "/inspector/connect", _INSPECTOR),
    Route("raw_socket", _GET, "/websocket/{path...}", Access.GATEWAY),
)
"""What is served as a WebSocket below the gateway.

Other paths are raw sockets, too, as on official servers; clients use this one.
"""
