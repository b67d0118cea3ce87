"""Actors for tests of the core, in the shape of generated code."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import pydantic as _pydantic

import rivetgen_runtime as _runtime
from rivetgen_client import definitions as _definitions
from rivetgen_client import errors as _errors
from rivetgen_client import types as _types
from rivetgen_client.key_definitions import KeyDefinition

LIMIT = 1000


class OverflowMetadata(_types.Model):
    """Facts of ``overflow``."""

    limit: _types.Int


class Overflow(_errors.DeclaredError):
    """The counter would pass its limit."""

    code: ClassVar[str] = "overflow"  # pyright: ignore[reportIncompatibleMethodOverride]
    default_message: ClassVar[str] = "The counter would pass its limit."
    metadata_type: ClassVar[type[_types.Model] | None] = OverflowMetadata

    def __init__(self, *, limit: int, message: str | None = None) -> None:
        super().__init__(metadata=OverflowMetadata(limit=limit), message=message)


# counter: key, input, state, an event, a typed error


class CounterKey(NamedTuple):
    """Key of ``counter``."""

    name: str


COUNTER_KEY = KeyDefinition(CounterKey, (_definitions.Argument("name", _types.Str),))


class CounterInput(_types.Model):
    """Input of ``counter``."""

    start: _types.Int = 0


class CounterState(_types.Model):
    """State of ``counter``."""

    count: _types.Int = 0


INCREMENT: _definitions.ActionDefinition[int] = _definitions.ActionDefinition(
    "increment",
    arguments=(_definitions.Argument("amount", _types.Int, default=1),),
    returns=_types.Int,
    errors=(Overflow,),
)
GET_COUNT: _definitions.ActionDefinition[int] = _definitions.ActionDefinition(
    "getCount", returns=_types.Int, read_only=True
)
NEW_COUNT: _definitions.EventDefinition[int] = _definitions.EventDefinition(
    "newCount", arguments=(_definitions.Argument("payload", _types.Int),)
)


class CounterEvents(_runtime.Events):
    """Events of ``counter``."""

    def new_count(self, payload: int) -> None:
        """Send ``newCount``."""
        self._emit(NEW_COUNT, payload)


class CounterConnection(_runtime.Connection[None, None]):
    """A connection to ``counter``."""

    @property
    def events(self) -> CounterEvents:
        """Events to this connection only."""
        return CounterEvents(self)


class CounterContext(_runtime.Context[CounterKey, CounterState, CounterConnection]):
    """What a method of ``counter`` works with."""

    @property
    def events(self) -> CounterEvents:
        """Events to all connections."""
        return CounterEvents(self)


class CounterCreateContext(_runtime.CreateContext[CounterKey]):
    """What ``counter`` works with before it has a state."""


class CounterBase(_runtime.Actor[CounterContext]):
    """A counter that many clients watch."""

    definition: ClassVar[_runtime.ActorDefinition] = _runtime.ActorDefinition(
        name="counter",
        key=COUNTER_KEY,
        input=CounterInput,
        state=CounterState,
        actions={
            "increment": _runtime.ActionBinding(INCREMENT, method="increment"),
            "getCount": _runtime.ActionBinding(GET_COUNT, method="get_count"),
        },
        events={"newCount": NEW_COUNT},
        context=CounterContext,
        create_context=CounterCreateContext,
        connection=CounterConnection,
    )

    async def create_state(
        self,
        c: CounterCreateContext,  # noqa: ARG002 - the signature of generated code
        input: CounterInput,  # noqa: A002, ARG002
    ) -> CounterState:
        """Return the first state of a new actor."""
        return CounterState()

    async def on_connect(self, c: CounterContext, conn: CounterConnection) -> None:
        """Run when a client is connected."""


class Counter(CounterBase):
    """As a user implements it."""

    async def create_state(
        self,
        c: CounterCreateContext,  # noqa: ARG002
        input: CounterInput,  # noqa: A002
    ) -> CounterState:
        """Start where the creator says."""
        return CounterState(count=input.start)

    async def increment(self, c: CounterContext, amount: int = 1) -> int:
        """Add to the counter and tell everyone."""
        if c.state.count + amount > LIMIT:
            raise Overflow(limit=LIMIT)
        c.state.count += amount
        c.events.new_count(c.state.count)
        return c.state.count

    async def get_count(self, c: CounterContext) -> int:
        """Return the current value."""
        return c.state.count


# lab: actions whose behaviour each test writes into a subclass


class LabKey(NamedTuple):
    """Key of ``lab``."""

    name: str


LAB_KEY = KeyDefinition(LabKey, (_definitions.Argument("name", _types.Str),))


class LabState(_types.Model):
    """State of ``lab``."""

    value: _types.Int = 0
    notes: list[_types.Str] = _pydantic.Field(default_factory=list[str])


ANYTHING = _definitions.Argument("argument", _types.Json, default=None)
WORK: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
    "work", arguments=(ANYTHING,), returns=_types.Json
)
OTHER: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
    "other", arguments=(ANYTHING,), returns=_types.Json, timeout_s=2.0
)
LOOK: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
    "look", arguments=(ANYTHING,), returns=_types.Json, read_only=True
)
LATER: _definitions.ActionDefinition[Any] = _definitions.ActionDefinition(
    "later", arguments=(ANYTHING,), returns=_types.Json, durability="interval"
)
HAPPENED: _definitions.EventDefinition[Any] = _definitions.EventDefinition(
    "happened", arguments=(_definitions.Argument("payload", _types.Json),)
)


class LabEvents(_runtime.Events):
    """Events of ``lab``."""

    def happened(self, payload: Any) -> None:
        """Send ``happened``."""
        self._emit(HAPPENED, payload)


class LabConnection(_runtime.Connection[Any, Any]):
    """A connection to ``lab``."""

    @property
    def events(self) -> LabEvents:
        """Events to this connection only."""
        return LabEvents(self)


class LabContext(_runtime.Context[LabKey, LabState, LabConnection]):
    """What a method of ``lab`` works with."""

    @property
    def events(self) -> LabEvents:
        """Events to all connections."""
        return LabEvents(self)


class LabCreateContext(_runtime.CreateContext[LabKey]):
    """What ``lab`` works with before it has a state."""


class LabBase(_runtime.Actor[LabContext]):
    """An actor whose actions do nothing until a test says what."""

    definition: ClassVar[_runtime.ActorDefinition] = _runtime.ActorDefinition(
        name="lab",
        key=LAB_KEY,
        state=LabState,
        actions={
            action.name: _runtime.ActionBinding(action, method=action.name)
            for action in (WORK, OTHER, LOOK, LATER)
        },
        events={"happened": HAPPENED},
        context=LabContext,
        create_context=LabCreateContext,
        connection=LabConnection,
    )

    async def create_state(
        self,
        c: LabCreateContext,  # noqa: ARG002
        input: None,  # noqa: A002, ARG002
    ) -> LabState:
        """Return the first state of a new actor."""
        return LabState()

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Change something durable."""

    async def other(self, c: LabContext, argument: Any) -> Any:
        """Change something else, with a limit of two seconds."""

    async def look(self, c: LabContext, argument: Any) -> Any:
        """Change nothing."""

    async def later(self, c: LabContext, argument: Any) -> Any:
        """Change something that may be lost."""


class LabParams(_types.Model):
    """Connection parameters of some tests."""

    badge: _types.Str


class LabConnectionState(_types.Model):
    """Connection state of some tests."""

    user: _types.Str
