"""The actor `depot`."""

from typing_extensions import override

from .._generated.depot import DepotBase, DepotContext
from .._generated.types import Parcel


class Depot(DepotBase):
    """Gives back what it gets."""

    @override
    async def keep(self, c: DepotContext, parcel: Parcel) -> Parcel:
        return parcel

    @override
    async def echo(self, c: DepotContext, value: object) -> object:
        return value
