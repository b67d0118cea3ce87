"""The other end of the fan-out."""

from typing_extensions import override

from .._generated.types import Summary
from .._generated.worker import WorkerBase, WorkerContext


class Worker(WorkerBase):
    """Reads one page and reports to whoever asked."""

    @override
    async def summarize(self, c: WorkerContext, page: str) -> None:
        words = page.split()
        summary = Summary(words=len(words), longest=max(words, key=len, default=""))
        report = c.actors.report.get_or_create(name=c.key.report)
        await report.receive(c.key.part, summary)
