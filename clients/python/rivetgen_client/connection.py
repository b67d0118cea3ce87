"""Connections: actions and events of one actor over one socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ._deadline import Patience
from ._session import ConnectionStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from ._link import Link
    from .definitions import ActionDefinition
    from .errors import RivetgenError

__all__ = ["Connection", "ConnectionStatus"]

ResultT = TypeVar("ResultT")


class Connection:
    """Base of the generated connections: one method per action, and ``events``.

    A connection opens itself at its first use and reconnects by itself; subscriptions
    are kept. Actions wait while it is not established, up to their timeout. An action
    whose answer was lost with the socket is repeated when it is read-only or idempotent
    and fails with ``UnknownOutcomeError`` otherwise.

    ``async with`` waits until the connection is established and closes it.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._patience: Patience | None = None

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Wait until the connection is established.

        Raises:
            DeadlineExceededError: It is not, in time; the last error is its cause.
            ActorError: The server refused it.
        """
        await self._link.open(self._patience)

    async def aclose(self) -> None:
        """Close the connection, saying goodbye to the server."""
        await self._link.aclose()

    def with_options(self, *, timeout_s: float) -> Self:
        """Return the same connection with another timeout; closing one closes both.

        Args:
            timeout_s: For each call, and for waiting until it is established.
        """
        same = type(self)(self._link)
        same._patience = Patience(timeout_s=timeout_s, is_chosen=True)  # noqa: SLF001 - its own
        return same

    @property
    def status(self) -> ConnectionStatus:
        """Where the connection is in its life."""
        return self._link.status

    @property
    def actor_id(self) -> str | None:
        """Id of the actor that answered last; None before that."""
        return self._link.init.actor_id if self._link.init else None

    @property
    def connection_id(self) -> str | None:
        """The server's id of the current or last socket; None before the first."""
        return self._link.init.connection_id if self._link.init else None

    def on_status_change(
        self, callback: Callable[[ConnectionStatus], object]
    ) -> Callable[[], None]:
        """Call back at every change of the status; return how to stop that."""
        return self._link.on_status_change(callback)

    def on_open(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever the connection is established; return how to stop that.

        Reconnections count; on a connection that is established already, once soon.
        """
        return self._link.on_open(callback)

    def on_close(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever the established connection ends; return how to stop that.

        It ends when it is lost, before it reconnects by itself, and when it is closed.
        """
        return self._link.on_close(callback)

    def on_error(
        self, callback: Callable[[RivetgenError], object]
    ) -> Callable[[], None]:
        """Call back at every error of the connection; return how to stop that."""
        return self._link.on_error(callback)

    async def _call(
        self, definition: ActionDefinition[ResultT], args: tuple[object, ...]
    ) -> ResultT:
        return await self._link.call(definition, args, patience=self._patience)
