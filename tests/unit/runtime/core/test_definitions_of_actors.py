"""What the schema says about an actor, and classes that do not fit it."""

from __future__ import annotations

import abc
from dataclasses import replace
from typing import Any

import pytest

from core_actors import Counter, CounterBase, LabBase
from rivetgen_client import types
from rivetgen_client.definitions import ActionDefinition
from rivetgen_client.errors import InvalidArgumentsError
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.actor import Actor, hooks_of
from rivetgen_runtime.core.definitions import check_actor_class
from rivetgen_runtime.errors import DefinitionError


def test_a_complete_class_has_its_definition() -> None:
    assert check_actor_class(Counter) is CounterBase.definition


def test_a_class_without_a_generated_base_is_refused() -> None:
    class Homemade(Actor[Any]):
        pass

    with pytest.raises(DefinitionError, match="Homemade is not based on a generated"):
        check_actor_class(Homemade)


def test_a_class_that_lacks_methods_is_refused() -> None:
    class Abstract(CounterBase, abc.ABC):
        @abc.abstractmethod
        async def increment(self) -> None: ...

        @abc.abstractmethod
        async def get_count(self) -> None: ...

    with pytest.raises(DefinitionError, match="implement get_count, increment"):
        check_actor_class(Abstract)


def test_only_what_a_user_wrote_counts_as_a_hook() -> None:
    class Waking(CounterBase):
        async def on_wake(self, c: Any) -> None: ...

    assert not hooks_of(Counter).on_wake
    assert hooks_of(Waking).on_wake
    # The generated base writes every hook down, with an empty body.
    assert "on_connect" in CounterBase.__dict__
    assert not hooks_of(Waking).on_connect


def test_a_hook_written_below_another_definition_still_counts() -> None:
    class Waking(LabBase):
        async def on_wake(self, c: Any) -> None: ...

    class Variant(Waking):
        definition = replace(LabBase.definition, state_version=2)

    assert hooks_of(Variant).on_wake


@pytest.mark.parametrize("value", [UNDEFINED, None, {}, {"start": 0}])
def test_absent_input_is_empty(value: Any) -> None:
    assert Counter.definition.load_input(value).start == 0


def test_input_that_nobody_declared_is_ignored() -> None:
    assert LabBase.definition.load_input({"start": 1}) is None


def test_input_of_any_type_may_be_a_list() -> None:
    definition = replace(LabBase.definition, input=list[types.Int])
    assert definition.load_input([1, 2]) == [1, 2]
    with pytest.raises(InvalidArgumentsError) as caught:
        definition.load_input([1, "2"])
    assert caught.value.issues[0]["path"] == "input.1"


@pytest.mark.parametrize(
    ("action", "actor", "waits"),
    [
        (None, "reply", True),
        (None, "interval", False),
        ("interval", "reply", False),
        ("reply", "interval", True),
    ],
)
def test_an_action_may_have_another_durability_than_its_actor(
    action: str | None,
    actor: str,
    waits: bool,
) -> None:
    definition = replace(LabBase.definition, durability=actor)
    declared: ActionDefinition[None] = ActionDefinition("work", durability=action)
    assert definition.waits_for_commit(declared) is waits
