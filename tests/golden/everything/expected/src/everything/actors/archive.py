"""The actor `archive`."""

from typing_extensions import override

from .._generated.archive import ArchiveBase, ArchiveContext


class Archive(ArchiveBase):
    """A key whose last part stands for all that follow."""

    @override
    async def path(self, c: ArchiveContext) -> list[str]:
        raise NotImplementedError

    @override
    async def file(self, c: ArchiveContext, page: str) -> int:
        raise NotImplementedError
