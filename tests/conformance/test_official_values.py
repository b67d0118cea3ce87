"""Values and errors of the official client, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from official_client import facts

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node


def test_plain_values_come_back_as_they_were(visitor: OfficialClient) -> None:
    assert visitor.observe("plainValues") == [True, True]


def test_rich_values_come_back_as_they_were(visitor: OfficialClient) -> None:
    assert visitor.observe("richValues") == {
        "amount": str(2**80),
        "data": True,
        "tags": ["a", "b"],
        "sentAt": "2026-11-27T12:30:00Z",
        "weight": None,
        "hasNote": False,
    }


def test_a_message_that_is_too_long_ends_no_connection_for_good(
    visitor: OfficialClient,
) -> None:
    observed = visitor.observe("longMessages")
    assert facts(observed["call"]) == ("message", "incoming_too_long")
    assert facts(observed["connection"]) == ("message", "incoming_too_long")
    assert observed["afterwards"] == 60_000


def test_what_user_code_did_not_declare_stays_secret(visitor: OfficialClient) -> None:
    for error in visitor.observe("hiddenErrors"):
        assert error["code"] == "internal_error"
        assert "secret" not in error["message"]


def test_an_action_that_takes_too_long_is_a_typed_error(
    visitor: OfficialClient,
) -> None:
    for error in visitor.observe("slowActions"):
        assert facts(error) == ("actor", "action_timed_out")
