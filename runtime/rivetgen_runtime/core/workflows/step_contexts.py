"""The ``c`` of steps: that of the actor, until the step has ended."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from rivetgen_runtime.core.kv_values import StoredValue
from rivetgen_runtime.core.workflows.errors import StepContextEndedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.contexts import AnyContext

__all__ = ["StepGuard", "step_context"]

_FEATURES: Final = {
    "state": "state",
    "db": "db",
    "_database": "db",
    "kv": "kv",
    "events": "events",
    "emit_event": "events",
    "queues": "queues",
    "receiver": "queues",
    "schedule": "schedule",
    "cron": "cron",
    "actors": "client",
    "transport": "client",
    "conn": "conns",
    "conns": "conns",
    "save_state": "state",
    "keep_awake": "keep_awake",
    "wait_until": "wait_until",
    "destroy": "destroy",
    "sleep": "sleep",
}
"""What only a step may use, and how its error calls it."""

_TRIGGERED_KEY: Final = b"__rivet_actor_workflow_guard_triggered"
_TRIGGERED: Final = b"true"


class StepGuard:
    """Put before a context class: refuses everything durable after the step."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        feature = _FEATURES.get(name)
        if feature is not None:
            _check(self, feature)
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: object) -> None:
        feature = _FEATURES.get(name)
        if feature is not None:
            _check(self, feature)
        super().__setattr__(name, value)

    @property
    def abort_signal(self) -> AbortSignal:
        """Set when the actor stops, or when another branch has won the race."""
        signal: AbortSignal = object.__getattribute__(self, "_step_signal")
        return signal

    @property
    def aborted(self) -> bool:
        """Whether the signal is set."""
        return self.abort_signal.aborted


@contextmanager
def step_context(
    activation: Activation, signal: AbortSignal, *, is_over: Callable[[], bool]
) -> Generator[AnyContext]:
    """Make the ``c`` of one attempt of a step.

    It is an object of the actor's own context class. After the block it refuses what is
    durable.

    Args:
        activation: The actor.
        signal: Tells the step to stop.
        is_over: Whether nobody is interested in the step any more.
    """
    definition = activation.definition
    kind = _guarded(definition.context)
    context = kind(activation, waits=definition.is_durable)
    object.__setattr__(context, "_step_signal", signal)
    object.__setattr__(context, "_step_is_over", is_over)
    try:
        yield context
    finally:
        object.__setattr__(context, "_step_is_over", _always)


_guarded_kinds: WeakKeyDictionary[type[AnyContext], type[AnyContext]] = (
    WeakKeyDictionary()
)


def _guarded(kind: type[AnyContext]) -> type[AnyContext]:
    guarded = _guarded_kinds.get(kind)
    if guarded is None:
        guarded = type(f"Step{kind.__name__}", (StepGuard, kind), {})
        _guarded_kinds[kind] = guarded
    return guarded


def _always() -> bool:
    return True


def _check(context: object, feature: str) -> None:
    is_over: Callable[[], bool] = object.__getattribute__(context, "_step_is_over")
    if not is_over():
        return
    activation: Activation = object.__getattribute__(context, "_activation")
    if not activation.turns.is_finished:
        # Official servers leave this note, which tests of workflows look for.
        stored = StoredValue(_TRIGGERED, activation.services.clock.now_ms())
        activation.turns.kv.put(_TRIGGERED_KEY, stored.to_blob())
        activation.turns.end_soon()
    raise StepContextEndedError(feature)
