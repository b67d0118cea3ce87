"""How failures are stored: CBOR of what official servers send about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import MalformedMessageError, UnsupportedValueError
from rivetgen_runtime.core.workflows.outcomes import (
    ErrorFacts,
    StepFailure,
    StepFailureKind,
)

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value

__all__ = ["decode_error", "decode_failure", "encode_error", "encode_failure"]


def encode_failure(failure: StepFailure) -> bytes:
    """The row of how a step has failed for good."""
    return cbor.encode({**failure.to_value(), "error": _sendable(failure.error)})


def decode_failure(row: bytes) -> StepFailure:
    """Read such a row.

    Raises:
        MalformedMessageError: It is none.
    """
    match cbor.decode(row):
        case {"kind": kind, "stepName": str(name), "attempts": int(attempts), **rest}:
            if kind in get_args(StepFailureKind):
                return StepFailure(
                    kind=cast("StepFailureKind", kind),
                    step_name=name,
                    attempts=attempts,
                    error=_error(rest.get("error")),
                )
        case _:
            pass
    reason = "the failure of a step is none"
    raise MalformedMessageError(reason)


def encode_error(error: ErrorFacts) -> bytes:
    """The row of why a workflow has failed."""
    return cbor.encode(_sendable(error))


def decode_error(row: bytes) -> ErrorFacts:
    """Read such a row.

    Raises:
        MalformedMessageError: It is none.
    """
    return _error(cbor.decode(row))


def _sendable(error: ErrorFacts) -> Value:
    value = error.to_value()
    try:
        cbor.encode(value)
    except UnsupportedValueError:
        # Half a surrogate pair, or an integer of thousands of digits.
        text = error.text.encode("ascii", "backslashreplace").decode()
        return {"name": "Error", "message": text}
    return value


def _error(value: Any) -> ErrorFacts:
    match value:
        case {"name": str(name), "message": str(message), **rest}:
            metadata = rest.get("metadata")
            is_map = isinstance(metadata, dict)
            return ErrorFacts(
                name=name,
                message=message,
                metadata=cast("dict[str, Value]", metadata) if is_map else None,
            )
        case _:
            reason = "the error of a workflow is none"
            raise MalformedMessageError(reason)
