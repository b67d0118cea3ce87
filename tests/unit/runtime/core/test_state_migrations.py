"""Migrations of stored states: step by step, in one commit, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core_actors import LabBase, LabContext, LabState
from core_world import World
from rivetgen_client import types
from rivetgen_runtime.core.ports import Area, Batch, PutRecord, PutValue
from rivetgen_runtime.core.snapshots import decode_stored, encode_stored
from rivetgen_runtime.core.state_migrations import StateMigration
from rivetgen_runtime.errors import RequestError, UserError


class LabStateV2(types.Model):
    """Second version: the number has another name."""

    number: types.Int


STEPS = (
    StateMigration(version=1, method="migrate_v1_to_v2"),
    StateMigration(version=2, method="migrate_v2_to_v3", old=LabStateV2),
)


class Lab(LabBase):
    """Third version of the schema."""

    definition = replace(LabBase.definition, state_version=3, state_migrations=STEPS)
    migrated: list[str]

    def migrate_v1_to_v2(self, old: dict[str, Any]) -> LabStateV2:
        self.migrated.append("v1")
        return LabStateV2(number=old["count"])

    def migrate_v2_to_v3(self, old: LabStateV2) -> LabState:
        self.migrated.append("v2")
        return LabState(value=old.number, notes=["migrated"])

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return [c.state.value, *c.state.notes]


async def world_with(stored: bytes, actor: type[LabBase] = Lab) -> World:
    """A world whose actor was stored before."""
    world = World(type("Here", (actor,), {"migrated": []}))
    record = await world.locate()
    put = PutValue(record.actor_id, Area.STATE, b"", stored)
    await world.store.commit(Batch((put,)))
    world.crash()
    world.commits.batches.clear()
    return world


async def test_each_step_gets_what_the_one_before_made() -> None:
    world = await world_with(encode_stored({"count": 5}, 1))
    assert await world.call("look") == [5, "migrated"]
    assert world.actors[0].migrated == ["v1", "v2"]  # type: ignore[attr-defined]


async def test_a_later_version_skips_the_steps_before() -> None:
    world = await world_with(encode_stored({"number": 6}, 2))
    assert await world.call("look") == [6, "migrated"]


async def test_what_a_migration_made_is_stored_once_with_the_start() -> None:
    world = await world_with(encode_stored({"count": 5}, 1))
    await world.call("look")
    (batch,) = world.commits.batches
    (blob,) = [write.value for write in batch.writes if isinstance(write, PutValue)]
    assert decode_stored(blob) == (3, {"value": 5, "notes": ["migrated"]})
    assert any(isinstance(write, PutRecord) for write in batch.writes)
    world.crash()
    world.commits.batches.clear()
    await world.call("look")
    assert world.actors[0].migrated == ["v1", "v2"]  # type: ignore[attr-defined]


async def unchanged(world: World, stored: bytes) -> None:
    assert world.commits.batches == []
    record = await world.host.find("lab", ("a",))
    assert record is not None
    values = await world.store.values(record.actor_id, frozenset({Area.STATE}))
    assert values == {(Area.STATE, b""): stored}


class Failing(Lab):
    """Its last step fails."""

    def migrate_v2_to_v3(self, old: LabStateV2) -> LabState:  # noqa: ARG002
        raise UserError("not migrated", code="not_today")


async def test_a_step_that_fails_is_a_failed_start_that_changes_nothing() -> None:
    stored = encode_stored({"count": 5}, 1)
    world = await world_with(stored, Failing)
    with pytest.raises(RequestError, match="not migrated"):
        await world.call("look")
    await unchanged(world, stored)


class Wrong(Lab):
    """Its last step makes something that is no state."""

    def migrate_v2_to_v3(self, old: LabStateV2) -> Any:
        return LabStateV2(number=old.number)


@pytest.mark.parametrize(
    ("stored", "actor"),
    [
        (encode_stored({"number": "text"}, 2), Lab),
        (encode_stored({"number": 5}, 2), Wrong),
    ],
    ids=["read", "written"],
)
async def test_what_is_no_state_of_its_version_is_refused(
    stored: bytes, actor: type[LabBase], caplog: pytest.LogCaptureFixture
) -> None:
    world = await world_with(stored, actor)
    with pytest.raises(RequestError, match="state_invalid"):
        await world.call("look")
    assert "migrate_v2_to_v3" in caplog.text
    await unchanged(world, stored)


async def test_a_missing_step_is_named(caplog: pytest.LogCaptureFixture) -> None:
    class Incomplete(Lab):
        definition = replace(Lab.definition, state_migrations=STEPS[:1])

    stored = encode_stored({"number": 5}, 2)
    world = await world_with(stored, Incomplete)
    with pytest.raises(RequestError, match="state_invalid"):
        await world.call("look")
    assert "nothing migrates it from version 2 to 3" in caplog.text
    await unchanged(world, stored)
