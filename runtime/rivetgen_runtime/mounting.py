"""Serving below a path of another aiohttp application."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from rivetgen_runtime.embedded import DEFAULT_EMBEDDED_OPTIONS, Embedded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.embedded import EmbeddedOptions

__all__ = ["MountOptions", "mount"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MountOptions:
    """Where to serve, and where to keep actors."""

    data: Path
    """The data directory; it belongs to one server at a time."""
    path: str = ""
    """Path below which everything is served, without a slash at its end."""
    token: str | None = None
    """What callers must show; None lets everyone in that the application lets in."""
    grace_period_s: float = 15.0
    """How long running actions may take when the application stops."""
    embedded: EmbeddedOptions = DEFAULT_EMBEDDED_OPTIONS


def mount(
    app: web.Application, actors: Iterable[type[AnyActor]], options: MountOptions
) -> None:
    """Open the data directory when the application starts, and serve below a path.

    Raises:
        RuntimeError: The application has started already.
    """
    key = web.AppKey(f"rivetgen{options.path}", Embedded)
    classes = tuple(actors)

    async def live(app: web.Application) -> AsyncIterator[None]:
        front = replace(
            options.embedded.front, base_path=options.path, token=options.token
        )
        parts = replace(options.embedded, front=front)
        app[key] = await Embedded.open(classes, options.data, parts)
        yield
        await app[key].close()

    async def finish(app: web.Application) -> None:
        await app[key].finish(grace_s=options.grace_period_s)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await request.app[key].front.handle(request)

    app.cleanup_ctx.append(live)
    app.on_shutdown.append(finish)
    app.router.add_route("*", options.path + "/{tail:.*}", answer)
