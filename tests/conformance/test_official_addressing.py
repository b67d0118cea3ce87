"""How the unmodified official client finds and creates actors, in every encoding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from official_client import facts

if TYPE_CHECKING:
    from official_client import OfficialClient

pytestmark = pytest.mark.node


def test_every_part_of_a_compound_key_counts(official: OfficialClient) -> None:
    assert official.observe("compoundKey") == {
        "general": ["to general"],
        "random": ["to random"],
        "again": ["to general"],
    }


def test_slashes_in_a_key_are_kept_apart_from_its_parts(
    official: OfficialClient,
) -> None:
    assert official.observe("keyWithSlashes") == 7


def test_create_hands_over_input_and_refuses_a_taken_key(
    official: OfficialClient,
) -> None:
    observed = official.observe("createWithInput")
    assert observed["count"] == 42
    assert facts(observed["duplicate"]) == ("actor", "duplicate_key")
    assert observed["sameActor"]


def test_get_or_create_hands_over_input_once(official: OfficialClient) -> None:
    assert official.observe("getOrCreateWithInput") == [10, 10]


def test_an_actor_is_reached_by_its_id(official: OfficialClient) -> None:
    assert official.observe("getForId") == {"answers": [2, 3], "sameId": True}


def test_an_unknown_id_is_a_typed_error(official: OfficialClient) -> None:
    assert facts(official.observe("getForUnknownId")) == ("actor", "not_found")


def test_resolve_names_the_actor_that_actions_reach(official: OfficialClient) -> None:
    observed = official.observe("resolve")
    assert re.fullmatch(r"[0-9a-z]{30}", observed["id"])
    assert observed["getAgrees"]
    assert observed["otherKeyDiffers"]
    assert facts(observed["missing"]) == ("actor", "not_found")


def test_a_coordinator_creates_and_indexes_rooms(official: OfficialClient) -> None:
    observed = official.observe("coordinator")
    assert observed == {"listed": True, "sameRoom": True, "texts": ["first"]}
