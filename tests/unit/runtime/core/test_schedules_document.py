"""The document about schedules, executed block by block."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase, LabContext
from documents import code_blocks
from rivetgen_client import definitions
from rivetgen_client import types as wire_types
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS
from rivetgen_runtime.core.schedules import Cron, Schedule, ScheduledCalls
from schedule_world import Lab, ScheduleWorld
from workspace import ROOT

if TYPE_CHECKING:
    from documents import Block

DOCUMENT = ROOT / "docs" / "actors" / "schedules.md"
BLOCKS = [block for block in code_blocks(DOCUMENT) if block.language == "python"]
IMPORTS = "from datetime import UTC, datetime, timedelta\n"

REMIND: definitions.ActionDefinition[None] = definitions.ActionDefinition(
    "remind", arguments=(definitions.Argument("text", wire_types.Str),)
)


class OrderScheduledCalls(ScheduledCalls):
    """As generated for the actor of the document."""

    async def remind(self, text: str) -> str:
        """Call ``remind`` later."""
        return await self._schedule(REMIND, text)


class OrderContext(LabContext):
    """As generated for the actor of the document."""

    @property
    def schedule(self) -> Schedule[OrderScheduledCalls]:
        """Calls at one time each."""
        return super().schedule.typed(OrderScheduledCalls)

    @property
    def cron(self) -> Cron[OrderScheduledCalls]:
        """Calls again and again."""
        return super().cron.typed(OrderScheduledCalls)


class Order(Lab):
    """The actor of the document."""

    definition = replace(LabBase.definition, context=OrderContext)


@pytest.mark.parametrize("block", BLOCKS, ids=str)
async def test_the_blocks_print_what_they_promise(
    block: Block, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(IMPORTS + block.text, "schedules.md", "exec", flags=flags)

    async def script(c: Any) -> None:
        await eval(code, {"c": c})  # noqa: S307 - our own document

    await ScheduleWorld(Order).run(script)
    promised = re.findall(r"^print\(.*\)  # (.*)$", block.text, re.MULTILINE)
    assert capsys.readouterr().out.splitlines() == promised
    assert promised


def test_the_document_names_the_limits() -> None:
    limits = SCHEDULE_LIMITS
    text = DOCUMENT.read_text(encoding="utf-8")
    for number in (
        *(limits.schedules_per_actor, limits.name_bytes, limits.args_bytes),
        *(limits.minimum_interval_ms, limits.history_per_schedule),
        *(limits.history_per_actor, limits.default_history_per_schedule),
        limits.catch_up_runs,
    ):
        assert re.search(rf"[ (]{number:,} ", text)
