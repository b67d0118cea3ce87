"""Sharding at random: each caller picks a part, readers add the parts up."""

from typing_extensions import override

from .._generated.likes import LikesBase, LikesContext


class Likes(LikesBase):
    """One part of the likes of a post."""

    @override
    async def like(self, c: LikesContext) -> None:
        c.state.likes += 1

    @override
    async def get_likes(self, c: LikesContext) -> int:
        return c.state.likes
