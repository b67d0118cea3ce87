"""The actor `inbox`."""

from typing_extensions import override

from .._generated.inbox import InboxBase, InboxContext, InboxJobsReply


class Inbox(InboxBase):
    """Handles messages one after the other."""

    @override
    async def run(self, c: InboxContext) -> None:
        async for message in c.queues.jobs.iter():
            c.state.texts.append(message.body.text)
            await message.complete(InboxJobsReply(length=len(message.body.text)))

    @override
    async def get_texts(self, c: InboxContext) -> list[str]:
        return c.state.texts
