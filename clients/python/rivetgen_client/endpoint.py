"""Where a server is and as whom to talk to it.

``http://namespace:token@host/base``: user name and password are namespace and token,
percent-encoded; the path is a base path in front of everything. What the URL and the
arguments leave open comes from the environment, from the variables of the JavaScript
client.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_ENDPOINT: Final = "http://localhost:6420"
DEFAULT_NAMESPACE: Final = "default"
DEFAULT_POOL: Final = "default"

ENDPOINT_VARIABLES: Final = ("RIVET_ENGINE", "RIVET_ENDPOINT")
TOKEN_VARIABLE: Final = "RIVET_TOKEN"  # noqa: S105 - the name of a variable
NAMESPACE_VARIABLE: Final = "RIVET_NAMESPACE"
POOL_VARIABLE: Final = "RIVET_POOL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A parsed endpoint.

    Attributes:
        url: Scheme, host, port and base path; no credentials, no slash at the end.
        namespace: Which namespace of the server.
        token: Credential, if the server wants one.
        pool: Which pool of workers new actors run in.
    """

    url: str
    namespace: str = DEFAULT_NAMESPACE
    token: str | None = field(default=None, repr=False)
    pool: str = DEFAULT_POOL

    @property
    def websocket_url(self) -> str:
        """The same address for WebSockets."""
        return "ws" + self.url.removeprefix("http")

    def redirected(
        self, url: str, *, namespace: str | None = None, token: str | None = None
    ) -> Endpoint:
        """Return the endpoint that a server named as the one to talk to instead.

        Raises:
            ConfigurationError: The server named something that is no endpoint.
        """
        written = _parse(url)
        return Endpoint(
            url=written.url,
            namespace=namespace or written.namespace or self.namespace,
            token=token or written.token or self.token,
            pool=self.pool,
        )


def resolve_endpoint(
    url: str | None = None,
    *,
    token: str | None = None,
    namespace: str | None = None,
    pool: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Endpoint:
    """Combine URL and arguments; the environment fills what both leave open.

    Raises:
        ConfigurationError: The URL is no endpoint, or URL and arguments both name a
            namespace or a token.
    """
    named = (environment.get(name) for name in ENDPOINT_VARIABLES)
    written = _parse(url or next(filter(None, named), DEFAULT_ENDPOINT))
    for name, argument in (("namespace", namespace), ("token", token)):
        if argument is not None and getattr(written, name) is not None:
            message = f"the {name} stands in the endpoint and in an argument"
            raise ConfigurationError(message)
    return Endpoint(
        url=written.url,
        namespace=namespace
        or written.namespace
        or environment.get(NAMESPACE_VARIABLE)
        or DEFAULT_NAMESPACE,
        token=token or written.token or environment.get(TOKEN_VARIABLE),
        pool=pool or environment.get(POOL_VARIABLE) or DEFAULT_POOL,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What one URL says."""

    url: str
    namespace: str | None
    token: str | None


def _parse(text: str) -> _Written:
    parts = _split(text)
    # Credentials must not appear in messages, hence no text of the URL in them.
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "an endpoint starts with http:// or https:// and a host"
        raise ConfigurationError(message)
    if parts.query or parts.fragment:
        message = "an endpoint has neither a query nor a fragment"
        raise ConfigurationError(message)
    if parts.password and not parts.username:
        message = "an endpoint with a token names the namespace before it"
        raise ConfigurationError(message)
    host = parts.netloc.rpartition("@")[2]
    path = re.sub("/{2,}", "/", parts.path).rstrip("/")
    return _Written(
        url=f"{parts.scheme}://{host}{path}",
        namespace=unquote(parts.username) if parts.username else None,
        token=unquote(parts.password) if parts.password else None,
    )


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # parsed on access
    except ValueError as error:
        message = "the host or the port of the endpoint is malformed"
        raise ConfigurationError(message) from error
    return parts
