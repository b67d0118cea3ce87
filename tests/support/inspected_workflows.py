"""An actor with a workflow, for the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pydantic as _pydantic

import rivetgen_runtime as _runtime
from recorded_actors import Connection, Context, CreateContext
from rivetgen_client import types as _types

if TYPE_CHECKING:
    import asyncio


class Timeline(_types.Model):
    """What the steps did."""

    steps: list[str] = _pydantic.Field(default_factory=list[str])


class Workflow(_runtime.Workflow[Any, Context]):
    """The ``w``."""


class Traveller(_runtime.Actor[Context]):
    """Three steps; the second one waits for a gate that is closed at first.

    Attributes:
        gate: Lets the second step end.
    """

    gate: ClassVar[asyncio.Event]

    definition = _runtime.ActorDefinition(
        name="traveller",
        state=Timeline,
        context=Context,
        create_context=CreateContext,
        connection=Connection,
        workflow=_runtime.WorkflowDefinition(workflow=Workflow),
    )

    async def create_state(self, c: Any, input: Any) -> Timeline:  # noqa: A002, ARG002
        return Timeline()

    async def run(self, w: Workflow) -> None:
        await w.step("pack", self._pack)
        await w.step("wait", self._wait)
        await w.step("leave", self._leave)

    async def _pack(self, c: Any) -> dict[str, int]:
        c.state.steps.append("pack")
        return {"bags": 2}

    async def _wait(self, c: Any) -> None:
        await self.gate.wait()
        c.state.steps.append("wait")

    async def _leave(self, c: Any) -> None:
        c.state.steps.append("leave")
