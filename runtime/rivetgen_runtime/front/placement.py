"""Where callers ask actors to be: there is one pool in one datacenter."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from rivetgen_client.wire.errors import ErrorBody
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from rivetgen_runtime.core.host import Host

__all__ = ["DATACENTER", "check_placement", "check_token"]

DATACENTER: Final = "default"
"""Name of the one datacenter."""

_UNAUTHORIZED: Final = ErrorBody(
    "api", "unauthorized", "The token is missing or wrong: send the server's token."
)


def check_placement(host: Host, *, pool: str | None, datacenter: str | None) -> None:
    """Refuse to create an actor in a pool or datacenter that does not exist.

    Raises:
        RequestError: As official servers answer.
    """
    if datacenter is not None and datacenter != DATACENTER:
        message = "The provided datacenter does not exist."
        raise RequestError(ErrorBody("datacenter", "not_found", message))
    options = host.options
    if pool is not None and pool != options.pool:
        message = f"No pool named '{pool}' is configured; use '{options.pool}'."
        error = ErrorBody(
            "actor",
            "no_runner_config_configured",
            message,
            metadata={"namespace": options.namespace, "pool_name": pool},
        )
        raise RequestError(error)


def check_token(expected: str | None, shown: str | None) -> None:
    """Refuse a caller without the server's token.

    Args:
        expected: None when everyone may call.
        shown: None when the caller showed none.

    Raises:
        RequestError: ``api.unauthorized``.
    """
    if expected is None:
        return
    # Headers need not be UTF-8: other bytes arrive as surrogates.
    token = (shown or "").encode(errors="surrogatepass")
    if not hmac.compare_digest(token, expected.encode()):
        raise RequestError(_UNAUTHORIZED)
