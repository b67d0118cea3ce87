"""Connection parameters of the official client, in every encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node


def test_calls_carry_parameters(visitor: OfficialClient) -> None:
    assert visitor.observe("parametersOfCalls") == "ada (é, +)"


def test_connections_carry_parameters(visitor: OfficialClient) -> None:
    assert visitor.observe("parametersOfConnections") == "ada é, +"


def test_a_connection_may_have_parameters_of_its_own(visitor: OfficialClient) -> None:
    assert visitor.observe("parametersOfOneConnection") == "ada"


def test_a_reconnection_asks_for_parameters_again(visitor: OfficialClient) -> None:
    assert visitor.observe("parametersThatAreAskedFor") == ["ada1", "ada2"]
