"""Actors as the management API shows them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rivetgen_client.wire.identifiers import actor_id_from_bytes
from rivetgen_client.wire.keys import serialize_key
from rivetgen_runtime.front.placement import DATACENTER

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.ports import ActorRecord

__all__ = ["namespace_id", "record_to_json"]


def record_to_json(
    record: ActorRecord, *, start_failure: str | None = None
) -> dict[str, Value]:
    """One actor; times are Unix milliseconds, what has no meaning here is null.

    Args:
        record: The actor.
        start_failure: Why it could not be started the last time; None when it could.
    """
    shown: dict[str, Value] = {
        "actor_id": record.actor_id,
        "name": record.name,
        "key": None if record.key is None else serialize_key(record.key),
        "namespace_id": namespace_id(record.namespace),
        "datacenter": DATACENTER,
        "runner_name_selector": record.pool,
        "crash_policy": record.crash_policy,
        "create_ts": record.created_at_ms,
        "start_ts": record.started_at_ms,
        "pending_allocation_ts": None,
        "connectable_ts": record.started_at_ms,
        "sleep_ts": record.slept_at_ms,
        "reschedule_ts": None,
        "destroy_ts": record.destroyed_at_ms,
    }
    if start_failure is not None:
        shown["error"] = {"crashed": {"message": start_failure}}
    return shown


def namespace_id(name: str) -> str:
    """The id of a namespace, the same on every host."""
    digest = hashlib.sha256(b"rivetgen namespace " + name.encode()).digest()
    return actor_id_from_bytes(digest[:16])
