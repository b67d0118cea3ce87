"""No name of a schema can hide what emitted classes inherit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_client as client
import rivetgen_runtime as runtime
from rivetgen_client import types
from rivetgen_schema.names import spelling
from rivetgen_schema.reserved import is_reserved

if TYPE_CHECKING:
    from rivetgen_schema.names import NameKind

BASES: dict[NameKind, tuple[type[Any], ...]] = {
    "action": (
        client.Handle,
        client.Connection,
        client.SyncHandle,
        client.SyncConnection,
        runtime.Actor,
    ),
    "event": (client.Events, client.SyncEvents, runtime.Events),
    "actor": (client.Client, client.SyncClient),
}


def public(base: type[Any]) -> set[str]:
    """Return the names that a subclass must not redefine by accident."""
    declared = {name for kind in base.__mro__ for name in vars(kind)}
    annotated = {
        name for kind in base.__mro__ for name in vars(kind).get("__annotations__", ())
    }
    return {name for name in declared | annotated if not name.startswith("_")}


@pytest.mark.parametrize(
    ("kind", "base"), [(kind, base) for kind, row in BASES.items() for base in row]
)
def test_members_of_emitted_classes_are_reserved(
    kind: NameKind, base: type[Any]
) -> None:
    free = {name for name in public(base) if not is_reserved(name, kind, "python")}
    assert free == set()


def test_fields_of_models_step_aside() -> None:
    for name in public(types.Model):
        assert spelling(name, "field", "python", names={}) != name
