"""Sharding by time: the key says which hour it is about."""

from typing_extensions import override

from .._generated.page_views import PageViewsBase, PageViewsContext


class PageViews(PageViewsBase):
    """Views of one page in one hour: old hours sleep, the current one is small."""

    @override
    async def view(self, c: PageViewsContext) -> int:
        c.state.views += 1
        return c.state.views

    @override
    async def get_views(self, c: PageViewsContext) -> int:
        return c.state.views
