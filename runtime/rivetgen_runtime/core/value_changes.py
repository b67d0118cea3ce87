"""What an actor has changed in one area and the store does not know yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_runtime.core.ports import (
    Area,
    DeleteRange,
    DeleteValue,
    KeyRange,
    PutValue,
    ValueQuery,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen_runtime.core.ports import Store, Write

__all__ = ["ValueChanges"]


class ValueChanges:
    """Puts and deletes of keys on top of ranges that were cleared before.

    Args:
        actor_id: Whose values they are.
        area: Where they belong.
    """

    __slots__ = ("_actor_id", "_area", "_cleared", "_values")

    def __init__(self, actor_id: str, area: Area = Area.KV) -> None:
        self._actor_id = actor_id
        self._area = area
        self._cleared: list[KeyRange] = []
        self._values: dict[bytes, bytes | None] = {}

    def __bool__(self) -> bool:
        return bool(self._cleared or self._values)

    def put(self, key: bytes, blob: bytes) -> None:
        """Set a value."""
        self._values[key] = blob

    def delete(self, key: bytes) -> None:
        """Remove a value, if there is one."""
        self._values[key] = None

    def clear(self, keys: KeyRange) -> None:
        """Remove every value of a range."""
        for key in [key for key in self._values if key in keys]:
            del self._values[key]
        self._cleared.append(keys)

    def replay(self, writes: Iterable[Write]) -> None:
        """Make the same changes as writes that are on their way to the store."""
        for write in writes:
            match write:
                case PutValue(area=area, key=key, value=blob) if area is self._area:
                    self.put(key, blob)
                case DeleteValue(area=area, key=key) if area is self._area:
                    self.delete(key)
                case DeleteRange(area=area, keys=keys) if area is self._area:
                    self.clear(keys)
                case _:
                    pass

    def writes(self) -> Iterator[Write]:
        """The writes that make these changes, in their order."""
        for keys in self._cleared:
            yield DeleteRange(self._actor_id, self._area, keys)
        for key, blob in self._values.items():
            if blob is None:
                yield DeleteValue(self._actor_id, self._area, key)
            else:
                yield PutValue(self._actor_id, self._area, key, blob)

    def settle(self) -> None:
        """Forget all changes: the next batch has them."""
        self.discard()

    def discard(self) -> None:
        """Forget all changes."""
        self._cleared.clear()
        self._values.clear()

    async def look_up(self, store: Store, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """What is at some keys, as of the moment of the call."""
        wanted = sorted(set(keys))
        found = {key: self._values[key] for key in wanted if key in self._values}
        unknown = [
            KeyRange(key, key + b"\0")
            for key in wanted
            if key not in found and not any(key in hole for hole in self._cleared)
        ]
        if unknown:
            found |= await store.scan(self._query(unknown, limit=len(unknown)))
        return {key: blob for key, blob in found.items() if blob is not None}

    async def scan(
        self, store: Store, keys: KeyRange, *, limit: int, reverse: bool
    ) -> list[tuple[bytes, bytes]]:
        """What is in a range, in order of the keys, as of the moment of the call."""
        changed = {key: blob for key, blob in self._values.items() if key in keys}
        deleted = sum(blob is None for blob in changed.values())
        ranges = _without(keys, self._cleared)
        # Each deletion may hide one of the stored values that come first.
        query = self._query(ranges, limit=limit + deleted, reverse=reverse)
        found: dict[bytes, bytes | None] = dict(await store.scan(query))
        found |= changed
        entries = [(key, blob) for key, blob in found.items() if blob is not None]
        return sorted(entries, reverse=reverse)[:limit]

    def _query(
        self, ranges: Iterable[KeyRange], *, limit: int, reverse: bool = False
    ) -> ValueQuery:
        return ValueQuery(
            actor_id=self._actor_id,
            area=self._area,
            ranges=tuple(ranges),
            limit=limit,
            reverse=reverse,
        )


def _without(keys: KeyRange, holes: Iterable[KeyRange]) -> list[KeyRange]:
    """What is left of a range: disjoint ranges in ascending order."""
    parts = [keys]
    for hole in holes:
        parts = [rest for part in parts for rest in _around(part, hole)]
    return parts


def _around(part: KeyRange, hole: KeyRange) -> Iterator[KeyRange]:
    end = hole.start if part.end is None else min(part.end, hole.start)
    if part.start < end:
        yield KeyRange(part.start, end)
    if hole.end is not None:
        start = max(part.start, hole.end)
        if part.end is None or start < part.end:
            yield KeyRange(start, part.end)
