"""Tests of definitions: arguments, results and payloads between Python and the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple

import pydantic
import pytest

from rivetgen_client import types
from rivetgen_client.definitions import (
    REQUIRED,
    ActionDefinition,
    Argument,
    EventDefinition,
)
from rivetgen_client.errors import (
    ActorError,
    DeclaredError,
    InvalidArgumentsError,
    InvalidResultError,
)
from rivetgen_client.wire.values import UNDEFINED


class RoomFullError(DeclaredError):
    """As the generator writes it."""

    code: ClassVar[str] = "room_full"
    default_message: ClassVar[str] = "The room has no free place."

    def __init__(self, *, message: str | None = None) -> None:
        super().__init__(message=message)


class Message(types.Model):
    sender: types.Str
    text: Annotated[types.Str, pydantic.Field(max_length=5)]


class Typing(NamedTuple):
    user_id: str
    active: bool


INCREMENT = ActionDefinition[int](
    "increment",
    arguments=(Argument("amount", types.Int, default=1),),
    returns=types.Int,
    errors=(RoomFullError,),
)
HISTORY = ActionDefinition[list[Message]](
    "history",
    arguments=(
        Argument("limit", types.Int),
        Argument("before", types.Str, absent=True),
        Argument("after", types.Str | None, absent=True),
    ),
    returns=list[Message],
    read_only=True,
)
CLEAR = ActionDefinition[None]("clear", idempotent=True)
NEW_COUNT = EventDefinition[int]("newCount", arguments=(Argument("value", types.Int),))
TYPING = EventDefinition[Typing](
    "typing",
    arguments=(Argument("userId", types.Str), Argument("active", types.Bool)),
    payload=Typing,
)
PING = EventDefinition[None]("ping")


def test_arguments_are_loaded_in_order_and_extra_ones_ignored() -> None:
    assert HISTORY.load_arguments([5, "a", None, "extra"]) == (5, "a", None)


@pytest.mark.parametrize("wire_args", [[], [UNDEFINED], [None]])
def test_an_argument_that_was_left_out_has_its_default(
    wire_args: list[None],
) -> None:
    assert INCREMENT.load_arguments(wire_args) == (1,)


def test_an_absent_argument_is_missing_and_null_stays_null() -> None:
    loaded = HISTORY.load_arguments([5, UNDEFINED, None])

    assert loaded == (5, types.MISSING, None)


def test_a_default_is_not_shared_between_calls() -> None:
    action = ActionDefinition[None](
        "post", arguments=(Argument("tags", list[types.Str], default=[]),)
    )

    (first,) = action.load_arguments([])
    (second,) = action.load_arguments([])

    assert first == second == []
    assert first is not second


def test_every_wrong_argument_is_an_issue_with_its_path() -> None:
    action = ActionDefinition[None](
        "post",
        arguments=(
            Argument("amount", types.Int),
            Argument("messages", list[Message]),
            Argument("note", types.Str),
        ),
    )

    with pytest.raises(InvalidArgumentsError) as caught:
        action.load_arguments(["5", [{"sender": "a", "text": "too long"}]])

    assert [issue["path"] for issue in caught.value.issues] == [
        "amount",
        "messages.0.text",
        "note",
    ]
    assert "too long" not in str(caught.value.issues)


def test_arguments_are_checked_before_they_are_sent() -> None:
    assert INCREMENT.dump_arguments((3,)) == [3]
    with pytest.raises(InvalidArgumentsError, match="amount"):
        INCREMENT.dump_arguments(("3",))


def test_absent_arguments_at_the_end_are_not_sent() -> None:
    missing = types.MISSING

    assert HISTORY.dump_arguments((5, missing, missing)) == [5]
    assert HISTORY.dump_arguments((5, missing, "z")) == [5, UNDEFINED, "z"]


def test_missing_leaves_the_default_to_the_server() -> None:
    assert INCREMENT.dump_arguments((types.MISSING,)) == []
    with pytest.raises(InvalidArgumentsError, match="limit"):
        HISTORY.dump_arguments((types.MISSING, types.MISSING, types.MISSING))


def test_a_result_goes_to_the_wire_and_back() -> None:
    history = [Message(sender="a", text="hi")]

    wire = HISTORY.dump_result(history)

    assert wire == [{"sender": "a", "text": "hi"}]
    assert HISTORY.load_result(wire) == history


def test_an_action_without_result_answers_undefined() -> None:
    assert CLEAR.dump_result("ignored") is UNDEFINED
    assert CLEAR.load_result(UNDEFINED) is None


def test_a_wrong_result_is_an_error_on_both_sides() -> None:
    with pytest.raises(InvalidResultError, match="increment: result"):
        INCREMENT.dump_result("5")
    with pytest.raises(InvalidResultError) as caught:
        INCREMENT.load_result("5")

    assert caught.value.name == "increment"
    assert caught.value.issues[0]["path"] == "result"


def test_a_result_that_was_changed_to_another_type_is_not_sent() -> None:
    message = Message(sender="a", text="hi")
    message.text = 5  # type: ignore[assignment] # what a checker would refuse

    with pytest.raises(InvalidResultError):
        HISTORY.dump_result([message])


def test_only_declared_errors_become_typed() -> None:
    full = ActorError("user", "room_full", "No place", ray_id="r1")
    other = ActorError("user", "other", "Nope")
    foreign = ActorError("guard", "room_full", "Nope")

    typed = INCREMENT.declared(full)

    assert isinstance(typed, RoomFullError)
    assert typed.ray_id == "r1"
    assert INCREMENT.declared(other) is other
    assert INCREMENT.declared(foreign) is foreign
    assert CLEAR.declared(full) is full


@pytest.mark.parametrize(
    ("action", "repeatable"), [(INCREMENT, False), (HISTORY, True), (CLEAR, True)]
)
def test_read_only_and_idempotent_actions_may_be_repeated(
    action: ActionDefinition[object], repeatable: bool
) -> None:
    assert action.repeatable is repeatable


def test_an_event_payload_is_its_only_argument() -> None:
    assert NEW_COUNT.dump(5) == [5]
    assert NEW_COUNT.load([5, "extra"]) == 5


def test_an_event_without_arguments_has_no_payload() -> None:
    assert PING.dump(None) == []
    assert PING.load([]) is None


def test_an_event_with_several_arguments_is_a_named_tuple() -> None:
    assert TYPING.dump(Typing("u1", active=True)) == ["u1", True]
    assert TYPING.load(["u1", True]) == Typing("u1", active=True)


def test_several_arguments_need_a_payload_type() -> None:
    with pytest.raises(TypeError, match="payload"):
        EventDefinition[int]("x", arguments=TYPING.arguments)


def test_a_wrong_payload_is_an_error_on_both_sides() -> None:
    with pytest.raises(InvalidResultError, match="newCount"):
        NEW_COUNT.dump("5")  # type: ignore[arg-type] # what a checker would refuse
    with pytest.raises(InvalidResultError, match="newCount"):
        NEW_COUNT.load([])


def test_definitions_name_themselves() -> None:
    assert repr(INCREMENT) == "ActionDefinition('increment')"
    assert repr(NEW_COUNT) == "EventDefinition('newCount')"
    assert repr(REQUIRED) == "REQUIRED"
