"""The example server, and the official client in each of its encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chat_server import chat_server
from official_client import official_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from official_client import OfficialClient


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
