"""Ids of requests."""

from __future__ import annotations

from itertools import islice

from rivetgen_client.wire.identifiers import is_actor_id
from rivetgen_runtime.front.rays import ray_ids


def test_ids_are_valid_and_all_different() -> None:
    ids = list(islice(ray_ids(), 5_000))
    assert all(is_actor_id(text) for text in ids)
    assert len(set(ids)) == len(ids)


def test_two_servers_make_different_ids() -> None:
    assert not {*islice(ray_ids(), 2_000)} & {*islice(ray_ids(), 2_000)}
