"""Failures as data, and in the shape in which official servers send them."""

from __future__ import annotations

from typing import Any

import pytest

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_runtime import UserError
from rivetgen_runtime.core.workflows.failure_rows import (
    decode_error,
    decode_failure,
    encode_error,
    encode_failure,
)
from rivetgen_runtime.core.workflows.outcomes import (
    ErrorFacts,
    RollbackFailed,
    StepFailed,
    StepFailure,
)

FACTS = ErrorFacts(name="Error", message="no")


CARD_FACTS = {"limit": 5, "file": "caf\\udce9.txt"}


class CardError(Exception):
    """An error of a test."""

    def __init__(self) -> None:
        super().__init__("declined")
        self.limit = 5
        self.file = "caf\udce9.txt"
        self.card = object()
        self._hidden = "1234"


@pytest.mark.parametrize(
    ("error", "name", "message", "metadata"),
    [
        (RuntimeError("x"), "Error", "x", None),
        (Exception("x: y"), "Error", "x: y", None),
        (ValueError("x"), "ValueError", "x", None),
        (CardError(), "CardError", "declined", CARD_FACTS),
        (OSError("caf\udce9"), "OSError", "caf\\udce9", None),
        (
            UserError("full", code="room_full"),
            "UserError",
            "full",
            {"group": "user", "code": "room_full"},
        ),
    ],
)
def test_an_error_is_kept_by_name_message_and_simple_facts(
    error: Exception, name: str, message: str, metadata: Any
) -> None:
    facts = ErrorFacts.of(error)
    assert (facts.name, facts.message, facts.metadata) == (name, message, metadata)
    again = ErrorFacts.from_text(facts.text)
    assert (again.name, again.message) == (name, message)
    assert decode_error(encode_error(facts)) == facts


def test_text_that_begins_with_no_name_is_all_message() -> None:
    assert ErrorFacts.from_text("no name: here").message == "no name: here"


@pytest.mark.parametrize("text", ["\ud800", "\0"])
def test_every_error_can_be_stored(text: str) -> None:
    decoded = decode_error(encode_error(ErrorFacts(name="Error", message=text)))
    assert decoded.name == "Error"


def test_the_failure_of_a_step_is_read_back() -> None:
    failure = StepFailure(kind="timeout", step_name="pay", attempts=2, error=FACTS)
    assert decode_failure(encode_failure(failure)) == failure


@pytest.mark.parametrize(
    "value",
    [None, {"kind": "bad luck", "stepName": "x", "attempts": 1, "error": {}}, {}],
)
def test_damaged_rows_are_refused(value: Any) -> None:
    with pytest.raises(MalformedMessageError):
        decode_failure(cbor.encode(value))
    with pytest.raises(MalformedMessageError):
        decode_error(cbor.encode(value))


def test_a_failed_attempt_has_the_fields_of_official_servers() -> None:
    failed = StepFailed(
        workflow_id="w",
        step_name="flaky",
        attempt=1,
        max_retries=2,
        will_retry=True,
        retry_delay_ms=1,
        retry_at_ms=1001,
        error=FACTS,
    )
    assert failed.to_value() == {
        "step": {
            "workflowId": "w",
            "stepName": "flaky",
            "attempt": 1,
            "maxRetries": 2,
            "remainingRetries": 2,
            "willRetry": True,
            "retryDelay": 1,
            "retryAt": 1001,
            "error": {"name": "Error", "message": "no"},
        }
    }


def test_a_failed_rollback_has_the_fields_of_official_servers() -> None:
    failed = RollbackFailed(workflow_id="w", step_name="pay", error=FACTS)
    error = {"name": "Error", "message": "no"}
    assert failed.to_value() == {
        "rollback": {"workflowId": "w", "stepName": "pay", "error": error}
    }
