"""Generated code brings states of earlier releases to the version of the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core_world import World
from everything._generated.super import SuperStateV2
from everything_actors import Super
from rivetgen_runtime.core.directory import Creation
from rivetgen_runtime.core.ports import Area, Batch, PutValue
from rivetgen_runtime.core.snapshots import decode_stored, encode_stored

if TYPE_CHECKING:
    from rivetgen_runtime.core.actor import AnyActor

STORED = {"sum": 3, "size": "large", "shares": [{"owner": "a", "part": 4}]}


@pytest.mark.parametrize(
    ("stored", "version", "total"), [(STORED, 2, 7), ({"total": 5}, 3, 5)]
)
async def test_a_stored_state_passes_all_steps(
    stored: Any, version: int, total: int
) -> None:
    actor: type[AnyActor] = Super
    world = World(actor)
    record = await world.host.create(Creation(name="super", key=None))
    put = PutValue(record.actor_id, Area.STATE, b"", encode_stored(stored, version))
    await world.store.commit(Batch((put,)))
    world.crash()
    await world.host.call_action(record, "clear", [])
    values = await world.store.values(record.actor_id, frozenset({Area.STATE}))
    assert decode_stored(values[(Area.STATE, b"")]) == (4, {"total": total + 1})


def test_the_lock_remembers_what_a_type_was() -> None:
    old = SuperStateV2.model_validate(STORED)
    assert [share.part for share in old.shares] == [4]
    assert old.size.value == "large"


def test_versions_that_were_never_released_need_no_step() -> None:
    steps = Super.definition.state_migrations
    assert [(step.version, step.old is None) for step in steps] == [
        (2, False),
        (3, True),
    ]
