"""A server and a client for every test, in the process of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from described_client import DescribedClient
from rivetgen_runtime import ServeOptions

from described.app import registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[DescribedClient]:
    """Return a client of a fresh server."""
    options = ServeOptions(port=0, data=tmp_path)
    async with (
        registry.serving(options) as running,
        DescribedClient(running.endpoint) as client,
    ):
        yield client
