"""Servers, and the official client in each of its encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat_server import chat_server
from official_client import official_client
from twin_server import generated_twins, twin_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from official_client import OfficialClient

# The fixture actors have tests of their own, for a client that is generated first.
collect_ignore_glob = ["actors/*"]


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one example server for all scenarios."""
    with chat_server(tmp_path_factory.mktemp("conformance") / "data") as server:
        yield server.endpoint


@pytest.fixture(scope="session", params=["json", "cbor", "bare"])
def official(request: pytest.FixtureRequest, endpoint: str) -> Iterator[OfficialClient]:
    """The official client in one encoding."""
    with official_client(endpoint, request.param) as client:
        yield client


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The actors that official and own server have in common, with generated code."""
    return generated_twins(tmp_path_factory.mktemp("twins"))


@pytest.fixture(scope="session")
def twin_endpoint(
    twins: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of these actors on the own server."""
    with twin_server(twins, tmp_path_factory.mktemp("twin") / "data") as endpoint:
        yield endpoint


@pytest.fixture(scope="session", params=["json", "cbor", "bare"])
def visitor(
    request: pytest.FixtureRequest, twin_endpoint: str
) -> Iterator[OfficialClient]:
    """The official client of these actors in one encoding."""
    with official_client(twin_endpoint, request.param) as client:
        yield client
