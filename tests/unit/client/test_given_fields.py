"""Leaving out what a caller did not give."""

from __future__ import annotations

from rivetgen_client.types import MISSING, given


def test_missing_fields_are_left_to_the_defaults_of_the_model() -> None:
    assert given(a=1, b=MISSING, c=None) == {"a": 1, "c": None}
