"""The history as official inspectors show it."""

from __future__ import annotations

from typing import Any

from rivetgen_client.wire.bare import Reader
from rivetgen_runtime.core.workflows.history import history_bytes, history_value
from rivetgen_runtime.testing.manual import settle
from workflow_world import FlowWorkflow, FlowWorld, noting


async def test_a_history_has_the_tags_and_fields_of_official_servers() -> None:
    async def iteration(w: FlowWorkflow) -> None:
        delivery = await w.queues.jobs.next("wait")
        await w.step("note", noting(str(delivery.body)))
        await w.sleep("pause", 10**6)

    async def nothing(_: FlowWorkflow) -> None:
        pass

    async def body(w: FlowWorkflow) -> None:
        await w.join("both", {"nothing": nothing})
        await w.version("v", 3)
        await w.repeat("loop", iteration)

    world = FlowWorld(body)
    await world.wake()
    await world.send("jobs", {"n": 1})
    await settle()
    found: Any = history_value(await world.journal())
    assert found["nameRegistry"][:2] == ["both", "nothing"]
    by_tag = {entry["kind"]["tag"]: entry for entry in found["entries"]}
    names = found["nameRegistry"]
    step = by_tag["WorkflowStepEntry"]
    assert step["kind"]["val"] == {"output": "{'n': 1}", "error": None}
    assert step["location"] == [
        {
            "tag": "WorkflowLoopIterationMarker",
            "val": {"loop": names.index("loop"), "iteration": 0},
        },
        {"tag": "WorkflowNameIndex", "val": names.index("note")},
    ]
    metadata = found["entryMetadata"][step["id"]]
    assert (metadata["status"], metadata["attempts"]) == ("COMPLETED", 1)
    assert metadata["rollbackError"] is None
    branches = by_tag["WorkflowJoinEntry"]["kind"]["val"]["branches"]
    assert branches == {
        "nothing": {"status": "COMPLETED", "output": None, "error": None}
    }
    assert by_tag["WorkflowVersionCheckEntry"]["kind"]["val"] == {
        "resolved": 3,
        "latest": 3,
    }
    assert by_tag["WorkflowLoopEntry"]["kind"]["val"] == {
        "iteration": 0,
        "output": None,
    }
    assert by_tag["WorkflowSleepEntry"]["kind"]["val"]["state"] == "PENDING"
    messages = [
        entry["kind"]["val"]
        for entry in found["entries"]
        if entry["kind"]["tag"] == "WorkflowMessageEntry"
    ]
    assert {"name": "jobs:count", "messageData": 1} in messages
    (data,) = [each["messageData"] for each in messages if each["name"] == "jobs"]
    assert data["body"] == {"n": 1}
    assert data["completed"] is True


async def test_a_history_travels_in_bare() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.step("note", noting("note"))

    world = FlowWorld(body)
    await world.wake()
    reader = Reader(history_bytes(await world.journal()))
    assert [reader.string() for _ in range(reader.uint())] == ["note"]
    assert reader.uint() == 1
    assert len(reader.string()) == 36
