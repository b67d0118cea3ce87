"""Which activations a call comes from, so that an actor can call itself while it stops.

A stopping actor finishes what runs and leaves new calls to its next activation. A call
that is part of what runs cannot wait for that: both would wait for each other until the
grace period is over.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Generator

    from rivetgen_runtime.core.ports import ActorRecord

__all__ = ["is_calling", "working"]

_Caller: TypeAlias = tuple[str, int]
"""Id and generation: an activation itself would be kept alive by its callees."""

_callers: Final[ContextVar[tuple[_Caller, ...]]] = ContextVar("callers", default=())


@contextmanager
def working(record: ActorRecord) -> Generator[None]:
    """Run user code of an activation; tasks that it starts belong to it as well."""
    callers, caller = _callers.get(), (record.actor_id, record.generation)
    if caller in callers:
        yield
        return
    token = _callers.set((*callers, caller))
    try:
        yield
    finally:
        # What is collected as garbage, unended, ends in whatever context does that.
        with suppress(ValueError):
            _callers.reset(token)


def is_calling(record: ActorRecord) -> bool:
    """Whether the running code is, directly or through others, called by this one."""
    return (record.actor_id, record.generation) in _callers.get()
