"""The table of routes: how paths are matched, and that every row is served."""

from __future__ import annotations

import aiohttp
import pytest

from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_runtime.front.routes import (
    ACTOR_ROUTES,
    INSPECTOR_ROUTES,
    RAW_ROUTES,
    SERVER_ROUTES,
    SOCKET_ROUTES,
    Access,
    Route,
    RouteTable,
)

GET = ("GET",)
TABLE = RouteTable(
    [
        Route("all", GET, "/things", Access.OPEN),
        Route("make", ("POST",), "/things", Access.OPEN),
        Route("names", GET, "/things/names", Access.OPEN),
        Route("one", GET, "/things/{id}", Access.OPEN),
        Route("file", GET, "/things/{id}/files/{path...}", Access.OPEN),
    ]
)


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        ("/things", "all", {}),
        ("/things/names", "names", {}),
        ("/things/a%2Fb", "one", {"id": "a%2Fb"}),
        ("/things/a/files/b/c", "file", {"id": "a", "path": "b/c"}),
        ("/things/a/files/", "file", {"id": "a", "path": ""}),
    ],
)
def test_a_path_is_found_with_what_stands_in_place_of_its_names(
    path: str, name: str, values: dict[str, str]
) -> None:
    match = TABLE.match(path)

    assert match.routes["GET"].name == name
    assert match.values == values


@pytest.mark.parametrize("path", ["", "/", "/things/", "/things/a/b", "/thingsx"])
def test_other_paths_match_nothing(path: str) -> None:
    assert not TABLE.match(path).routes


def test_head_goes_wherever_get_does() -> None:
    match = TABLE.match("/things")

    assert match.allowed == ("GET", "HEAD", "POST")
    assert match.route("HEAD") is match.route("GET")
    assert match.route("PATCH") is None


def test_names_of_routes_are_all_different() -> None:
    tables = (
        *(SERVER_ROUTES, ACTOR_ROUTES, INSPECTOR_ROUTES),
        *(RAW_ROUTES, SOCKET_ROUTES),
    )
    names = [route.name for table in tables for route in table]

    assert len(set(names)) == len(names)


async def test_every_route_that_is_read_has_a_handler() -> None:
    query = "?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default"
    targets = [
        *(route.path for route in SERVER_ROUTES),
        *(f"/gateway/tiny{route.path}{query}" for route in ACTOR_ROUTES),
    ]
    async with running_front(ACTORS) as base, aiohttp.ClientSession() as session:
        for target in targets:
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
                async with session.request(method, base + target) as response:
                    assert response.status < 500, (method, target)
