"""Starting an actor: for the first time, or from what is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rivetgen_client.wire import cbor
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.hibernation import Restored, hibernate, restore
from rivetgen_runtime.core.hooks import run_hook
from rivetgen_runtime.core.lifecycle import Signal
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.run import DEATHS_KEY, RunHandler
from rivetgen_runtime.core.turns import STATE_KEY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.ports import ActorRecord

__all__ = ["start"]


async def start(activation: Activation, *, is_new: bool) -> None:
    """Bring an actor into memory and make it ready.

    A new actor's record and first state become durable in one batch, after
    ``create_state`` and ``on_create``; when they fail nothing of it is stored.

    Raises:
        Exception: Whatever a hook raised, or why the state could not be loaded. The
            activation is over then.
    """
    activation.lifecycle.signal(Signal.START)
    restored = Restored()
    activation.record = _counted(activation.record)
    try:
        if is_new:
            await _create(activation)
        else:
            restored = await _load(activation)
        await _wake(activation)
    except BaseException:
        if not activation.lifecycle.is_over:
            activation.end(Signal.FAIL)
            activation.background.cancel()
        hibernate(activation)
        raise
    activation.become_ready()
    restored.resume(activation)


async def _create(activation: Activation) -> None:
    value = activation.definition.load_input(_stored_input(activation))
    activation.schedules.declare(activation.definition.recurring)
    await _migrate(activation, is_new=True)
    await _make_state(activation, value)
    if activation.hooks.on_create:
        hook = activation.actor.on_create(activation.context(), value)
        timeout_s = activation.services.options.on_create_timeout_s
        await _hook(activation, "on_create", hook, timeout_s=timeout_s)
    activation.turns.open()
    if activation.workflow is not None:
        activation.workflow.prepare()
    activation.put_record(started_at_ms=activation.services.clock.now_ms())
    await activation.turns.save()


async def _load(activation: Activation) -> Restored:
    areas = {Area.STATE, Area.CONNECTION, Area.SCHEDULE, Area.QUEUE}
    record, run = activation.record, activation.run_handler
    if isinstance(run, RunHandler):
        areas.add(Area.META)
    if activation.workflow is not None:
        areas.add(Area.JOURNAL)
    values = await activation.services.store.values(record.actor_id, frozenset(areas))
    is_after_crash = record.slept_at_ms is None
    activation.schedules.load(
        {key: blob for (area, key), blob in values.items() if area is Area.SCHEDULE},
        is_after_crash=is_after_crash,
    )
    activation.schedules.declare(activation.definition.recurring)
    activation.queues.load(values, held=_load_workflow(activation, values))
    stored = values.get((Area.STATE, STATE_KEY))
    if stored is not None and activation.definition.state is not None:
        activation.state.load(stored, activation.actor)
    elif activation.definition.state is not None:
        # The schema had no state when the actor was created.
        value = activation.definition.load_input(_stored_input(activation))
        await _make_state(activation, value)
    activation.turns.open()
    now_ms = activation.services.clock.now_ms()
    activation.put_record(started_at_ms=now_ms, slept_at_ms=None)
    if isinstance(run, RunHandler):
        run.load(values.get((Area.META, DEATHS_KEY)), is_after_crash=is_after_crash)
    activation.turns.begin_loaded()
    await _migrate(activation, is_new=False)
    return restore(activation, values)


def _load_workflow(
    activation: Activation, values: Mapping[tuple[Area, bytes], bytes]
) -> frozenset[int]:
    """Load the workflow, if there is one; returns ids of the messages that it holds."""
    if activation.workflow is None:
        return frozenset()
    rows = {key: row for (area, key), row in values.items() if area is Area.JOURNAL}
    held = activation.workflow.load(rows)
    activation.workflow.prepare()
    return held


def _counted(record: ActorRecord) -> ActorRecord:
    return replace(record, generation=record.generation + 1)


async def _migrate(activation: Activation, *, is_new: bool) -> None:
    if activation.hooks.on_migrate:
        context = activation.definition.create_context(activation)
        hook = activation.actor.on_migrate(context, is_new)
        timeout_s = activation.definition.options.on_migrate_timeout_s
        await _hook(activation, "on_migrate", hook, timeout_s=timeout_s)


async def _wake(activation: Activation) -> None:
    actor, hooks = activation.actor, activation.hooks
    if hooks.create_vars:
        hook = actor.create_vars(activation.context())
        timeout_s = activation.definition.options.create_vars_timeout_s
        await _hook(activation, "create_vars", hook, timeout_s=timeout_s)
    if hooks.on_wake:
        hook = actor.on_wake(activation.context())
        timeout_s = activation.services.options.on_wake_timeout_s
        await _hook(activation, "on_wake", hook, timeout_s=timeout_s)
    activation.turns.end()


async def _make_state(activation: Activation, value: object) -> None:
    definition = activation.definition
    if definition.state is None:
        return
    context = definition.create_context(activation)
    hook = activation.actor.create_state(context, value)
    timeout_s = activation.services.options.create_state_timeout_s
    activation.state.value = await _hook(
        activation, "create_state", hook, timeout_s=timeout_s
    )
    activation.turns.begin_state()


async def _hook(
    activation: Activation, name: str, hook: Awaitable[object], *, timeout_s: float
) -> object:
    return await run_hook(activation.services.clock, name, hook, timeout_s=timeout_s)


def _stored_input(activation: Activation) -> Value:
    stored = activation.record.input
    return UNDEFINED if stored is None else cbor.decode(stored)
