"""Handles: typed calls to one actor; and where handles come from."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from ._deadline import Patience
from ._link import Link
from ._parameters import asked, asking
from .fetching import fetch
from .raw_socket import RawSocket
from .transport import ActionCall, IdTarget, KeyTarget, NewActor
from .types import Model, dump
from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from ._parameters import GetParams, ParamsT
    from .definitions import ActionDefinition
    from .fetching import FetchOptions, FetchResponse
    from .transport import ActorTarget, Channel, Transport
    from .wire.values import Value

ResultT = TypeVar("ResultT")


class Caller:
    """What all handles of one client share: a transport, and open connections.

    Args:
        transport: Carries the calls; closed by ``aclose``.
        patience: How long calls may take unless a handle says otherwise.
    """

    def __init__(
        self, transport: Transport, *, patience: Patience | None = None
    ) -> None:
        self.transport = transport
        self.patience = patience or Patience()
        self._links: set[Link] = set()

    def link(self, address: Address) -> Link:
        """Return a new connection to an actor; it is not open yet."""
        patience = address.patience or self.patience

        async def open_channel() -> Channel:
            params, _ = await address.current_params(patience.timeout_s)
            return await self.transport.connect(address.target, params)

        link = Link(
            open_channel,
            address=address,
            by_key=isinstance(address.target, KeyTarget),
            patience=patience,
            on_closed=self._links.discard,
        )
        self._links.add(link)
        return link

    async def aclose(self) -> None:
        """Close all connections and the transport."""
        await asyncio.gather(*(link.aclose() for link in tuple(self._links)))
        await self.transport.aclose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Which actor a handle means, and how it is called.

    Attributes:
        caller: Of the client.
        target: The actor.
        params: Connection parameters, as a wire value.
        get_params: Asked for them instead, whenever they are sent.
        patience: None for the client's.
    """

    caller: Caller
    target: ActorTarget
    params: Value = UNDEFINED
    get_params: GetParams[Value] | None = None
    patience: Patience | None = None

    async def current_params(self, timeout_s: float) -> tuple[Value, float]:
        """Return the connection parameters to send now, and what is left of the time.

        Raises:
            ParametersUnavailableError: ``get_params`` raised.
            DeadlineExceededError: It did not answer in time.
        """
        if self.get_params is None:
            return self.params, timeout_s
        loop = asyncio.get_running_loop()
        asked_at_s = loop.time()
        params = await asked(self.get_params, timeout_s)
        return params, timeout_s - (loop.time() - asked_at_s)


class Handle:
    """Base of the generated handles: one method per action.

    A handle is cheap and holds no connection; making one sends nothing.

    Every action may raise:
        ActorError: What the server answered; a ``DeclaredError`` of the schema if it
            is one.
        InvalidArgumentsError: The arguments do not fit the schema.
        InvalidResultError: The result does not; nothing is wrong with the call itself.
        ConnectionFailedError: There is no way to the server; nothing was executed.
        ParametersUnavailableError: The callback for connection parameters raised.
        DeadlineExceededError: No answer in time; nothing was changed.
        UnknownOutcomeError: No answer; the action may have been executed.
    """

    def __init__(self, address: Address) -> None:
        self._address = address

    async def resolve(self) -> str:
        """Return the id of the actor, creating it if the handle may.

        Raises:
            ActorNotFoundError: There is none, and the handle may not create it.
        """
        return await self._address.caller.transport.resolve(self._address.target)

    def with_options(self, *, timeout_s: float) -> Self:
        """Return the same handle with another timeout.

        Args:
            timeout_s: For each call, repetitions included, and for opening a
                connection.
        """
        patience = Patience(timeout_s=timeout_s, is_chosen=True)
        return type(self)(replace(self._address, patience=patience))

    def _with_params(
        self,
        get_params: GetParams[ParamsT],
        dump: Callable[[ParamsT], Value] = dump,
    ) -> Self:
        ask = asking(get_params, dump)
        return type(self)(replace(self._address, get_params=ask))

    async def _call(
        self, definition: ActionDefinition[ResultT], args: tuple[object, ...]
    ) -> ResultT:
        address = self._address
        patience = address.patience or address.caller.patience
        wire_args = definition.dump_arguments(args)
        params, timeout_s = await address.current_params(
            patience.for_action(definition.timeout_s)
        )
        call = ActionCall(
            name=definition.name,
            args=wire_args,
            params=params,
            timeout_s=timeout_s,
            retryable=definition.repeatable,
        )
        with definition.translating_errors():
            output = await address.caller.transport.action(address.target, call)
        return definition.load_result(output)

    async def _fetch(self, path: str, options: FetchOptions) -> FetchResponse:
        return await fetch(self._address, path, options)

    def _web_socket(self, path: str) -> RawSocket:
        return RawSocket(self._address, path)

    def _open(self) -> Link:
        return self._address.caller.link(self._address)


class ActorAccess:
    """Base of the generated accessors: where handles of one kind of actor come from.

    Attributes:
        actor_name: Name of the actor in the schema.
    """

    actor_name: ClassVar[str]

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _get(
        self, key: tuple[str, ...], *, params: Model | Value = UNDEFINED
    ) -> Address:
        target = KeyTarget(name=self.actor_name, key=key, create=False)
        return Address(caller=self._caller, target=target, params=_wire(params))

    def _get_or_create(
        self,
        key: tuple[str, ...],
        *,
        input: Model | Value = UNDEFINED,  # noqa: A002 - the word of the schema language
        params: Model | Value = UNDEFINED,
        region: str | None = None,
    ) -> Address:
        target = KeyTarget(
            name=self.actor_name,
            key=key,
            create=True,
            input=_wire(input),
            region=region,
        )
        return Address(caller=self._caller, target=target, params=_wire(params))

    async def _create(
        self,
        key: tuple[str, ...],
        *,
        input: Model | Value = UNDEFINED,  # noqa: A002 - the word of the schema language
        params: Model | Value = UNDEFINED,
        region: str | None = None,
    ) -> Address:
        actor = NewActor(
            name=self.actor_name, key=key, input=_wire(input), region=region
        )
        actor_id = await self._caller.transport.create(actor)
        return self._get_for_id(actor_id, params=params)

    def _get_for_id(
        self, actor_id: str, *, params: Model | Value = UNDEFINED
    ) -> Address:
        target = IdTarget(name=self.actor_name, actor_id=actor_id)
        return Address(caller=self._caller, target=target, params=_wire(params))


def _wire(body: Model | Value) -> Value:
    # A body that is no record (a list, a text) is a wire value already.
    return dump(body) if isinstance(body, Model) else body
