"""Where the next page of a listing begins, as text that callers hand back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import ActorRecord

__all__ = ["RecordCursor"]

_SEPARATOR: Final = "."
_MOST_DIGITS: Final = 18
"""Of a time that fits into 64 bits, which is what a database can compare with."""


@dataclass(frozen=True, slots=True)
class RecordCursor:
    """The last record of a page; records are listed newest first, then by id.

    Written as ``{created_at_ms}.{actor_id}``: several actors may be created in the same
    millisecond. Without an id, everything older than the time follows.
    """

    created_at_ms: int
    actor_id: str = ""

    @classmethod
    def after(cls, record: ActorRecord) -> Self:
        """The cursor of a page that ends with this record."""
        return cls(record.created_at_ms, record.actor_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor.

        Raises:
            ValueError: It is none of ours.
        """
        time, _, actor_id = text.partition(_SEPARATOR)
        if not (time.isascii() and time.isdigit() and len(time) <= _MOST_DIGITS):
            message = f"{text[:64]!r} is not a cursor"
            raise ValueError(message)
        return cls(int(time), actor_id)

    def __str__(self) -> str:
        return f"{self.created_at_ms}{_SEPARATOR}{self.actor_id}"
