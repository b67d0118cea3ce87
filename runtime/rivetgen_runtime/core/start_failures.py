"""Why actors could not be started, for those who look at them from outside."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["StartFailures"]

_MAXIMUM: Final = 1_000


class StartFailures:
    """Remembers the last failure of each actor until it starts again.

    What is remembered is what callers are told, without what an error hides from them.
    It is gone when the process ends, and at most a thousand are kept, the latest.
    """

    __slots__ = ("_messages",)

    def __init__(self) -> None:
        self._messages: OrderedDict[str, str] = OrderedDict()

    def of(self, actor_id: str) -> str | None:
        """What callers were told when it could not be started; None when it could."""
        return self._messages.get(actor_id)

    @contextmanager
    def noting(self, actor_id: str) -> Generator[None]:
        """Watch one start."""
        try:
            yield
        except RequestError as error:
            self._note(actor_id, str(error))
            raise
        self.forget(actor_id)

    def forget(self, actor_id: str) -> None:
        """It has started, or is destroyed."""
        self._messages.pop(actor_id, None)

    def _note(self, actor_id: str, message: str) -> None:
        self._messages[actor_id] = message
        self._messages.move_to_end(actor_id)
        if len(self._messages) > _MAXIMUM:
            self._messages.popitem(last=False)
