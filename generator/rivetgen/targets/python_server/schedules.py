"""Schedules: what the schema declares, and typed calls of an actor's own actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import action_method
from rivetgen.python.contracts import action_constant
from rivetgen.python.literals import literal, number_literal
from rivetgen.python.methods import SELF, Method, prop
from rivetgen.python.models import class_definition
from rivetgen.python.signatures import argument_names, as_tuple, caller_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen.targets.python_server.shapes import Shapes
    from rivetgen_schema.ir import Action, Actor, Schedule


def scheduled_calls(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield the class whose methods call an action later, if any can be."""
    actions = _callable_later(shapes.actor)
    if actions:
        inner = scope.inside(action_method(action) for action in actions)
        yield class_definition(
            code("{}ScheduledCalls", shapes.stem),
            [code("{}.ScheduledCalls", scope.module("runtime"))],
            description=f"Actions of `{shapes.actor.name}` to be called later.",
            members=[_call(action, inner) for action in actions],
        )


def schedule_properties(shapes: Shapes, scope: Scope) -> Iterator[Code]:
    """Yield what hangs on the context, with the methods of an actor's own actions."""
    if not _callable_later(shapes.actor):
        return
    calls = code("{}ScheduledCalls", shapes.stem)
    for name, kind, description in (
        ("schedule", "Schedule", "Calls of this actor's own actions at one time each."),
        ("cron", "Cron", "Calls of this actor's own actions again and again."),
    ):
        yield prop(
            identifier(name),
            code("{}.{}[{}]", scope.module("runtime"), identifier(kind), calls),
            code("super().{}.typed({})", identifier(name), calls),
            description=description,
            scope=scope,
        )


def schedule_entries(actor: Actor, scope: Scope) -> list[Code]:
    """Return the declared schedules, for the definition."""
    return [_entry(actor, schedule, scope) for schedule in actor.schedules]


def _callable_later(actor: Actor) -> list[Action]:
    return [action for action in actor.actions if not action.read_only]


def _call(action: Action, scope: Scope) -> Code:
    values = [action_constant(action), *argument_names(action.args)]
    return Method(
        name=identifier(action_method(action)),
        parameters=(SELF, *caller_parameters(action.args, scope)),
        result=scope.builtin(Code("str")),
        body=code("return await self._schedule({})", join(values, ", ")),
        description=f"Call `{action.name}` later; returns the schedule's id.",
        is_async=True,
    ).render()


def _entry(actor: Actor, schedule: Schedule, scope: Scope) -> Code:
    kind = code("{}.ScheduleDefinition", scope.module("runtime"))
    arguments = _arguments(actor, schedule, scope)
    return code("{}({})", kind, join(list(arguments), ", "))


def _arguments(actor: Actor, schedule: Schedule, scope: Scope) -> Iterator[Code]:
    action = actor.action_named(schedule.action)
    if action is None:
        message = f"{schedule.name} calls an action that {actor.name} does not have"
        raise LookupError(message)
    yield code("name={}", string_literal(schedule.name))
    yield code("action={}", action_constant(action))
    if schedule.args:
        given = zip(action.args, schedule.args, strict=False)
        values = [literal(member.type, value, scope) for member, value in given]
        yield code("args={}", as_tuple(values))
    if schedule.cron is not None:
        yield code("cron={}", string_literal(schedule.cron))
        yield code("timezone={}", string_literal(schedule.timezone))
    if schedule.every_ms is not None:
        yield code("every_ms={}", number_literal(schedule.every_ms))
    yield code("overlap={}", string_literal(schedule.overlap))
    yield code("missed={}", string_literal(schedule.missed))
    if schedule.missed_maximum is not None:
        yield code("missed_maximum={}", number_literal(schedule.missed_maximum))
