"""What a schema says about actions and events, as data in generated code.

Client and server hold the same definitions: the client dumps arguments and loads
results, the server does the reverse. Validators are built on first use and kept.
"""

from __future__ import annotations

import contextlib
import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from .errors import ActorError, InvalidArgumentsError, InvalidResultError
from .types import MISSING, Missing, dump, load
from .wire.errors import UnsupportedValueError
from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from .errors import DeclaredError
    from .wire.values import Value

ResultT = TypeVar("ResultT")
PayloadT = TypeVar("PayloadT")

Issues = list[dict[str, str]]


class Required:
    """The type of ``REQUIRED``."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()
"""Default of an argument that has none."""


class Argument:
    """One positional argument of an action or event.

    Args:
        name: As in the schema; for messages, never on the wire.
        type: Annotation from ``rivetgen_client.types`` or a model.
        default: Used when the caller leaves the argument out.
        absent: The value may be ``MISSING``.
    """

    def __init__(
        self,
        name: str,
        type: Any,  # noqa: A002 - the word of the schema language
        *,
        default: object = REQUIRED,
        absent: bool = False,
    ) -> None:
        self.name = name
        self.type = type
        self.default = MISSING if absent and default is REQUIRED else default
        self.absent = absent

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Validator and serializer of the type."""
        kind = self.type | Missing if self.absent else self.type
        return TypeAdapter[Any](kind)

    @property
    def is_optional(self) -> bool:
        """Whether callers may leave it out."""
        return self.default is not REQUIRED

    @cached_property
    def _takes_null(self) -> bool:
        try:
            self.adapter.validate_python(None)
        except ValidationError:
            return False
        return True

    def load(self, value: Value) -> object:
        """Read one argument; ``UNDEFINED`` means that it was left out.

        Raises:
            pydantic.ValidationError: The value does not fit.
            MissingArgumentError: It was left out and has no default.
        """
        if value is UNDEFINED or (value is None and self._null_means_left_out()):
            if self.default is REQUIRED:
                raise MissingArgumentError
            return copy.deepcopy(self.default)
        return load(self.adapter, value)

    def _null_means_left_out(self) -> bool:
        # JavaScript's JSON has no undefined: f(undefined, 1) arrives as [null, 1].
        return self.is_optional and not self._takes_null

    def dump(self, value: object) -> Value:
        """Check and write one argument; ``MISSING`` leaves out an optional one.

        Raises:
            pydantic.ValidationError: The value does not fit.
        """
        if value is MISSING and self.is_optional:
            return UNDEFINED
        return dump(self.adapter.validate_python(value), self.adapter)


class MissingArgumentError(ValueError):
    """A required argument was left out."""


def load_arguments(
    arguments: Sequence[Argument], wire_args: Sequence[Value]
) -> tuple[object, ...]:
    """Read positional arguments; more than declared are ignored, as upstream does.

    Raises:
        InvalidArgumentsError: With one issue per finding.
    """
    issues: Issues = []
    loaded: list[object] = []
    for position, argument in enumerate(arguments):
        value = wire_args[position] if position < len(wire_args) else UNDEFINED
        try:
            loaded.append(argument.load(value))
        except MissingArgumentError:
            issues.append({"path": argument.name, "message": "Argument is required"})
        except ValidationError as error:
            issues.extend(issues_of(error, argument.name))
    if issues:
        raise InvalidArgumentsError(issues)
    return tuple(loaded)


def dump_arguments(
    arguments: Sequence[Argument], values: Sequence[object]
) -> list[Value]:
    """Check and write positional arguments; absent ones at the end are left out.

    Raises:
        InvalidArgumentsError: With one issue per finding.
    """
    issues: Issues = []
    dumped: list[Value] = []
    for argument, value in zip(arguments, values, strict=True):
        try:
            dumped.append(argument.dump(value))
        except (ValidationError, PydanticSerializationError) as error:
            issues.extend(issues_of(error, argument.name))
    if issues:
        raise InvalidArgumentsError(issues)
    while dumped and dumped[-1] is UNDEFINED:
        dumped.pop()
    return dumped


def issues_of(
    error: ValidationError | PydanticSerializationError, root: str
) -> Iterator[dict[str, str]]:
    """Yield what pydantic found, each with its path below ``root``."""
    if isinstance(error, PydanticSerializationError):
        yield {"path": root, "message": str(error)}
        return
    for found in error.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in (root, *found["loc"]))
        yield {"path": path, "message": found["msg"]}


class ActionDefinition(Generic[ResultT]):
    """One action; the type parameter is what a call returns.

    Args:
        name: As on the wire.
        arguments: In the order of the wire.
        returns: Annotation of the result; None for an action without one.
        errors: Declared errors that it may raise.
        read_only: It changes nothing and may be repeated.
        idempotent: Repeating it changes nothing more.
        timeout_s: How long the server lets it run; None for the actor's limit.
        durability: ``reply`` or ``interval``; None for the actor's.
    """

    def __init__(
        self,
        name: str,
        *,
        arguments: tuple[Argument, ...] = (),
        returns: Any = None,
        errors: tuple[type[DeclaredError], ...] = (),
        read_only: bool = False,
        idempotent: bool = False,
        timeout_s: float | None = None,
        durability: str | None = None,
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.returns = returns
        self.errors = errors
        self.read_only = read_only
        self.idempotent = idempotent
        self.timeout_s = timeout_s
        self.durability = durability

    def __repr__(self) -> str:
        return f"ActionDefinition({self.name!r})"

    @property
    def repeatable(self) -> bool:
        """Whether a call may be repeated when its outcome is unknown."""
        return self.read_only or self.idempotent

    @cached_property
    def _result(self) -> TypeAdapter[Any]:
        return TypeAdapter[Any](self.returns)

    def load_arguments(self, wire_args: Sequence[Value]) -> tuple[object, ...]:
        """Read the arguments of a call.

        Raises:
            InvalidArgumentsError: With one issue per finding.
        """
        return load_arguments(self.arguments, wire_args)

    def dump_arguments(self, args: tuple[object, ...]) -> list[Value]:
        """Check and write the arguments of a call.

        Raises:
            InvalidArgumentsError: With one issue per finding.
        """
        return dump_arguments(self.arguments, args)

    def dump_result(self, value: object) -> Value:
        """Check and write the result; ``UNDEFINED`` for an action without one.

        Raises:
            InvalidResultError: The value is not what the schema declares.
        """
        if self.returns is None:
            return UNDEFINED
        try:
            return dump(self._result.validate_python(value), self._result)
        except (ValidationError, PydanticSerializationError) as error:
            issues = list(issues_of(error, "result"))
            raise InvalidResultError(self.name, issues) from error

    def load_result(self, value: Value) -> ResultT:
        """Read the result.

        Raises:
            InvalidResultError: The value is not what the schema declares.
        """
        if self.returns is None:
            return cast("ResultT", None)
        try:
            return cast("ResultT", load(self._result, value))
        except ValidationError as error:
            issues = list(issues_of(error, "result"))
            raise InvalidResultError(self.name, issues) from error

    @contextlib.contextmanager
    def translating_errors(self) -> Generator[None]:
        """Raise what a transport raises in the words of the schema."""
        try:
            yield
        except ActorError as error:
            raise self.declared(error) from None
        except UnsupportedValueError as error:
            issue = {"path": self.name, "message": error.reason}
            raise InvalidArgumentsError([issue]) from error

    def declared(self, error: ActorError) -> ActorError:
        """Return the typed form of an error that this action declares, else itself."""
        if error.group == "user":
            for kind in self.errors:
                if kind.code == error.code:
                    return kind.from_wire(
                        error.to_wire(), actor=error.actor, ray_id=error.ray_id
                    )
        return error


class EventDefinition(Generic[PayloadT]):
    """One event; the type parameter is what a listener receives.

    One argument is its own payload, no argument is None, several are a named tuple.

    Args:
        name: As on the wire.
        arguments: In the order of the wire.
        payload: The named tuple of an event with several arguments.
    """

    def __init__(
        self,
        name: str,
        *,
        arguments: tuple[Argument, ...] = (),
        payload: Callable[..., PayloadT] | None = None,
    ) -> None:
        if len(arguments) > 1 and payload is None:
            message = f"event {name} has several arguments and needs a payload type"
            raise TypeError(message)
        self.name = name
        self.arguments = arguments
        self.payload = payload

    def __repr__(self) -> str:
        return f"EventDefinition({self.name!r})"

    def dump(self, payload: PayloadT) -> list[Value]:
        """Check and write the arguments of one event.

        Raises:
            InvalidResultError: The payload is not what the schema declares.
        """
        try:
            return dump_arguments(self.arguments, self._values(payload))
        except InvalidArgumentsError as error:
            raise InvalidResultError(self.name, error.issues) from error

    def _values(self, payload: PayloadT) -> Sequence[object]:
        if self.payload is not None:
            return cast("tuple[object, ...]", payload)
        return (payload,) if self.arguments else ()

    def load(self, args: Sequence[Value]) -> PayloadT:
        """Read the arguments of one event.

        Raises:
            InvalidResultError: They are not what the schema declares.
        """
        try:
            values = load_arguments(self.arguments, args)
        except InvalidArgumentsError as error:
            raise InvalidResultError(self.name, error.issues) from error
        if self.payload is not None:
            return self.payload(*values)
        return cast("PayloadT", values[0] if values else None)
