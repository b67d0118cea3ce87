"""Connections: actions and events of one actor over one socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

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
        await self._link.open()

    async def aclose(self) -> None:
        """Close the connection, saying goodbye to the server."""
        await self._link.aclose()

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

    def on_status(
        self, callback: Callable[[ConnectionStatus], object]
    ) -> Callable[[], None]:
        """Call back at every change of the status; return how to stop that."""
        return self._link.on_status(callback)

    def on_error(
        self, callback: Callable[[RivetgenError], object]
    ) -> Callable[[], None]:
        """Call back at every error of the connection; return how to stop that."""
        return self._link.on_error(callback)

    async def _call(
        self, definition: ActionDefinition[ResultT], args: tuple[object, ...]
    ) -> ResultT:
        return await self._link.call(definition, args)
