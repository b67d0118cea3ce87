"""A workflow for servers that are killed: it answers questions for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflow_world import AskReply, FlowBase, FlowContext, FlowWorkflow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Clerk"]


class Clerk(FlowBase):
    """Gives each question a number, lets two branches sign it, and answers."""

    async def run(self, w: FlowWorkflow) -> None:
        """Answer one question after the other."""
        await w.repeat("questions", self._answer)

    async def _answer(self, w: FlowWorkflow) -> None:
        delivery = await w.queues.ask.next("question")
        number = await w.step("number", self._take_number)
        text = f"{delivery.body.question} {number}"
        sides = {side: self._signing(f"{side} {text}") for side in ("left", "right")}
        await w.join("signatures", sides)

        async def answer(_: FlowContext) -> None:
            await delivery.complete(AskReply(answer=str(number)))

        await w.step("answer", answer)

    async def _take_number(self, c: FlowContext) -> int:
        c.state.total += 1
        return c.state.total

    @staticmethod
    def _signing(signature: str) -> Callable[[FlowWorkflow], Awaitable[None]]:
        async def sign(c: FlowContext) -> None:
            c.state.notes.append(signature)

        async def branch(w: FlowWorkflow) -> None:
            await w.step("sign", sign)

        return branch
