"""Which connections a call has in its hands.

It may change their states after an ``await``, when other turns have ended since: they
are looked at again when its own turn ends.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_runtime.core.connections import AnyConnection

__all__ = ["held", "hold", "hold_anew", "holding", "let_go"]

_Held: TypeAlias = "dict[AnyConnection, None]"

_held: Final[ContextVar[_Held | None]] = ContextVar("held", default=None)


class holding:  # noqa: N801 - reads as the function that it is
    """Note what a call takes into its hands, until its turn has ended.

    A class, because every call enters one: a generator would take twice the time.
    """

    __slots__ = ("_token",)

    _token: Token[_Held | None]

    def __enter__(self) -> None:
        self._token = _held.set({})

    def __exit__(self, *exception: object) -> None:
        try:
            _held.reset(self._token)
        except ValueError:
            # What is collected as garbage, unended, ends in whatever context does that.
            return


def hold_anew() -> None:
    """Note, in the context of background work, what it takes into its own hands."""
    _held.set({})


def hold(connection: AnyConnection) -> None:
    """The state of a connection is handed to the running call."""
    connections = _held.get()
    if connections is not None:
        connections[connection] = None


def held() -> Iterable[AnyConnection]:
    """What the running call has been handed."""
    return tuple(_held.get() or ())


def let_go(connection: AnyConnection) -> None:
    """A connection is over: nothing of it is saved any more."""
    connections = _held.get()
    if connections is not None:
        connections.pop(connection, None)
