"""Fan-out to workers, fan-in of their results."""

import asyncio

from typing_extensions import override

from .._generated.report import ReportBase, ReportContext
from .._generated.types import Summary


class Report(ReportBase):
    """Splits a text among workers and adds up what they find."""

    @override
    async def start(self, c: ReportContext, pages: list[str]) -> None:
        c.state.parts = len(pages)
        c.state.summaries = {}
        await asyncio.gather(
            *(
                c.actors.worker.get_or_create(
                    report=c.key.name, part=str(part)
                ).summarize(page)
                for part, page in enumerate(pages)
            )
        )

    @override
    async def receive(self, c: ReportContext, part: str, summary: Summary) -> None:
        # By part: a worker that reports twice changes nothing.
        c.state.summaries[part] = summary

    @override
    async def is_done(self, c: ReportContext) -> bool:
        return len(c.state.summaries) == c.state.parts

    @override
    async def get_summary(self, c: ReportContext) -> Summary:
        found = c.state.summaries.values()
        return Summary(
            words=sum(summary.words for summary in found),
            longest=max((summary.longest for summary in found), key=len, default=""),
        )
