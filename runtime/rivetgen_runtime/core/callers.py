"""Which activations a call comes from, so that an actor can call itself while it stops.

A stopping actor finishes what runs and leaves new calls to its next activation. A call
that is part of what runs cannot wait for that: both would wait for each other until the
grace period is over.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import ActorRecord

__all__ = ["is_calling", "working"]

_Caller: TypeAlias = tuple[str, int]
"""Id and generation: an activation itself would be kept alive by its callees."""

_callers: Final[ContextVar[tuple[_Caller, ...]]] = ContextVar("callers", default=())


class working:  # noqa: N801 - reads as the function that it is
    """Run user code of an activation; tasks that it starts belong to it as well.

    A class, because every call enters one: a generator would take twice the time.
    """

    __slots__ = ("_caller", "_token")

    def __init__(self, record: ActorRecord) -> None:
        self._caller = (record.actor_id, record.generation)
        self._token: Token[tuple[_Caller, ...]] | None = None

    def __enter__(self) -> None:
        callers = _callers.get()
        if self._caller not in callers:
            self._token = _callers.set((*callers, self._caller))

    def __exit__(self, *exception: object) -> None:
        if self._token is None:
            return
        try:
            _callers.reset(self._token)
        except ValueError:
            # What is collected as garbage, unended, ends in whatever context does that.
            return


def is_calling(record: ActorRecord) -> bool:
    """Whether the running code is, directly or through others, called by this one."""
    return (record.actor_id, record.generation) in _callers.get()
