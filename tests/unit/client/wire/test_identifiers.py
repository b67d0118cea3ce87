"""Ids of actors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.identifiers import actor_id_from_bytes, is_actor_id
from wire_captures import cases


@pytest.mark.parametrize("case", cases("ids"), ids=lambda case: case["id"])
def test_ids_are_those_of_the_engine(case: dict[str, Any]) -> None:
    actor_id = actor_id_from_bytes(
        bytes.fromhex(case["uuid_hex"]), datacenter=case["datacenter_label"]
    )

    assert actor_id == case["id"]
    assert is_actor_id(case["id"])


@given(
    st.binary(min_size=16, max_size=16), st.integers(min_value=0, max_value=2**16 - 1)
)
def test_every_id_is_recognised(random_bytes: bytes, datacenter: int) -> None:
    actor_id = actor_id_from_bytes(random_bytes, datacenter=datacenter)

    assert len(actor_id) == 30
    assert is_actor_id(actor_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bad",
        "z" * 30,
        "0" * 30,
        "1GOHP8QCULHT1C46O4XPC6XLZKBL00",
        "1gohp8qculht1c46o4xpc6xlzkbl00\n",
        "\u0661" * 30,
    ],
)
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_actor_id(text)


@pytest.mark.parametrize(
    ("random_bytes", "datacenter"), [(b"", 1), (bytes(17), 1), (bytes(16), 2**16)]
)
def test_ids_need_sixteen_bytes_and_a_16_bit_label(
    random_bytes: bytes, datacenter: int
) -> None:
    with pytest.raises(ValueError, match="16"):
        actor_id_from_bytes(random_bytes, datacenter=datacenter)
