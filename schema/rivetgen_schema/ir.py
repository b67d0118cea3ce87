"""The resolved model of a schema: the only thing that targets read.

Everything is a frozen value in document order. Names are wire names; the spelling
in a target comes from `names` or from the rules in `rivetgen_schema.names`.
Positions point into the schema files, take no part in equality and are not part of
the JSON form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from rivetgen_schema.ir_policies import Options as Options  # noqa: PLC0414 - a part of it
from rivetgen_schema.ir_policies import Restart as Restart  # noqa: PLC0414 - a part of it
from rivetgen_schema.ir_policies import Retry as Retry  # noqa: PLC0414 - a part of it

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rivetgen_schema.source import Position

JsonValue: TypeAlias = (
    "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
)
"""What JSON can say."""

ScalarName = Literal[
    "string",
    "int",
    "bigint",
    "float",
    "bool",
    "decimal",
    "bytes",
    "datetime",
    "date",
    "time",
    "duration",
    "uuid",
    "uri",
    "email",
    "json",
    "none",
]
Target = Literal["python", "typescript", "swift"]
Durability = Literal["reply", "interval"]
Audience = Literal["public", "internal"]
UndeclaredQueues = Literal["reject", "drop"]
Delivery = Literal["at-least-once", "at-most-once"]
Overlap = Literal["skip", "queue", "allow"]
Missed = Literal["once", "skip", "all"]
Run = Literal["loop", "workflow"]


def _no_names() -> Mapping[Target, str]:
    return {}


# --- types ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarType:
    """A built-in type.

    Attributes:
        name: Name of the type in the schema language.
        minimum: Least value of a number, or least length of a string (code points)
            or of bytes; `None` is open.
        maximum: Greatest value or length, inclusive; `None` is open.
    """

    name: ScalarName
    minimum: int | float | None = None
    maximum: int | float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListType:
    """An ordered list; `minimum` and `maximum` bound the number of items."""

    item: Type
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetType:
    """A set of distinct items; `minimum` and `maximum` bound their number."""

    item: Type
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapType:
    """A map from strings; `minimum` and `maximum` bound the number of entries."""

    value: Type
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """An enum written in place, `enum<a | b>`: one of these strings."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedType:
    """A reference to a definition under `types:`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NullableType:
    """`T | null`; `inner` itself is never nullable."""

    inner: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceType:
    """Scalars united with `|`, all of them distinguishable on the wire."""

    options: tuple[ScalarType, ...]


Type: TypeAlias = (
    ScalarType
    | ListType
    | SetType
    | MapType
    | EnumType
    | NamedType
    | NullableType
    | ChoiceType
)


# --- members -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """A default value; the wrapper tells `= null` from no default.

    Attributes:
        value: The value in JSON form: numbers for `int`, `bigint` and `float`,
            base64 for `bytes`, an array for `set<T>`, the enum value for enums, a
            string in canonical spelling for `decimal`, `uuid`, `datetime`, `date`,
            `time` and `duration`.
    """

    value: JsonValue = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A field of an object or an argument.

    Attributes:
        name: Wire name.
        names: Spelling per target where the derived one does not fit.
        type: Type of the value when there is one.
        absent: The value may be left out (`T | absent`).
        default: Value used when none is given.
        description: Text for the documentation.
        sensitive: The value must not be logged.
        example: A value that is valid for the type.
        deprecated: Why it should not be used any more, or `None`.
    """

    name: str
    type: Type
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    absent: bool = False
    default: Default | None = None
    description: str | None = None
    sensitive: bool = False
    example: Default | None = None
    deprecated: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)

    @property
    def required(self) -> bool:
        """Whether a value must be given: no default and not absent."""
        return self.default is None and not self.absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object without a name of its own, written as a bare map of fields."""

    fields: tuple[Member, ...]
    position: Position | None = field(default=None, compare=False, repr=False)


Body: TypeAlias = Record | Type
"""What `input`, `state`, `connParams`, `connState`, `message` and `reply` hold."""


# --- definitions under `types:` and `errors:` ----------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDefinition:
    """A named object type; the loader names `inline` ones after their place."""

    name: str
    fields: tuple[Member, ...]
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    inline: bool = False
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue:
    """One value of a named enum."""

    value: str
    description: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumDefinition:
    """A named enum; an `open` one lets receivers keep values they do not know."""

    name: str
    values: tuple[EnumValue, ...]
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    open: bool = False
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant of a union: an object whose tag field holds `tag_value`.

    `fields` does not contain the tag field.
    """

    tag_value: str
    fields: tuple[Member, ...]
    description: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionDefinition:
    """A tagged union of objects; `tag` is the wire name of the tag field."""

    name: str
    tag: str
    variants: tuple[Variant, ...]
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasDefinition:
    """Another name for a type expression."""

    name: str
    type: Type
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSchemaDefinition:
    """A type described by JSON Schema.

    Attributes:
        name: Name of the type. A `jsonSchema` written in place gets a name made of
            the path to it, such as `ChatRoomStateFilter`.
        schema: The schema with allowed keywords only; every `$ref` is
            `#/$defs/<name>`.
        inline: Whether the name was made up by the loader.
    """

    name: str
    schema: Mapping[str, JsonValue] = field(hash=False)
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    inline: bool = False
    position: Position | None = field(default=None, compare=False, repr=False)


TypeDefinition: TypeAlias = (
    ObjectDefinition
    | EnumDefinition
    | UnionDefinition
    | AliasDefinition
    | JsonSchemaDefinition
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDefinition:
    """A typed error.

    Attributes:
        code: Wire code, such as `room_full`.
        message: Default message for people.
        metadata: Fields of the metadata object; `None` when there is none.
        names: Spelling of the class per target.
        description: Text for the documentation; `message` is used without one.
        deprecated: Why it should not be used any more, or `None`.
    """

    code: str
    message: str
    metadata: tuple[Member, ...] | None = None
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    deprecated: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


# --- parts of an actor ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Paginate:
    """How the pages of a result follow each other.

    Attributes:
        cursor: Name of the argument that takes the cursor of the wanted page.
        items: Field of the result that holds the list of one page.
        next: Field of the result that holds the next cursor; null or absent at the
            end.
    """

    cursor: str
    items: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A call that an actor answers.

    Attributes:
        name: Wire name, possibly dotted (`members.kick`).
        args: Positional arguments in wire order.
        returns: Type of the result; `None` when there is none.
        errors: Codes of the typed errors it may raise.
        read_only: Changes nothing, so it may be retried.
        idempotent: May be repeated with the same effect, so it may be retried.
        audience: `internal` actions are left out of public clients.
        timeout_ms: Time limit in milliseconds; `None` takes the actor's.
        durability: When the reply may leave; `None` takes the actor's.
        paginate: How to walk over the pages of the result.
    """

    name: str
    args: tuple[Member, ...] = ()
    returns: Type | None = None
    errors: tuple[str, ...] = ()
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    read_only: bool = False
    idempotent: bool = False
    audience: Audience = "public"
    timeout_ms: int | None = None
    durability: Durability | None = None
    deprecated: str | None = None
    paginate: Paginate | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A broadcast of an actor.

    Attributes:
        args: Positional arguments; a bare payload is one member called `payload`.
        single_payload: Whether the event was declared with a bare payload.
        guard: Whether the server decides who may subscribe.
    """

    name: str
    args: tuple[Member, ...]
    single_payload: bool
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    guard: bool = False
    deprecated: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A durable queue of messages to an actor.

    Attributes:
        message: Shape of a message.
        reply: Shape of the answer; `None` when senders cannot wait for one.
        guard: Whether the server decides who may publish.
        retry: Policy of `at-least-once` delivery; `None` with `at-most-once`.
        dead_letter: Queue of the same actor that takes messages which failed.
    """

    name: str
    message: Body
    reply: Body | None = None
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    guard: bool = False
    delivery: Delivery = "at-least-once"
    retry: Retry | None = None
    dead_letter: str | None = None
    deprecated: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A recurring call of an action.

    Exactly one of `cron` and `every_ms` is set.

    Attributes:
        cron: Five-field cron expression.
        every_ms: Interval in milliseconds.
        timezone: IANA time zone of `cron`.
        action: Wire name of the called action.
        args: Arguments of the call in JSON form, without the trailing fire info.
        overlap: What happens when the last run is still going.
        missed: What happens to runs missed while the actor was down.
        missed_maximum: Most runs caught up with `missed: all`.
    """

    name: str
    action: str
    cron: str | None = None
    every_ms: int | None = None
    timezone: str = "UTC"
    args: tuple[JsonValue, ...] = field(default=(), hash=False)
    overlap: Overlap = "skip"
    missed: Missed = "once"
    missed_maximum: int | None = None
    description: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One kind of actor.

    Attributes:
        name: Wire name.
        icon: Icon name or emoji for dashboards.
        display_name: Name for dashboards.
        key: Parts of the key in order; every part travels as a string.
        input: What a creator passes; `None` when nothing is passed.
        state: Durable state; `None` when there is none.
        state_version: Version of the shape of `state`, from 1.
        conn_params: What a client passes when it connects.
        conn_state: State of one connection.
        undeclared_queues: What happens to messages to queues that are not declared.
        run: Kind of the background handler, if there is one.
        run_restart: What follows when a loop fails; `None` when it stays ended until
            the actor wakes again.
        uses: Names of the actors this one calls.
        http: Whether it answers raw HTTP requests.
        websocket: Whether it accepts raw WebSockets.
        database: Whether it has an SQL database of its own.
        durability: When replies may leave, unless an action says otherwise.
    """

    name: str
    key: tuple[Member, ...] = ()
    input: Body | None = None
    state: Body | None = None
    state_version: int = 1
    conn_params: Body | None = None
    conn_state: Body | None = None
    actions: tuple[Action, ...] = ()
    events: tuple[Event, ...] = ()
    queues: tuple[Queue, ...] = ()
    undeclared_queues: UndeclaredQueues = "reject"
    schedules: tuple[Schedule, ...] = ()
    names: Mapping[Target, str] = field(default_factory=_no_names, hash=False)
    description: str | None = None
    icon: str | None = None
    display_name: str | None = None
    run: Run | None = None
    run_restart: Restart | None = None
    uses: tuple[str, ...] = ()
    http: bool = False
    websocket: bool = False
    database: bool = False
    durability: Durability = "reply"
    deprecated: str | None = None
    options: Options = field(default_factory=Options)
    position: Position | None = field(default=None, compare=False, repr=False)

    def action_named(self, name: str) -> Action | None:
        """Return the action with this wire name."""
        return _named(self.actions, name)

    def event_named(self, name: str) -> Event | None:
        """Return the event with this wire name."""
        return _named(self.events, name)

    def queue_named(self, name: str) -> Queue | None:
        """Return the queue with this wire name."""
        return _named(self.queues, name)

    def schedule_named(self, name: str) -> Schedule | None:
        """Return the schedule with this name."""
        return _named(self.schedules, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A whole schema, all imported files included.

    Attributes:
        name: Name of the product of the schema, such as `acme-actors`.
        version: Its version.
    """

    name: str
    version: str
    types: tuple[TypeDefinition, ...] = ()
    errors: tuple[ErrorDefinition, ...] = ()
    actors: tuple[Actor, ...] = ()
    description: str | None = None
    position: Position | None = field(default=None, compare=False, repr=False)

    def type_named(self, name: str) -> TypeDefinition | None:
        """Return the type definition with this name."""
        return _named(self.types, name)

    def error_named(self, code: str) -> ErrorDefinition | None:
        """Return the error definition with this code."""
        return next((error for error in self.errors if error.code == code), None)

    def actor_named(self, name: str) -> Actor | None:
        """Return the actor with this wire name."""
        return _named(self.actors, name)


def is_open_part(member: Member) -> bool:
    """Tell whether a key part stands for all parts that follow: a list of texts."""
    item = member.type.item if isinstance(member.type, ListType) else None
    return isinstance(item, ScalarType) and item.name == "string"


_Named = TypeVar(
    "_Named", bound="TypeDefinition | Actor | Action | Event | Queue | Schedule"
)


def _named(elements: Iterable[_Named], name: str) -> _Named | None:
    return next((element for element in elements if element.name == name), None)
