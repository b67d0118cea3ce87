"""Tests of `partner`: Bodies that are not records, and a circle of uses."""

from __future__ import annotations

import datetime
import uuid

from everything_client import EverythingClient, Node, Size


async def test_partner_is_created_when_it_is_first_called(
    client: EverythingClient,
) -> None:
    partner = client.partner.get_or_create(
        id=uuid.UUID("00000000-0000-4000-8000-000000000000"),
        shard=1,
        day=datetime.date(2026, 1, 1),
        size=Size.SMALL,
        active=True,
        input=Node(name="name"),
        params="params",
    )
    assert await partner.resolve() == await partner.resolve()
