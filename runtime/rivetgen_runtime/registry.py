"""The base of generated registries: which class implements which actor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rivetgen_runtime.core.definitions import check_actor_class
from rivetgen_runtime.errors import DefinitionError, StorageFailedError
from rivetgen_runtime.main import main as run_command_line
from rivetgen_runtime.mounting import mount
from rivetgen_runtime.serving import DEFAULT_SERVE_OPTIONS, run, serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aiohttp import web

    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.mounting import MountOptions
    from rivetgen_runtime.serving import Running, ServeOptions

__all__ = ["Registry"]


class Registry:
    """The actors of one application.

    Args:
        actors: The user's classes, one per actor of the schema.
        schema_digest: Of the schema that their bases were generated from.

    Raises:
        DefinitionError: A class does not fit the schema.
    """

    def __init__(
        self, actors: Iterable[type[AnyActor]], *, schema_digest: str = ""
    ) -> None:
        self.actors = tuple(actors)
        self.schema_digest = schema_digest
        _check(self.actors)

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Serve as the command line says, until the process is told to stop.

        Args:
            arguments: Without the program's name; None for those of the process.

        Raises:
            SystemExit: The server could not start, or its store failed.
        """
        code = run_command_line(self.actors, arguments)
        if code:
            raise SystemExit(code)

    def serve(self, options: ServeOptions = DEFAULT_SERVE_OPTIONS) -> None:
        """Serve until the process is told to stop, as the program itself says.

        Raises:
            RivetgenRuntimeError: The server could not start.
            StorageFailedError: The store went out of service; the server has stopped.
        """
        failure = asyncio.run(run(self.actors, options))
        if failure is not None:
            raise StorageFailedError from failure

    def serving(
        self, options: ServeOptions = DEFAULT_SERVE_OPTIONS
    ) -> AbstractAsyncContextManager[Running]:
        """Serve within a program that has an event loop of its own.

        ::

            async with registry.serving(ServeOptions(port=0)) as running:
                print(running.endpoint)
        """
        return serving(self.actors, options)

    def mount(self, app: web.Application, options: MountOptions) -> None:
        """Serve below a path of another aiohttp application, for as long as it runs.

        Limits for clients that are slow to send a request are that application's own.
        """
        mount(app, self.actors, options)


def _check(actors: Iterable[type[AnyActor]]) -> None:
    names: set[str] = set()
    for actor in actors:
        name = check_actor_class(actor).name
        if name in names:
            message = f"two classes implement the actor {name!r}"
            raise DefinitionError(message)
        names.add(name)
