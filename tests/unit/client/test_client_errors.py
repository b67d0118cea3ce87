"""Tests of the error tree: classes by code, facts as attributes, typed metadata."""

from __future__ import annotations

import copy
import pickle
from typing import ClassVar, cast

import pytest

from rivetgen_client import errors, types
from rivetgen_client.wire.errors import ErrorBody
from rivetgen_client.wire.messages import ActorSpecifier

ACTOR = ActorSpecifier(actor_id="a1", generation=1, key="room")


class OverflowMetadata(types.Model):
    limit: types.Int


class Overflow(errors.DeclaredError):
    """As the generator writes it."""

    code: ClassVar[str] = "overflow"
    default_message: ClassVar[str] = "The counter would pass its limit."
    metadata_type: ClassVar[type[types.Model] | None] = OverflowMetadata

    def __init__(self, *, limit: int, message: str | None = None) -> None:
        super().__init__(metadata=OverflowMetadata(limit=limit), message=message)

    @property
    def metadata(self) -> OverflowMetadata:
        return cast("OverflowMetadata", super().metadata)


EXAMPLES = [
    errors.ConfigurationError("no host"),
    errors.ActorError("user", "x", "Nope", metadata={"a": 1}, ray_id="r1"),
    errors.InvalidArgumentsError([{"path": "amount", "message": "too large"}]),
    errors.InvalidResultError("get", [{"path": "result", "message": "no int"}]),
    errors.MalformedResponseError("no output", status=200),
    errors.ConnectionFailedError("http://localhost:1", "refused"),
    errors.ConnectionClosedError(1011, "actor.stopped"),
    errors.DeadlineExceededError(1.5),
    errors.UnknownOutcomeError("increment", "the connection was lost"),
    errors.EventOverflowError("newCount", 10),
    Overflow(limit=3),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_errors_survive_pickle_and_copy(error: errors.RivetgenError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("actor.not_found", errors.ActorNotFoundError),
        ("actor.action_not_found", errors.ActionNotFoundError),
        ("actor.action_timed_out", errors.ActionTimedOutError),
        ("actor.duplicate_key", errors.DuplicateKeyError),
        ("actor.invalid_request", errors.InvalidRequestError),
        ("actor.validation_error", errors.InvalidArgumentsError),
        ("auth.forbidden", errors.ForbiddenError),
        ("message.incoming_too_long", errors.MessageTooLongError),
        ("core.internal_error", errors.InternalError),
        ("rivetkit.internal_error", errors.InternalError),
        ("user.anything", errors.ActorError),
    ],
)
def test_group_and_code_decide_the_class(
    code: str, kind: type[errors.ActorError]
) -> None:
    group, _, name = code.partition(".")
    body = ErrorBody(group, name, "Nope", metadata={"a": 1})

    error = errors.ActorError.from_wire(body, actor=ACTOR, ray_id="r1")

    assert type(error) is kind
    assert (error.group, error.code, error.message) == (group, name, "Nope")
    assert (error.metadata, error.actor, error.ray_id) == ({"a": 1}, ACTOR, "r1")
    assert str(error) == f"{code}: Nope"
    assert error.to_wire() == body


def test_a_declared_error_has_typed_metadata_at_the_caller() -> None:
    body = ErrorBody("user", "overflow", "Too much", metadata={"limit": 10})

    error = Overflow.from_wire(body, actor=ACTOR, ray_id="r1")

    assert isinstance(error, Overflow)
    assert error.metadata.limit == 10
    assert (error.message, error.actor, error.ray_id) == ("Too much", ACTOR, "r1")


def test_a_declared_error_travels_with_its_metadata() -> None:
    assert Overflow(limit=3).to_wire() == ErrorBody(
        "user", "overflow", "The counter would pass its limit.", metadata={"limit": 3}
    )


@pytest.mark.parametrize("metadata", [None, {}, {"limit": "x"}, 5])
def test_unexpected_metadata_gives_a_plain_error_that_keeps_it(
    metadata: object,
) -> None:
    body = ErrorBody("user", "overflow", "Too much", metadata=metadata)  # type: ignore[arg-type] # whatever a server sends

    error = Overflow.from_wire(body)

    assert type(error) is errors.ActorError
    assert error.metadata == metadata


def test_invalid_arguments_name_what_is_wrong() -> None:
    issues = [
        {"path": "amount", "message": "too large"},
        {"path": "note", "message": "too long"},
    ]

    error = errors.InvalidArgumentsError(issues)

    assert error.issues == issues
    assert str(error) == "actor.validation_error: amount: too large (and 1 more)"
    assert errors.ActorError.from_wire(error.to_wire()).metadata == error.metadata


@pytest.mark.parametrize("metadata", [None, 5, {}, {"issues": 5}])
def test_a_validation_error_without_issues_has_none(metadata: object) -> None:
    body = ErrorBody("actor", "validation_error", "Nope", metadata=metadata)  # type: ignore[arg-type] # whatever a server sends

    error = errors.ActorError.from_wire(body)

    assert isinstance(error, errors.InvalidArgumentsError)
    assert error.issues == []


def test_a_duplicate_key_names_the_actor_that_has_it() -> None:
    body = ErrorBody(
        "actor", "duplicate_key", "taken", metadata={"existing_actor_id": "a1"}
    )

    error = errors.ActorError.from_wire(body)

    assert isinstance(error, errors.DuplicateKeyError)
    assert error.existing_actor_id == "a1"
    assert (
        errors.DuplicateKeyError("actor", "duplicate_key", "x").existing_actor_id
        is None
    )


def test_network_errors_are_what_python_calls_them() -> None:
    assert issubclass(errors.ConnectionFailedError, ConnectionError)
    assert issubclass(errors.ConnectionClosedError, ConnectionError)
    assert issubclass(errors.DeadlineExceededError, TimeoutError)
    assert issubclass(errors.ConfigurationError, ValueError)
