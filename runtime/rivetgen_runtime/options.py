"""Limits and defaults of actors and hosts, in one place.

Times are seconds. Where the official stack documents a default, it is the same here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rivetgen_client.wire.limits import DEFAULT_LIMITS

__all__ = [
    "DEFAULT_ACTOR_OPTIONS",
    "DEFAULT_HOST_OPTIONS",
    "DEFAULT_STATE_LIMITS",
    "ActorOptions",
    "HostOptions",
    "KvLimits",
    "QueueLimits",
    "SqlLimits",
    "StartRetries",
    "StateLimits",
    "WorkflowLimits",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorOptions:
    """``options:`` of one actor in the schema."""

    action_timeout_s: float = 60.0
    """How long an action may run unless it declares its own limit."""
    sleep_timeout_s: float = 30.0
    """How long an actor stays awake with nothing to do."""
    sleep_grace_period_s: float = 15.0
    """How long a graceful stop may take, whether for sleep or destruction."""
    can_hibernate_web_socket: bool = False
    """Whether raw sockets stay open while the actor sleeps."""
    no_sleep: bool = False
    """Never sleep for idleness; ``c.sleep()`` still sleeps."""
    state_save_interval_s: float = 1.0
    """With ``durability: interval``: the longest that a change stays unsaved."""
    create_vars_timeout_s: float = 5.0
    """Limit of ``create_vars``."""
    on_migrate_timeout_s: float = 30.0
    """Limit of ``on_migrate``."""
    max_schedules: int = 1_000
    """Most schedules that an actor sets, one-shots and recurring ones together; those
    of the schema are always set."""
    on_before_connect_timeout_s: float = 5.0
    """Limit of ``on_before_connect`` and of guards."""
    create_conn_state_timeout_s: float = 5.0
    """Limit of ``create_conn_state``."""
    on_connect_timeout_s: float = 5.0
    """Limit of ``on_connect`` and of ``on_disconnect``."""
    max_queue_size: int = DEFAULT_LIMITS.queue_messages
    """Most messages of all queues of one actor, those being handled included."""
    max_queue_message_bytes: int = DEFAULT_LIMITS.queue_message_bytes
    """Longest message, its name and its times included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KvLimits:
    """Limits of ``c.kv``, with the official numbers."""

    key_bytes: int = 2_048
    """Longest key, with the one byte that the management API puts before it."""
    value_bytes: int = 128 << 10
    """Longest value."""
    batch_keys: int = 128
    """Most keys of one batch operation."""
    batch_bytes: int = 976 << 10
    """Keys and values of one ``batch_put`` in all."""
    list_entries: int = 16_384
    """Most entries of a listing that names no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlLimits:
    """Limits of ``c.db``."""

    transaction_timeout_s: float = 60.0
    """How long a transaction may take unless it names its own limit."""
    waiting_transactions: int = 128
    """Transactions of one actor that wait for their turn; more are refused."""
    result_rows: int = 100_000
    """Most rows of one result."""
    result_bytes: int = 64 << 20
    """Text and bytes of one result in all."""
    value_bytes: int = 32 << 20
    """Largest text, blob and row."""
    statement_bytes: int = 1_000_000
    """Longest single statement."""
    database_bytes: int = 10 << 30
    """How large the file of one actor may grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRetries:
    """How often a start is tried again that failed for no reason of its own."""

    count: int = 8
    """Tries after the first one."""
    backoff_minimum_s: float = 0.05
    """Wait before the second try; it doubles each time."""
    backoff_maximum_s: float = 0.6
    """Longest wait between two tries."""
    within_s: float = 5.0
    """Time after the first try in which all others begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLimits:
    """Limits of ``c.state``, which is saved as a whole."""

    advised_bytes: int = 128 << 10
    """Above, an actor says so in the log, once."""
    maximum_bytes: int = 32 << 20
    """Above, it is not saved: the change is undone and its call fails."""


DEFAULT_STATE_LIMITS: Final = StateLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """Limits of queues that hold for all actors."""

    key_bytes: int = 255
    """Longest idempotency key of a message."""
    kept_keys: int = 10_000
    """Keys that one actor remembers; the oldest are forgotten first."""
    kept_replies_bytes: int = 4 << 20
    """Bytes of all replies that one actor remembers with its keys."""
    key_window_s: float = 600.0
    """How long a key is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowLimits:
    """Limits of workflows, with the official numbers."""

    value_bytes: int = 256 << 10
    """Largest value that is recorded, such as what a step returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What holds for all actors of one host."""

    namespace: str = "default"
    """The one namespace that is served."""
    pool: str = "default"
    """The pool name that records carry when the caller names none."""
    create_state_timeout_s: float = 5.0
    """Limit of ``create_state``."""
    on_create_timeout_s: float = 5.0
    """Limit of ``on_create``."""
    on_wake_timeout_s: float = 30.0
    """Limit of ``on_wake``."""
    start_retries: StartRetries = StartRetries()
    """What follows a start that failed."""
    key_part_bytes: int = 128
    """Longest part of a key, UTF-8."""
    key_bytes: int = 1024
    """Longest serialized key, UTF-8."""
    running_actions_per_actor: int = 10_000
    """Actions that one actor runs at a time; more are refused as overloaded."""
    running_actions_per_connection: int = 1_000
    """Actions that one connection runs at a time; more are refused as overloaded."""
    subscriptions_per_connection: int = 1_000
    """Events that one connection subscribes to; more close it."""
    unread_messages_per_socket: int = 1_000
    """Messages of a raw socket that the actor has not read; then its client waits."""
    unread_bytes_per_socket: int = 1 << 20
    """Bytes or characters of these messages."""
    hibernation_probe: bool = False
    """Whether raw sockets that hibernate answer a message of official test suites.

    It is ``{"__rivetkitTestHibernatableAckStateV1": true}``; the answer says how far
    the messages of the socket have come. Actors do not see it.
    """
    connections_per_actor: int = 10_000
    """Open sockets of one actor; more are refused as overloaded."""
    state: StateLimits = DEFAULT_STATE_LIMITS
    """Limits of ``c.state``."""
    inspector: bool = True
    """Whether tools may look into actors; each actor has a token for them."""
    kv: KvLimits = KvLimits()
    """Limits of ``c.kv``."""
    sql: SqlLimits = SqlLimits()
    """Limits of ``c.db``."""
    queues: QueueLimits = QueueLimits()
    """Limits of queues."""
    workflows: WorkflowLimits = WorkflowLimits()
    """Limits of workflows."""


DEFAULT_ACTOR_OPTIONS: Final = ActorOptions()
DEFAULT_HOST_OPTIONS: Final = HostOptions()
