"""What the schema says about one actor, as data in generated code."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError

from rivetgen_client.errors import InvalidArgumentsError
from rivetgen_client.types import dump, load
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import DefinitionError
from rivetgen_runtime.options import DEFAULT_ACTOR_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_client.definitions import ActionDefinition, EventDefinition
    from rivetgen_client.key_definitions import KeyDefinition
    from rivetgen_client.queue_definitions import QueueDefinition
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.contexts import AnyContext, CreateContext
    from rivetgen_runtime.core.schedule_definitions import ScheduleDefinition
    from rivetgen_runtime.core.schedule_rows import Recurring
    from rivetgen_runtime.core.state_migrations import StateMigration
    from rivetgen_runtime.core.workflows.handles import AnyWorkflow
    from rivetgen_runtime.options import ActorOptions

__all__ = [
    "ActionBinding",
    "ActorDefinition",
    "Durability",
    "QueueBinding",
    "RetryPolicy",
    "RunPolicy",
    "WorkflowDefinition",
    "check_actor_class",
    "invalid_arguments",
]

T = TypeVar("T")

_MOST_DOUBLINGS: Final = 62
"""More would pass every wait that can be declared."""

Durability: TypeAlias = Literal["reply", "interval"]
"""``reply``: an answer waits until the change is durable; ``interval``: it does not."""


@dataclass(frozen=True, slots=True)
class ActionBinding:
    """An action and the method that implements it."""

    action: ActionDefinition[Any]
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPolicy:
    """What follows when the run handler of an actor fails.

    Attributes:
        restarts: Whether it is started again; else it runs at the next start of the
            actor.
        backoff_minimum_s: Wait after the first failure; each further one doubles it.
        backoff_maximum_s: Longest wait. A handler that ran for longer counts as new.
    """

    restarts: bool = False
    backoff_minimum_s: float = 1.0
    backoff_maximum_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDefinition:
    """What is generated for an actor whose run handler is a workflow.

    Attributes:
        workflow: Class of the ``w`` of its ``run``.
    """

    workflow: type[AnyWorkflow]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how fast a message is delivered again.

    Attributes:
        attempts: Deliveries before it goes to the dead letters; without a queue for
            those it is tried again for ever.
        backoff_minimum_s: Wait after the first delivery that failed.
        backoff_maximum_s: The longest wait; each is twice as long as the one before.
    """

    attempts: int = 5
    backoff_minimum_s: float = 1.0
    backoff_maximum_s: float = 60.0

    def backoff_s(self, failures: int) -> float:
        """How long to wait after this many failures; no time after none."""
        if not failures:
            return 0.0
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        return min(self.backoff_minimum_s * 2.0**doublings, self.backoff_maximum_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueBinding:
    """A queue and how its messages are delivered.

    Attributes:
        queue: Name and types.
        guard: The method that decides who may send; None when everyone may.
        retry: Of ``at-least-once`` delivery; None for ``at-most-once``.
        dead_letter: Queue that takes messages whose deliveries all failed.
    """

    queue: QueueDefinition[Any, Any]
    guard: str | None = None
    retry: RetryPolicy | None = RetryPolicy()
    dead_letter: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ActorDefinition:
    """One actor of the schema.

    Attributes:
        name: As on the wire.
        key: The parts of the key; None for actors without a key.
        input: Type of the creation's input; None when it takes none.
        state: Model of the state; None for actors without state.
        state_version: Stored beside each state.
        state_migrations: One step for each earlier version of the state.
        conn_params: Type of connection parameters; None when they are ignored.
        conn_state: Type of connection state; None when there is none.
        actions: By wire name.
        events: By wire name.
        subscription_guards: Names of the methods that decide who may subscribe, by the
            wire name of their event.
        schedules: Recurring calls of its actions.
        queues: By wire name.
        drops_undeclared: Whether a message to a queue that is not declared is taken
            and dropped, as by official servers, instead of refused.
        context: Class of the ``c`` of actions and hooks.
        create_context: Class of the ``c`` of ``create_state``.
        connection: Class of ``c.conn``.
        options: Time limits of this actor.
        durability: Of every action that does not declare its own.
        has_database: Whether the actor has an SQL database.
        run: Of actors with a run handler; None for all others.
        workflow: Of actors whose run handler is a workflow, which have no ``run``.
    """

    name: str
    key: KeyDefinition[Any] | None = None
    input: Any = None
    state: Any = None
    state_version: int = 1
    state_migrations: tuple[StateMigration, ...] = ()
    conn_params: Any = None
    conn_state: Any = None
    actions: Mapping[str, ActionBinding] = field(
        default_factory=dict[str, ActionBinding]
    )
    events: Mapping[str, EventDefinition[Any]] = field(
        default_factory=dict[str, "EventDefinition[Any]"]
    )
    subscription_guards: Mapping[str, str] = field(default_factory=dict[str, str])
    schedules: tuple[ScheduleDefinition, ...] = ()
    queues: Mapping[str, QueueBinding] = field(default_factory=dict[str, QueueBinding])
    drops_undeclared: bool = False
    context: type[AnyContext]
    create_context: type[CreateContext[Any]]
    connection: type[AnyConnection]
    options: ActorOptions = DEFAULT_ACTOR_OPTIONS
    durability: str = "reply"
    has_database: bool = False
    run: RunPolicy | None = None
    workflow: WorkflowDefinition | None = None

    def load_key(self, parts: tuple[str, ...]) -> Any:
        """Name the parts of a key.

        Raises:
            InvalidArgumentsError: Another number of parts than the schema declares.
        """
        if self.key is None:
            return parts
        return self.key(*parts)

    def load_input(self, value: Value) -> Any:
        """Read the creation's input; absent input is an empty one.

        Raises:
            InvalidArgumentsError: It does not fit the schema.
        """
        if self.input is None:
            return None
        return _load(self._input_adapter, value, "input")

    def load_params(self, value: Value) -> Any:
        """Read connection parameters; absent ones are empty.

        Raises:
            InvalidArgumentsError: They do not fit the schema.
        """
        if self.conn_params is None:
            return None
        return _load(self.params_adapter, value, "params")

    def waits_for_commit(self, action: ActionDefinition[Any]) -> bool:
        """Whether the answer of an action waits until its change is durable."""
        return (action.durability or self.durability) == "reply"

    @property
    def recurring(self) -> list[Recurring]:
        """The declared schedules, as an actor keeps them."""
        return [schedule.row for schedule in self.schedules]

    @property
    def is_durable(self) -> bool:
        """Whether changes outside of actions are saved at once."""
        return self.durability == "reply"

    @cached_property
    def state_adapter(self) -> TypeAdapter[Any]:
        """Validator and serializer of the state."""
        return TypeAdapter(self.state)

    def dump_state(self, value: object) -> Value:
        """Write a state as a wire value.

        Raises:
            ValueError: It is none: pydantic writes another model than the declared one
                with the fields that both have, that is, with nothing.
        """
        model = self.state
        is_model = isinstance(model, type) and issubclass(model, BaseModel)
        if is_model and not isinstance(value, model):
            message = f"{type(value).__name__} is no {model.__name__}"
            raise ValueError(message)
        return dump(value, self.state_adapter)

    @cached_property
    def state_fields(self) -> Mapping[str, str]:
        """Wire name to attribute of the fields of a state that can be checked alone.

        Empty when only the whole can be checked: for a state that is no record, or one
        whose fields depend on each other.
        """
        model = self.state
        if not isinstance(model, type) or not issubclass(model, BaseModel):
            return {}
        decorators = model.__pydantic_decorators__
        if issubclass(model, RootModel) or decorators.model_validators:
            return {}
        infos = model.model_fields.items()
        return {info.serialization_alias or name: name for name, info in infos}

    @cached_property
    def scratch_state(self) -> BaseModel:
        """What fields of ``state_fields`` are set on to be checked one by one.

        Making one calls the factories of all defaults; it is always the same.
        """
        model: type[BaseModel] = self.state
        return model.model_construct()

    @cached_property
    def params_adapter(self) -> TypeAdapter[Any]:
        """Validator and serializer of connection parameters."""
        return TypeAdapter(self.conn_params)

    @cached_property
    def conn_state_adapter(self) -> TypeAdapter[Any]:
        """Validator and serializer of connection state."""
        return TypeAdapter(self.conn_state)

    @cached_property
    def _input_adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.input)


def _load(adapter: TypeAdapter[T], value: Value, root: str) -> T:
    absent = value is UNDEFINED or value is None
    try:
        return load(adapter, {} if absent else value)
    except ValidationError as error:
        if absent:
            # A type that is no object, such as ``json``: null is its absent value.
            return _load_null(adapter, error, root)
        raise invalid_arguments(error, root) from error


def _load_null(adapter: TypeAdapter[T], error: ValidationError, root: str) -> T:
    try:
        return load(adapter, None)
    except ValidationError:
        raise invalid_arguments(error, root) from error


def invalid_arguments(error: ValidationError, root: str) -> InvalidArgumentsError:
    """What a caller is told about a value that does not fit.

    Args:
        error: What pydantic found.
        root: Name of the value, with which every path begins.
    """
    return InvalidArgumentsError(
        [
            {
                "path": ".".join(str(part) for part in (root, *found["loc"])),
                "message": found["msg"],
            }
            for found in error.errors(include_url=False, include_input=False)
        ]
    )


def check_actor_class(actor_class: type[AnyActor]) -> ActorDefinition:
    """Return the definition of a class that can be started.

    Raises:
        DefinitionError: It is not generated from a schema, or lacks methods.
    """
    definition: object = getattr(actor_class, "definition", None)
    if not isinstance(definition, ActorDefinition):
        message = f"{actor_class.__qualname__} is not based on a generated class"
        raise DefinitionError(message)
    missing = sorted(getattr(actor_class, "__abstractmethods__", ()))
    if missing:
        names = ", ".join(missing)
        message = f"{actor_class.__qualname__} does not implement {names}"
        raise DefinitionError(message)
    return definition
