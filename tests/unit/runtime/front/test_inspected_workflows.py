"""The inspector of an actor with a workflow, over HTTP and over its WebSocket."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from inspected_actors import Worker
from inspected_workflows import Traveller
from inspecting_tool import Tool, answer, received, running_tool
from rivetgen_client.wire.bare import Reader
from rivetgen_client.wire.inspector import (
    TO_CLIENT,
    VERSIONS,
    InspectorMessage,
)
from rivetgen_client.wire.models import InspectorSummary, InspectorWorkflow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

STEPS = ["pack", "wait", "leave"]
PATIENCE_S = 20
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def tool() -> AsyncGenerator[Tool]:
    Traveller.gate = asyncio.Event()
    async with running_tool([Traveller, Worker]) as tool:
        await tool.create("traveller")
        yield tool


async def history(tool: Tool, state: str) -> dict[str, Any]:
    """Return the history as soon as the workflow is in a state."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, shown = await tool.ask("GET", "workflow-history")
            assert status == 200
            assert InspectorWorkflow.model_validate(shown).is_workflow_enabled
            if shown["workflowState"] == state:
                found: dict[str, Any] = shown["history"]
                return found


def named(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entries of a flat history by their names."""
    names = shown["nameRegistry"]
    return {
        names[entry["location"][0]["val"]]: {
            **entry,
            **shown["entryMetadata"][entry["id"]],
        }
        for entry in shown["entries"]
    }


async def replay(tool: Tool, **body: str) -> tuple[int, Any]:
    return await tool.ask("POST", "workflow/replay", body=json.dumps(body).encode())


async def timeline(tool: Tool) -> list[str]:
    _, shown = await tool.ask("GET", "state")
    steps: list[str] = shown["state"]["steps"]
    return steps


async def test_a_running_step_is_in_the_history(tool: Tool) -> None:
    entries = named(await history(tool, "running"))
    assert list(entries) == ["pack", "wait"]
    assert [entry["status"] for entry in entries.values()] == ["COMPLETED", "RUNNING"]
    assert entries["pack"]["kind"] == {
        "tag": "WorkflowStepEntry",
        "val": {"output": {"bags": 2}, "error": None},
    }
    assert entries["pack"]["attempts"] == 1
    Traveller.gate.set()
    ended = named(await history(tool, "completed"))
    assert [entry["status"] for entry in ended.values()] == ["COMPLETED"] * 3


async def test_the_summary_has_the_same_history(tool: Tool) -> None:
    Traveller.gate.set()
    shown = await history(tool, "completed")
    status, summary = await tool.ask("GET", "summary")
    assert status == 200
    assert InspectorSummary.model_validate(summary).is_workflow_enabled
    assert summary["workflowState"] == "completed"
    assert summary["workflowHistory"] == shown


async def test_a_workflow_is_replayed_from_a_step_or_from_the_beginning(
    tool: Tool,
) -> None:
    Traveller.gate.set()
    entries = named(await history(tool, "completed"))
    status, answered = await replay(tool, entryId=entries["wait"]["id"])
    assert (status, answered["isWorkflowEnabled"]) == (200, True)
    await history(tool, "completed")
    assert await timeline(tool) == [*STEPS, "wait", "leave"]
    status, answered = await replay(tool)
    assert (status, answered["isWorkflowEnabled"]) == (200, True)
    await history(tool, "completed")
    assert await timeline(tool) == [*STEPS, "wait", "leave", *STEPS]


async def test_a_workflow_in_flight_is_not_replayed(tool: Tool) -> None:
    entries = named(await history(tool, "running"))
    status, error = await replay(tool, entryId=entries["pack"]["id"])
    assert status == 409
    assert (error["group"], error["code"]) == ("actor", "workflow_in_flight")
    Traveller.gate.set()
    await history(tool, "completed")
    assert await timeline(tool) == STEPS


async def test_only_steps_of_the_history_are_replayed_from(tool: Tool) -> None:
    Traveller.gate.set()
    await history(tool, "completed")
    for body in (b'{"entryId": "' + UNKNOWN_ID.encode() + b'"}', b'{"entryId": 5}'):
        status, error = await tool.ask("POST", "workflow/replay", body=body)
        assert (status, error["code"]) == (400, "invalid_request")
    assert await timeline(tool) == STEPS


async def test_other_actors_have_no_history(tool: Tool) -> None:
    nothing = {"history": None, "workflowState": None, "isWorkflowEnabled": False}
    await tool.create("worker")
    assert await tool.ask("GET", "workflow-history") == (200, nothing)
    assert await tool.ask("POST", "workflow/replay") == (200, nothing)


# The WebSocket


def steps_of(packed: bytes) -> dict[str, int]:
    """Read a flat BARE history of steps: the number of each one's status, by name."""
    reader = Reader(packed)
    names = [reader.string() for _ in range(reader.uint())]
    places: dict[str, str] = {}
    for _ in range(reader.uint()):
        entry_id = reader.string()
        assert (reader.uint(), reader.uint()) == (1, 0)  # one segment, a name
        places[entry_id] = names[reader.u32()]
        assert reader.uint() == 0  # a step
        reader.optional(reader.data)
        reader.optional(reader.string)
    found: dict[str, int] = {}
    for _ in range(reader.uint()):
        entry_id = reader.string()
        found[places[entry_id]] = reader.uint()
        reader.optional(reader.string)
        reader.u32()
        reader.u64()
        reader.u64()
        reader.optional(reader.u64)
        reader.optional(reader.u64)
        reader.optional(reader.string)
    assert reader.remaining == 0
    return found


async def pushed(socket: aiohttp.ClientWebSocketResponse, version: int) -> bytes:
    """Return the next history that comes by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message = await received(socket, version)
            if message.name == "WorkflowHistoryUpdated":
                packed: bytes = message.fields["history"]
                return packed


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_version_that_knows_histories_is_told_of_each_change(
    tool: Tool, version: int
) -> None:
    await history(tool, "running")
    async with tool.connected(f"?protocol_version={version}") as socket:
        init = await received(socket, version)
        assert init.name == "Init"
        if "WorkflowHistoryUpdated" not in TO_CLIENT[version]:
            assert "isWorkflowEnabled" not in init.fields
            return
        assert init.fields["isWorkflowEnabled"] is True
        assert steps_of(init.fields["workflowHistory"]) == {"pack": 2, "wait": 1}
        Traveller.gate.set()
        told = await pushed(socket, version)
        while steps_of(told) != dict.fromkeys(STEPS, 2):
            told = await pushed(socket, version)


async def test_histories_are_answered_and_workflows_replayed(tool: Tool) -> None:
    Traveller.gate.set()
    await history(tool, "completed")
    async with tool.connected() as socket:
        await received(socket)
        asked = await answer(socket, "WorkflowHistoryRequest", id=1)
        replayed = await answer(socket, "WorkflowReplayRequest", id=2, entryId=None)
        unknown = await ended(tool, socket)
    assert (asked.fields["rid"], asked.fields["isWorkflowEnabled"]) == (1, True)
    assert steps_of(asked.fields["history"]) == dict.fromkeys(STEPS, 2)
    assert (replayed.fields["rid"], replayed.fields["isWorkflowEnabled"]) == (2, True)
    assert unknown.fields["message"].startswith("actor.invalid_request: ")
    assert await timeline(tool) == [*STEPS, *STEPS]


async def ended(
    tool: Tool, socket: aiohttp.ClientWebSocketResponse
) -> InspectorMessage:
    """Wait for the end of a replay; return the answer to another one that is wrong."""
    await history(tool, "completed")
    return await answer(socket, "WorkflowReplayRequest", id=3, entryId=UNKNOWN_ID)


async def test_a_socket_is_told_that_a_workflow_is_in_flight(tool: Tool) -> None:
    await history(tool, "running")
    async with tool.connected() as socket:
        await received(socket)
        refused = await answer(socket, "WorkflowReplayRequest", id=1, entryId=None)
        assert refused.name == "Error"
        assert refused.fields["message"].startswith("actor.workflow_in_flight: ")
        Traveller.gate.set()
