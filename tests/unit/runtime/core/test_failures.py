"""What callers learn about errors of user code."""

from __future__ import annotations

import logging

import pytest

from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.errors import UserError


def test_an_error_of_an_application_keeps_its_group_and_message() -> None:
    error = UserError("no seat", code="full", metadata={"seats": 0}, group="booking")
    answer = as_request_error(error)
    assert answer.body == error.body
    assert (answer.body.group, answer.body.code) == ("booking", "full")
    assert answer.status == 500


@pytest.mark.parametrize("group", ["actor", "auth", "queue", "guard", "rivetkit"])
def test_groups_of_the_protocol_are_not_for_applications(group: str) -> None:
    with pytest.raises(ValueError, match="belongs to the protocol"):
        UserError("no", group=group)


def test_every_other_exception_is_masked_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = as_request_error(RuntimeError("secret"), ray_id="ray")
    assert answer.body.message == "An internal error occurred"
    assert "secret" in caplog.text
