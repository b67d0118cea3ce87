"""A server with an actor of raw handlers, in a thread of its own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from core_actors import Counter
from raw_actors import new_raw_lab
from threaded_server import threaded_server

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def raw_server(data: Path) -> Generator[str]:
    """Serve ``lab`` and, without raw handlers, ``counter``; the value is the URL."""
    with threaded_server([new_raw_lab(), Counter], data) as endpoint:
        yield endpoint
