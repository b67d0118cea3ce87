"""Tests of endpoints: the syntax of URLs, arguments and the environment."""

from __future__ import annotations

import pytest

from rivetgen_client.endpoint import Endpoint, resolve_endpoint
from rivetgen_client.errors import ConfigurationError

# Names, because a literal looks like a leaked credential to the linter.
SECRET, B, T, Y, Z = "secret", "b", "t", "y", "z"
EMPTY: dict[str, str] = {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h:1", Endpoint(url="http://h:1")),
        ("http://h/", Endpoint(url="http://h")),
        ("https://h//x//", Endpoint(url="https://h/x")),
        ("http://ns@h", Endpoint(url="http://h", namespace="ns")),
        (
            "http://n%2Fs:%62@h:1/base",
            Endpoint(url="http://h:1/base", namespace="n/s", token=B),
        ),
        ("http://[::1]:1", Endpoint(url="http://[::1]:1")),
    ],
)
def test_a_url_carries_namespace_token_and_base_path(
    url: str, expected: Endpoint
) -> None:
    assert resolve_endpoint(url, environment=EMPTY) == expected


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6420",
        "ws://h",
        "http://",
        "http://h?a=1",
        "http://h#a",
        "http://:token@h",
        "http://h:port",
        "http://[::1",
    ],
)
def test_what_cannot_work_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError):
        resolve_endpoint(url, environment=EMPTY)


def test_without_anything_the_local_server_is_meant() -> None:
    endpoint = resolve_endpoint(environment=EMPTY)

    assert endpoint == Endpoint(url="http://localhost:6420")
    assert endpoint.websocket_url == "ws://localhost:6420"


def test_the_environment_fills_what_is_left_open() -> None:
    environment = {
        "RIVET_ENDPOINT": "https://host",
        "RIVET_TOKEN": SECRET,
        "RIVET_NAMESPACE": "space",
        "RIVET_POOL": "pool",
    }

    assert resolve_endpoint(environment=environment) == Endpoint(
        url="https://host", namespace="space", token=SECRET, pool="pool"
    )
    assert resolve_endpoint(
        "http://a:b@h", pool="mine", environment=environment
    ) == Endpoint(url="http://h", namespace="a", token=B, pool="mine")


def test_the_engine_variable_comes_before_the_endpoint_variable() -> None:
    environment = {"RIVET_ENDPOINT": "http://b", "RIVET_ENGINE": "http://a"}

    assert resolve_endpoint(environment=environment).url == "http://a"


@pytest.mark.parametrize("option", ["namespace", "token"])
def test_saying_a_thing_twice_is_an_error(option: str) -> None:
    with pytest.raises(ConfigurationError, match=option):
        resolve_endpoint("http://a:b@h", environment=EMPTY, **{option: "c"})


def test_a_token_is_never_shown() -> None:
    endpoint = resolve_endpoint("http://ns:secret@h", environment=EMPTY)

    assert "secret" not in repr(endpoint)
    with pytest.raises(ConfigurationError) as caught:
        resolve_endpoint("ftp://ns:secret@h", environment=EMPTY)
    assert "secret" not in str(caught.value)


def test_a_redirect_keeps_what_it_does_not_name() -> None:
    endpoint = Endpoint(url="http://a", namespace="n", token=T, pool="p")

    assert endpoint.redirected("http://x:y@b/c") == Endpoint(
        url="http://b/c", namespace="x", token=Y, pool="p"
    )
    assert endpoint.redirected("http://b", token=Z) == Endpoint(
        url="http://b", namespace="n", token=Z, pool="p"
    )
