"""A client of one actor, written by hand in the shape that the generator emits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, cast

from rivetgen_client import (
    ActionDefinition,
    ActorAccess,
    Argument,
    Client,
    Connection,
    DeclaredError,
    EventDefinition,
    Events,
    EventStream,
    Handle,
    SyncActorAccess,
    SyncClient,
    SyncConnection,
    SyncEvents,
    SyncEventStream,
    SyncHandle,
    types,
)

if TYPE_CHECKING:
    from typing import Self, Unpack

    from rivetgen_client import ClientOptions, GetParams, SyncGetParams


class Move(NamedTuple):
    """Payload of the event moved."""

    user: str
    steps: int


class CounterInput(types.Model):
    """What a counter starts with."""

    start: types.Int = 0


class CounterParams(types.Model):
    """What a caller of a counter shows."""

    token: types.Str


class OverflowMetadata(types.Model):
    """Facts of Overflow."""

    limit: types.Int


class CounterOverflowError(DeclaredError):
    """The counter would pass its limit."""

    code: ClassVar[str] = "overflow"
    default_message: ClassVar[str] = "The counter would pass its limit."
    metadata_type: ClassVar[type[types.Model] | None] = OverflowMetadata

    def __init__(self, *, limit: int, message: str | None = None) -> None:
        super().__init__(metadata=OverflowMetadata(limit=limit), message=message)

    @property
    def metadata(self) -> OverflowMetadata:
        """The limit."""
        return cast("OverflowMetadata", super().metadata)


INCREMENT = ActionDefinition[int](
    "increment",
    arguments=(Argument("amount", types.Int, default=1),),
    returns=types.Int,
    errors=(CounterOverflowError,),
)
GET_COUNT = ActionDefinition[int]("getCount", returns=types.Int, read_only=True)
KEEP = ActionDefinition[None]("keep", arguments=(Argument("value", types.Json),))
NEW_COUNT = EventDefinition[int]("newCount", arguments=(Argument("value", types.Int),))
MOVED = EventDefinition[Move](
    "moved",
    arguments=(Argument("user", types.Str), Argument("steps", types.Int)),
    payload=Move,
)


class CounterHandle(Handle):
    """Calls to one counter."""

    async def increment(self, amount: int = 1) -> int:
        """Add to the counter and return the new value."""
        return await self._call(INCREMENT, (amount,))

    async def get_count(self) -> int:
        """Return the value."""
        return await self._call(GET_COUNT, ())

    async def keep(self, value: object) -> None:
        """Keep anything."""
        return await self._call(KEEP, (value,))

    def with_params(self, get_params: GetParams[CounterParams]) -> Self:
        """Return the same handle; it asks for its parameters before it sends them."""
        return self._with_params(get_params)

    def connect(self) -> CounterConnection:
        """Return a connection; it opens itself at its first use."""
        return CounterConnection(self._open())


class CounterEvents(Events):
    """Events of a counter."""

    @property
    def new_count(self) -> EventStream[int]:
        """The new value."""
        return self._stream(NEW_COUNT)

    @property
    def moved(self) -> EventStream[Move]:
        """Who moved it."""
        return self._stream(MOVED)


class CounterConnection(Connection):
    """A connection to one counter."""

    async def increment(self, amount: int = 1) -> int:
        """Add to the counter and return the new value."""
        return await self._call(INCREMENT, (amount,))

    async def get_count(self) -> int:
        """Return the value."""
        return await self._call(GET_COUNT, ())

    async def keep(self, value: object) -> None:
        """Keep anything."""
        return await self._call(KEEP, (value,))

    @property
    def events(self) -> CounterEvents:
        """What the counter tells."""
        return CounterEvents(self._link)


class CounterActor(ActorAccess):
    """Where handles of counters come from."""

    actor_name: ClassVar[str] = "counter"

    def get(self, *, name: str, token: str | None = None) -> CounterHandle:
        """Return a handle of a counter that exists."""
        params = None if token is None else CounterParams(token=token)
        return CounterHandle(self._get((name,), params=params))

    def get_or_create(self, *, name: str, start: int = 0) -> CounterHandle:
        """Return a handle of a counter that is created when needed."""
        return CounterHandle(
            self._get_or_create((name,), input=CounterInput(start=start))
        )

    def get_or_create_at(self, *parts: str) -> CounterHandle:
        """Return a handle of a counter with a key of several parts and no input."""
        return CounterHandle(self._get_or_create(parts))

    async def create(self, *, name: str, start: int = 0) -> CounterHandle:
        """Create a counter."""
        return CounterHandle(
            await self._create((name,), input=CounterInput(start=start))
        )

    def get_for_id(self, actor_id: str) -> CounterHandle:
        """Return a handle of one particular counter."""
        return CounterHandle(self._get_for_id(actor_id))


class CounterClient(Client):
    """A client that knows counters."""

    @property
    def counter(self) -> CounterActor:
        """Handles of counters."""
        return CounterActor(self._caller)

    @classmethod
    def sync(
        cls, endpoint: str | None = None, **options: Unpack[ClientOptions]
    ) -> SyncCounterClient:
        """Return the synchronous twin."""
        return SyncCounterClient(cls(endpoint, **options))


class SyncCounterHandle(SyncHandle[CounterHandle]):
    """Calls to one counter."""

    def increment(self, amount: int = 1) -> int:
        """Add to the counter and return the new value."""
        return self._run(self._inner.increment(amount))

    def with_params(self, get_params: SyncGetParams[CounterParams]) -> Self:
        """Return the same handle; it asks for its parameters before it sends them."""
        return self._with_params(self._inner.with_params, get_params)

    def connect(self) -> SyncCounterConnection:
        """Return a connection; it opens itself at its first use."""
        return SyncCounterConnection(self._portal, self._inner.connect())


class SyncCounterEvents(SyncEvents[CounterEvents]):
    """Events of a counter."""

    @property
    def new_count(self) -> SyncEventStream[int]:
        """The new value."""
        return self._stream(self._inner.new_count)


class SyncCounterConnection(SyncConnection[CounterConnection]):
    """A connection to one counter."""

    def increment(self, amount: int = 1) -> int:
        """Add to the counter and return the new value."""
        return self._run(self._inner.increment(amount))

    @property
    def events(self) -> SyncCounterEvents:
        """What the counter tells."""
        return SyncCounterEvents(self._portal, self._inner.events)


class SyncCounterActor(SyncActorAccess[CounterActor]):
    """Where handles of counters come from."""

    def get_or_create(self, *, name: str, start: int = 0) -> SyncCounterHandle:
        """Return a handle of a counter that is created when needed."""
        inner = self._inner.get_or_create(name=name, start=start)
        return SyncCounterHandle(self._portal, inner)

    def create(self, *, name: str, start: int = 0) -> SyncCounterHandle:
        """Create a counter."""
        inner = self._run(self._inner.create(name=name, start=start))
        return SyncCounterHandle(self._portal, inner)


class SyncCounterClient(SyncClient[CounterClient]):
    """A synchronous client that knows counters."""

    @property
    def counter(self) -> SyncCounterActor:
        """Handles of counters."""
        return SyncCounterActor(self._portal, self._inner.counter)
