"""Values that are recorded: from Python to the journal and back.

What user code gets has always made that journey, so that the first run and every replay
see the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from rivetgen_client.types import dump, load
from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import MalformedMessageError, UnsupportedValueError
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.workflows.errors import (
    HistoryDivergedError,
    WorkflowValueError,
    WorkflowValueTooLargeError,
)

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value

__all__ = ["UNDEFINED_ROW", "Recorded"]

T = TypeVar("T")

UNDEFINED_ROW: Final = cbor.encode(UNDEFINED)
"""How nothing is recorded where something has to be."""


class Recorded(Generic[T]):
    """Writes and reads the values of one operation.

    Args:
        what: Names the value in errors.
        kind: Its type, which pydantic writes and reads; None for plain wire values.
        limit_bytes: The most that are recorded.
    """

    __slots__ = ("_adapter", "_limit_bytes", "_what")

    def __init__(self, what: str, kind: type[T] | None, *, limit_bytes: int) -> None:
        self._what = what
        self._adapter: TypeAdapter[T] | None = None if kind is None else _adapter(kind)
        self._limit_bytes = limit_bytes

    def write(self, value: T) -> bytes:
        """Write a value.

        Raises:
            WorkflowValueTooLargeError: It has too many bytes.
            WorkflowValueError: It is not of the type, or no wire value.
        """
        row = UNDEFINED_ROW if value is None else self._encoded(value)
        if len(row) > self._limit_bytes:
            raise WorkflowValueTooLargeError(
                self._what, size=len(row), limit=self._limit_bytes
            )
        return row

    def read(self, row: bytes | None) -> T:
        """Read a value; None for none.

        Raises:
            HistoryDivergedError: It does not fit the type any more.
        """
        try:
            value = None if row is None else cbor.decode(row)
            if value is UNDEFINED:
                value = None
            if self._adapter is None or value is None:
                return cast("T", value)
            return load(self._adapter, value)
        except (MalformedMessageError, ValidationError) as error:
            message = f"{self._what} does not fit any more: {error}"
            raise HistoryDivergedError(message) from error

    def _encoded(self, value: T) -> bytes:
        try:
            if self._adapter is None:
                return cbor.encode(cast("Value", value))
            return _encoded_typed(value, self._adapter)
        except UnsupportedValueError as error:
            advice = "" if self._adapter else "; pass its type as `returns`"
            raise WorkflowValueError(self._what, error.reason + advice) from error
        except ValueError as error:  # pydantic's
            raise WorkflowValueError(self._what, str(error)) from error


def _encoded_typed(value: T, adapter: TypeAdapter[T]) -> bytes:
    try:
        return cbor.encode(dump(value, adapter))
    except UnsupportedValueError:
        # Decimals, UUIDs, dates and so on, which JSON has as text.
        return cbor.encode(adapter.dump_python(value, mode="json", by_alias=True))


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    """The adapter of a type; making one takes long, and types are few."""
    try:
        known = _adapters.get(kind)
    except TypeError:  # not hashable, such as an Annotated with a list
        return TypeAdapter(kind)
    if known is None:
        known = _adapters[kind] = TypeAdapter(kind)
    return cast("TypeAdapter[T]", known)
