"""How the official client is configured, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from official_client import facts

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node


@pytest.mark.parametrize(
    "scenario",
    [
        "credentialsInTheEndpoint",
        "credentialsAsOptions",
        "withoutMetadata",
        "withoutWaitingForReadiness",
        "ownHeaders",
    ],
)
def test_every_configuration_reaches_the_actor(
    visitor: OfficialClient, scenario: str
) -> None:
    assert visitor.observe(scenario) == [1, 2, 2]


def test_an_unknown_namespace_is_a_typed_error(visitor: OfficialClient) -> None:
    observed = visitor.observe("unknownNamespace")
    assert facts(observed) == ("namespace", "not_found")


def test_a_missing_actor_is_not_found(visitor: OfficialClient) -> None:
    assert facts(visitor.observe("missingActor")) == ("actor", "not_found")


def test_dotted_actions_are_called_in_both_ways(visitor: OfficialClient) -> None:
    assert visitor.observe("dottedActions") == [1, 1]


def test_the_address_of_an_actor_needs_no_request(visitor: OfficialClient) -> None:
    assert visitor.observe("gatewayAddress") is True
