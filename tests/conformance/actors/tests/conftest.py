"""A client of the server that the environment names, and a key of its own per test."""

import os
import uuid
from collections.abc import AsyncIterator

import pytest
from fixtures_client import FixturesClient


@pytest.fixture
async def client() -> AsyncIterator[FixturesClient]:
    async with FixturesClient(os.environ["FIXTURES_ENDPOINT"]) as client:
        yield client


@pytest.fixture
def key() -> list[str]:
    return [str(uuid.uuid4())]
