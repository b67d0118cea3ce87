"""Numbers of the resolved model: how often, how soon, how much."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how fast a queue message is tried again.

    Attributes:
        attempts: Deliveries before it goes to the dead letters, the first one included;
            without a queue for those it is tried again for ever.
        backoff_minimum_ms: Wait before the second delivery, in milliseconds.
        backoff_maximum_ms: Longest wait between deliveries, in milliseconds.
    """

    attempts: int = 5
    backoff_minimum_ms: int = 1_000
    backoff_maximum_ms: int = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """How soon a run handler that failed is started again.

    Attributes:
        backoff_minimum_ms: Wait after the first failure, in milliseconds.
        backoff_maximum_ms: Longest wait; a handler that ran for longer counts as new.
    """

    backoff_minimum_ms: int = 1_000
    backoff_maximum_ms: int = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Timeouts and limits of one actor; `None` takes the default of the runtime.

    Names ending in `_ms` are milliseconds, `maximum_queue_message_size` is bytes.
    """

    action_timeout_ms: int | None = None
    create_vars_timeout_ms: int | None = None
    create_conn_state_timeout_ms: int | None = None
    on_before_connect_timeout_ms: int | None = None
    on_connect_timeout_ms: int | None = None
    on_migrate_timeout_ms: int | None = None
    sleep_grace_period_ms: int | None = None
    sleep_timeout_ms: int | None = None
    state_save_interval_ms: int | None = None
    connection_liveness_timeout_ms: int | None = None
    connection_liveness_interval_ms: int | None = None
    no_sleep: bool | None = None
    can_hibernate_web_socket: bool | None = None
    max_queue_size: int | None = None
    max_queue_message_size: int | None = None
    max_schedules: int | None = None
