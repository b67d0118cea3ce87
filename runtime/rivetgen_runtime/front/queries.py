"""Query strings of the management API: unknown and repeated fields are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from rivetgen_client.wire.errors import ErrorBody
from rivetgen_runtime.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Query", "bad_query", "bad_request", "parse_query"]

_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False}


class Query:
    """The fields of one query string.

    Args:
        values: Every value of every field, in order.
    """

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def all(self, name: str) -> Sequence[str]:
        """Every value of a field that may be repeated."""
        return self._values.get(name, ())

    def text(self, name: str) -> str | None:
        """The value of a field, if it is there.

        Raises:
            RequestError: It is there more than once.
        """
        values = self.all(name)
        if len(values) > 1:
            raise bad_query(f"duplicate field `{name}`")
        return values[0] if values else None

    def required(self, name: str) -> str:
        """The value of a field that must be there."""
        value = self.text(name)
        if value is None:
            raise bad_query(f"missing field `{name}`")
        return value

    def flag(self, name: str) -> bool:
        """The value of a boolean field; false when it is not there."""
        text = self.text(name)
        if text is None:
            return False
        if text not in _BOOLEANS:
            reason = f"{name}: provided string was not `true` or `false`"
            raise bad_query(reason)
        return _BOOLEANS[text]

    def count(self, name: str, default: int) -> int:
        """The value of a field that holds a number from 1 to 10,000."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()) or not 0 < int(text[:6]) <= 10_000:
            raise bad_query(f"{name}: expected a number from 1 to 10000")
        return int(text)


def parse_query(text: str, known: Sequence[str]) -> Query:
    """Read a query string.

    Raises:
        RequestError: It has a field that is not known.
    """
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name not in known:
            expected = ", ".join(f"`{field}`" for field in known)
            reason = f"{name}: unknown field `{name}`, expected one of {expected}"
            raise bad_query(reason)
        values.setdefault(name, []).append(value)
    return Query(values)


def bad_request(reason: str) -> RequestError:
    """The answer to a request that does not have the form it must have."""
    message = f"Request is invalid: {reason}"
    error = ErrorBody("api", "bad_request", message, metadata={"reason": reason})
    return RequestError(error)


def bad_query(reason: str) -> RequestError:
    """The same for its query string."""
    return bad_request(f"Failed to deserialize query string: {reason}")
