"""`rivetgen.lock`: the schema of the last release, and the state of every version.

The lock is JSON with a stable layout, made to be committed and reviewed. It holds the
normalised IR, so argument order and types of the release are known without its files,
and for each actor the shape of `state` for every `stateVersion` ever released, which
migrations start from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from rivetgen_schema.errors import SchemaError
from rivetgen_schema.ir_decode import (
    DecodeError,
    body_from_json,
    definition_from_json,
    from_json,
)
from rivetgen_schema.ir_json import element_to_json, schema_digest, to_json
from rivetgen_schema.walk import body_types, definition_types, named_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rivetgen_schema import ir

LOCK_VERSION: Final = 1


class LockError(SchemaError):
    """A lock file cannot be used.

    Attributes:
        problem: What is wrong with it.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"The lock file cannot be used: {problem}.")
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSnapshot:
    """The shape of a state as it was released.

    Attributes:
        body: The state.
        types: The definitions that the state needs, as they were then.
    """

    body: ir.Body
    types: tuple[ir.TypeDefinition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What a lock file holds.

    Attributes:
        schema: The schema of the last release.
        states: Actor name to state version to the shape of its state.
    """

    schema: ir.Schema
    states: Mapping[str, Mapping[int, StateSnapshot]] = field(
        default_factory=dict[str, dict[int, StateSnapshot]]
    )

    @property
    def digest(self) -> str:
        """The digest of the schema."""
        return schema_digest(self.schema)


def make_lock(schema: ir.Schema, *, previous: Lock | None = None) -> Lock:
    """Return the lock of a release; states of earlier versions are kept."""
    states: dict[str, dict[int, StateSnapshot]] = {}
    for actor in schema.actors:
        kept = _earlier_states(previous, actor)
        if actor.state is not None:
            kept[actor.state_version] = _snapshot(schema, actor.state)
        if kept:
            states[actor.name] = dict(sorted(kept.items()))
    return Lock(schema=schema, states=states)


def _earlier_states(previous: Lock | None, actor: ir.Actor) -> dict[int, StateSnapshot]:
    if previous is None or actor.name not in previous.states:
        return {}
    states = previous.states[actor.name]
    return {number: states[number] for number in states if number < actor.state_version}


def _snapshot(schema: ir.Schema, body: ir.Body) -> StateSnapshot:
    definitions = {definition.name: definition for definition in schema.types}
    needed: set[str] = set()
    waiting = _names(body_types(body))
    while waiting:
        name = waiting.pop()
        if name in needed or name not in definitions:
            continue
        needed.add(name)
        waiting |= _names(definition_types(definitions[name]))
    types = tuple(definitions[name] for name in definitions if name in needed)
    return StateSnapshot(body=body, types=types)


def _names(types: Iterable[ir.Type]) -> set[str]:
    return {name for type_ in types for name in named_types(type_)}


def write_lock(lock: Lock) -> str:
    """Return the text of a lock file."""
    document = {
        "lock": LOCK_VERSION,
        "digest": lock.digest,
        "schema": to_json(lock.schema),
        "states": {
            name: {str(version): _snapshot_json(s) for version, s in versions.items()}
            for name, versions in lock.states.items()
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _snapshot_json(snapshot: StateSnapshot) -> ir.JsonValue:
    return {
        "body": element_to_json(snapshot.body),
        "types": [element_to_json(definition) for definition in snapshot.types],
    }


def read_lock(text: str) -> Lock:
    """Read the text of a lock file.

    Raises:
        LockError: The text is not a lock, or was edited by hand.
    """
    try:
        document = json.loads(text)
        lock = _lock(document)
    except DecodeError as error:
        raise LockError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise LockError("it is not JSON") from error
    if document.get("digest") != lock.digest:
        raise LockError("its digest does not fit; it was edited or merged by hand")
    return lock


def _lock(document: object) -> Lock:
    parts = _object(document, "the document")
    if parts.get("lock") != LOCK_VERSION:
        raise LockError(f"only version {LOCK_VERSION} can be read")
    states = {
        name: {
            _version(version): _read_snapshot(snapshot)
            for version, snapshot in _object(versions, name).items()
        }
        for name, versions in _object(parts.get("states"), "states").items()
    }
    return Lock(schema=from_json(parts.get("schema")), states=states)


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise LockError(f"`{text}` is not a state version")
    return int(text)


def _read_snapshot(value: object) -> StateSnapshot:
    parts = _object(value, "a state")
    types = parts.get("types")
    if not isinstance(types, list):
        raise LockError("a state has no list of types")
    return StateSnapshot(
        body=body_from_json(parts.get("body")),
        types=tuple(definition_from_json(item) for item in cast("list[object]", types)),
    )


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise LockError(f"{what} is not an object")
    return cast("Mapping[str, object]", value)
