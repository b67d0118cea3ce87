"""Ending an activation in good order: for sleep, or for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.admission import (
    NORMAL_CLOSE,
    RESTARTING_CLOSE,
    forget,
    run_on_disconnect,
)
from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import Deadline
from rivetgen_runtime.core.hibernation import hibernate
from rivetgen_runtime.core.hooks import run_hook
from rivetgen_runtime.core.lifecycle import Signal
from rivetgen_runtime.core.ports import DeleteActor, PutRecord
from rivetgen_runtime.core.raw_ports import SocketClose
from rivetgen_runtime.errors import ActionAbortedError, StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection

__all__ = ["stop"]

_CANCELLATION_S: Final = 1.0
"""How long user code may take to end once it has been cancelled."""

_CLOSES: Final = {
    Signal.SLEEP: (NORMAL_CLOSE, "actor.stopped"),
    Signal.DESTROY: (NORMAL_CLOSE, ""),
}
"""How sockets are closed, as by official servers."""


class _TimeIsUpError(Exception):
    """A part of the stop took as long as it may."""


async def stop(activation: Activation, signal: Signal) -> None:
    """Wind an activation down: hooks, running work, connections, the last batch.

    What is still running after the grace period is cancelled; callers get
    ``actor.aborted``.

    Args:
        activation: It has left the running phase already.
        signal: ``SLEEP`` or ``DESTROY``.
    """
    await _wind_down(activation, signal)
    connections = _leaving(activation, signal)
    await _disconnect_all(activation, connections)
    try:
        await _save(activation, signal)
    except StorageError:
        # The failed batch has dropped the activation; clients come back by themselves.
        close = RESTARTING_CLOSE
    else:
        close = _CLOSES[signal]
        hibernate(activation)
        activation.end(Signal.STOPPED)
    for connection in connections:
        connection.close(*close)


async def _wind_down(activation: Activation, signal: Signal) -> None:
    """Until this returns calls are accepted; then what they changed can be saved.

    The run handler of an actor that falls asleep may end within the grace period. That
    of one which is destroyed is told, and cancelled when nothing else runs.
    """
    grace_s = activation.definition.options.sleep_grace_period_s
    work = _destroy_hooks if signal is Signal.DESTROY else _sleep_hooks
    if not await _within(activation, grace_s, work(activation)):
        activation.refuse_calls()
        _release_raw_sockets(activation, signal)
        activation.interrupt(ActionAbortedError())
        await _within(activation, _CANCELLATION_S, _drained(activation))


async def _within(
    activation: Activation, timeout_s: float, work: Awaitable[object]
) -> bool:
    try:
        with Deadline(activation.services.clock, timeout_s, _TimeIsUpError):
            await work
    except _TimeIsUpError:
        return False
    return True


async def _sleep_hooks(activation: Activation) -> None:
    activation.abort_signal.abort()
    await asyncio.gather(_on_sleep(activation), _drained(activation))
    await _drained(activation)
    await _end_raw_sockets(activation, Signal.SLEEP)
    activation.refuse_calls()


async def _destroy_hooks(activation: Activation) -> None:
    if activation.hooks.on_destroy:
        hook = activation.actor.on_destroy(activation.context())
        await _hook(activation, "on_destroy", hook)
    # The hooks of the connections still find them in ``c.conns``.
    await _tell_of_end(activation, list(activation.connections))
    activation.abort_signal.abort()
    await _calls_drained(activation)
    await _end_raw_sockets(activation, Signal.DESTROY)
    activation.refuse_calls()
    if activation.run_handler is not None:
        activation.run_handler.cancel()
        await activation.run_handler.ended()


async def _end_raw_sockets(activation: Activation, signal: Signal) -> None:
    """Let hooks that read a socket end, and handlers of its end run."""
    _release_raw_sockets(activation, signal)
    await activation.raw_sockets.hooks_ended()
    await _calls_drained(activation)


def _release_raw_sockets(activation: Activation, signal: Signal) -> None:
    if signal is Signal.SLEEP:
        activation.raw_sockets.suspend_all()
    activation.raw_sockets.end_all(SocketClose(*_CLOSES[signal]))


async def _on_sleep(activation: Activation) -> None:
    if activation.hooks.on_sleep:
        hook = activation.actor.on_sleep(activation.context())
        await _hook(activation, "on_sleep", hook)


async def _hook(activation: Activation, name: str, hook: Awaitable[None]) -> None:
    grace_s = activation.definition.options.sleep_grace_period_s
    try:
        with working(activation.record):
            await run_hook(activation.services.clock, name, hook, timeout_s=grace_s)
    except Exception as error:
        activation.log.error("%s failed", name, exc_info=error)
    finally:
        activation.turns.end_quietly()


async def _drained(activation: Activation) -> None:
    """Wait for calls, background work and the run handler, and what they begin."""
    run = activation.run_handler
    await _calls_drained(activation)
    while run is not None and run.is_active:
        await run.ended()
        await _calls_drained(activation)


async def _calls_drained(activation: Activation) -> None:
    sockets = activation.raw_sockets
    while activation.running or activation.background.is_busy or sockets.is_busy:
        await activation.quiet.wait()
        await activation.background.drained()
        await sockets.idle()


def _leaving(activation: Activation, signal: Signal) -> list[AnyConnection]:
    """Connections that end with this activation; the others only lose sight of it."""
    staying = activation.sockets if signal is Signal.SLEEP else {}
    return [
        connection
        for connection in activation.connections
        if connection.is_socket and connection.id not in staying
    ]


async def _disconnect_all(
    activation: Activation, connections: list[AnyConnection]
) -> None:
    for connection in connections:
        forget(activation, connection)
        activation.sockets.pop(connection.id, None)
    await _tell_of_end(activation, connections)


async def _tell_of_end(
    activation: Activation, connections: list[AnyConnection]
) -> None:
    if activation.hooks.on_disconnect:
        hooks = [run_on_disconnect(activation, conn) for conn in connections]
        await asyncio.gather(*hooks)


async def _save(activation: Activation, signal: Signal) -> None:
    turns, now_ms = activation.turns, activation.services.clock.now_ms()
    if signal is Signal.DESTROY:
        tombstone = replace(activation.record, destroyed_at_ms=now_ms, alarm_at_ms=None)
        number = turns.finish(DeleteActor(tombstone))
    else:
        activation.queues.give_back_all()
        if activation.workflow is not None:
            activation.workflow.before_sleep()
        turns.end_quietly()
        activation.record = replace(
            activation.record, slept_at_ms=now_ms, started_at_ms=None
        )
        number = turns.finish(PutRecord(activation.record))
    await turns.commits.reached(number)
