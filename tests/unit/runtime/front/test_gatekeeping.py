"""Host names that the server does not answer to, and pages that may not use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_runtime.front.gatekeeping import LOOPBACK_HOSTS, refusal
from rivetgen_runtime.front.options import FrontOptions
from rivetgen_runtime.serving import ServeOptions, serving

if TYPE_CHECKING:
    from pathlib import Path

CLOSED = FrontOptions(
    allowed_hosts=LOOPBACK_HOSTS, allowed_origins=frozenset({"https://app.example"})
)
QUERY = "?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=a"


@pytest.mark.parametrize(
    ("host", "is_served"),
    [
        ("localhost", True),
        ("localhost:6420", True),
        ("LOCALHOST:6420", True),
        ("127.0.0.1:6420", True),
        ("[::1]:6420", True),
        ("[::1]", True),
        ("evil.example", False),
        ("localhost.evil.example:6420", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_only_names_of_the_machine_itself_are_answered_to(
    host: str, is_served: bool
) -> None:
    error = refusal({"host": host}, hosts=LOOPBACK_HOSTS, origins=None)

    assert (error is None) is is_served


def test_every_name_is_answered_to_without_a_list_and_with_a_star() -> None:
    for hosts in (None, frozenset({"*"})):
        assert refusal({"host": "any"}, hosts=hosts, origins=None) is None


async def test_a_name_that_was_made_to_point_here_reads_nothing() -> None:
    async with (
        running_front(ACTORS, CLOSED) as base,
        aiohttp.ClientSession() as session,
    ):
        headers = {"host": "evil.example"}
        for path in (
            "/health",
            "/actors?namespace=default",
            f"/gateway/counter{QUERY}",
        ):
            async with session.get(base + path, headers=headers) as response:
                assert response.status == 403
                assert (await response.json())["code"] == "forbidden"
                assert "x-rivet-ray-id" in response.headers
                assert "access-control-allow-origin" not in response.headers
        async with session.get(base + "/health") as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("origin", "is_served"),
    [(None, True), ("https://app.example", True), ("https://evil.example", False)],
)
async def test_pages_of_other_origins_neither_call_nor_connect(
    origin: str | None, is_served: bool
) -> None:
    headers = {} if origin is None else {"origin": origin}
    url = f"/gateway/counter/connect{QUERY}"
    protocols = ("rivet", "rivet_encoding.json")
    async with (
        running_front(ACTORS, CLOSED) as base,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(base + "/health", headers=headers) as response:
            assert (response.status == 200) is is_served
        async with session.ws_connect(
            base + url, protocols=protocols, headers=headers
        ) as socket:
            message = await socket.receive(10)

    assert (message.type is aiohttp.WSMsgType.TEXT) is is_served
    if not is_served:
        assert message.data == 1011
        assert (message.extra or "").startswith("api.forbidden#")


@pytest.mark.parametrize(
    ("token", "allowed", "status"),
    [
        (None, None, 403),
        ("s3cret", None, 200),
        (None, frozenset({"*"}), 200),
        (None, frozenset({"other.example"}), 200),
        ("s3cret", frozenset({"localhost"}), 403),
    ],
)
async def test_a_server_without_a_token_answers_to_names_of_the_machine_by_default(
    tmp_path: Path, token: str | None, allowed: frozenset[str] | None, status: int
) -> None:
    options = ServeOptions(port=0, data=tmp_path, token=token, allowed_hosts=allowed)
    async with (
        serving(ACTORS, options) as running,
        aiohttp.ClientSession() as session,
    ):
        url = f"{running.endpoint}/health"
        headers = {"host": "other.example"}
        async with session.get(url, headers=headers) as response:
            assert response.status == status


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/health", 200), ("/api", 200), ("/apihealth", 404)],
)
async def test_only_the_base_path_itself_is_taken_off(path: str, status: int) -> None:
    options = FrontOptions(base_path="/api")
    async with (
        running_front(ACTORS, options) as base,
        aiohttp.ClientSession() as session,
        session.get(base + path) as response,
    ):
        assert response.status == status
