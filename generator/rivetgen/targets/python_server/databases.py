"""The SQL database of an actor: what its contexts offer for `db: true`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.python.methods import prop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor


def database_property(actor: Actor, scope: Scope) -> Iterator[Code]:
    """Yield the property `db` of a context, if the actor has a database."""
    if actor.database:
        yield prop(
            Code("db"),
            code("{}.Db", scope.module("runtime")),
            Code("self._database"),
            description="The SQL database of the actor.",
            scope=scope,
        )
