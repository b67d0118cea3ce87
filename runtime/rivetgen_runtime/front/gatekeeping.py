"""Which names of this server and which pages are served: checked before anything else.

A page of another site can make a browser send requests to a server on the same machine.
With a name that is made to point to 127.0.0.1 (DNS rebinding) it can read the answers,
too; such requests carry that name in their ``Host`` header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rivetgen_client.wire.errors import ErrorBody

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["ANY_HOST", "LOOPBACK_HOSTS", "refusal"]

ANY_HOST: Final = "*"
"""Stands for every name."""

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of the machine itself."""


def refusal(
    request_headers: Mapping[str, str],
    *,
    hosts: Collection[str] | None,
    origins: Collection[str] | None,
) -> ErrorBody | None:
    """Why a request is refused; None when it is not.

    Args:
        request_headers: Names are looked up in lower case.
        hosts: Names that this server answers to, without ports; None or ``*`` for
            every name.
        origins: Origins whose pages may send requests; None for every page.
            Programs, which send no ``Origin``, always may.
    """
    if hosts is not None and ANY_HOST not in hosts:
        name = _host_name(request_headers.get("host", ""))
        if name not in hosts:
            return _forbidden(f"This server does not answer to the name {name!r}.")
    if origins is not None:
        origin = request_headers.get("origin")
        if origin is not None and origin not in origins:
            return _forbidden(f"Pages of {origin!r} may not use this server.")
    return None


def _host_name(header: str) -> str:
    """A ``Host`` header without its port; brackets of IPv6 addresses are dropped."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _forbidden(message: str) -> ErrorBody:
    return ErrorBody("api", "forbidden", message)
