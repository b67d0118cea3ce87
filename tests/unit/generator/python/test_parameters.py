"""Parameters of emitted functions, for callers and for actors."""

from __future__ import annotations

from emission_schema import HEAD, scope
from rivetgen.emission import Code
from rivetgen.lookup import Elements
from rivetgen.python.keywords import accesses
from rivetgen.python.scopes import Scope
from rivetgen.python.signatures import (
    actor_parameters,
    as_tuple,
    caller_parameters,
    construct,
)
from rivetgen_schema import load_text
from rivetgen_schema.ir import Default, ListType, Member, ScalarType

INT = ScalarType(name="int")
REQUIRED = Member(name="theId", type=INT)
PLAIN = Member(name="amount", type=INT, default=Default(value=1))
MUTABLE = Member(name="items", type=ListType(item=INT), default=Default(value=[]))
ABSENT = Member(name="note", type=INT, absent=True)


def test_callers_may_leave_out_what_has_a_default() -> None:
    assert caller_parameters([REQUIRED, PLAIN, MUTABLE, ABSENT], scope()) == [
        "the_id: int",
        "amount: int = 1",
        "items: list[int] | _types.Missing = _types.MISSING",
        "note: int | _types.Missing = _types.MISSING",
    ]


def test_actors_get_mutable_arguments_without_a_default() -> None:
    assert actor_parameters([REQUIRED, PLAIN, MUTABLE, ABSENT], scope()) == [
        "the_id: int",
        "amount: int",
        "items: list[int]",
        "note: int | _types.Missing = _types.MISSING",
    ]
    assert actor_parameters([PLAIN], scope()) == ["amount: int = 1"]


def test_models_leave_out_what_was_not_given() -> None:
    members = [REQUIRED, MUTABLE, ABSENT]
    assert construct(Code("Model"), members, scope()) == (
        "Model(the_id=the_id, note=note, **_types.given(items=items))"
    )


def test_tuples_of_one_item_are_tuples() -> None:
    assert as_tuple([]) == "()"
    assert as_tuple([Code("a")]) == "(a,)"
    assert as_tuple([Code("a"), Code("b")]) == "(a, b)"


ROOM = """\
actors:
  room:
    key: [org: string, actorId: string]
    input: { org: string, topic: string = "" }
    connParams: { org: string, topic: string, token: string }
    actions: { go: {} }
"""


def test_names_that_meet_get_their_part_in_front() -> None:
    schema = load_text(HEAD + ROOM).schema
    assert schema is not None
    place = Scope(elements=Elements.of(schema))
    words = accesses(schema.actors[0], place)
    assert [word.name for word in words.keywords] == [
        "org",
        "key_actor_id",
        "input_org",
        "topic",
        "params_org",
        "params_topic",
        "token",
    ]
    create = words.by_key(with_input=True)
    assert create.arguments == (
        "_KEY.dump(org, key_actor_id), "
        "input=RoomInput(org=input_org, topic=topic), "
        "params=RoomParams(org=params_org, topic=params_topic, token=token)"
    )
    by_id = words.by_id()
    assert by_id.parameters == (
        "self, actor_id: str, *, params_org: str, params_topic: str, token: str"
    )
