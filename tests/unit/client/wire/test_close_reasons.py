"""Reasons for which connections are closed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.close_reasons import (
    CloseReason,
    format_close_reason,
    parse_close_reason,
)

NAMES = st.text(alphabet="abcdefghij_0123456789", min_size=1, max_size=40)


@given(NAMES, NAMES, st.none() | NAMES)
def test_structured_reasons_survive(group: str, code: str, ray_id: str | None) -> None:
    text = format_close_reason(group, code, ray_id)

    assert parse_close_reason(text) == CloseReason(group, code, ray_id)


@pytest.mark.parametrize("text", ["", "some text", "hibernate", "x", "a.b c", "#a.b"])
def test_other_texts_are_unstructured(text: str) -> None:
    assert parse_close_reason(text) is None


def test_a_ray_id_is_left_out_when_it_does_not_fit() -> None:
    code = "c" * 100

    assert format_close_reason("guard", code, "r" * 30) == f"guard.{code}"


def test_reasons_never_exceed_what_a_close_frame_holds() -> None:
    text = format_close_reason("user", "é" * 100)

    assert len(text.encode()) <= 123
    assert text.startswith("user.é")
