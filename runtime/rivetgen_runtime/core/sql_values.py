"""Parameters of statements: from what user code passes to what SQLite holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from rivetgen_runtime.sql_errors import SqlBindingError

if TYPE_CHECKING:
    from rivetgen_runtime.core.sql_ports import SqlValue

__all__ = ["bind"]

_SMALLEST: Final = -(1 << 63)
_LARGEST: Final = (1 << 63) - 1
_PREFIXES: Final = ":@$"


def bind(
    parameters: tuple[object, ...],
) -> tuple[SqlValue, ...] | dict[str, SqlValue]:
    """Check parameters: values by position, or one mapping of values by name.

    Names may begin with the ``:``, ``@`` or ``$`` of the statement.

    Raises:
        SqlBindingError: SQLite cannot hold one of them as it is.
    """
    if len(parameters) == 1 and isinstance(parameters[0], Mapping):
        named = cast("Mapping[object, object]", parameters[0])
        return {_name(key): _value(value, f"{key}") for key, value in named.items()}
    return tuple(
        _value(value, f"number {number}") for number, value in enumerate(parameters, 1)
    )


def _name(key: object) -> str:
    if isinstance(key, str):
        return key.lstrip(_PREFIXES)
    message = f"names of parameters are text, not {type(key).__name__}"
    raise SqlBindingError(message)


def _value(value: object, which: str) -> SqlValue:
    match value:
        case bool():
            # Official servers refuse it, too: it would come back as a number.
            reason = "is a bool: pass int(value), SQLite has no truth values"
        case None:
            return None
        case int():
            if _SMALLEST <= value <= _LARGEST:
                return int(value)
            reason = "does not fit into 64 bits"
        case float():
            if not math.isnan(value):
                return float(value)
            reason = "is not a number: SQLite would store NULL"
        case str():
            return _text(value, which)
        case bytes() | bytearray():
            return bytes(value)
        case _:
            reason = f"is of the type {type(value).__name__}, which SQLite cannot hold"
    message = f"The SQL parameter {which} {reason}."
    raise SqlBindingError(message)


def _text(value: str, which: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        message = f"The SQL parameter {which} holds half of a surrogate pair."
        raise SqlBindingError(message) from error
    return str.__str__(value)  # of enumerations: their value
