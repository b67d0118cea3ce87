"""BARE primitives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.bare import Reader, Writer
from rivetgen_client.wire.errors import MalformedMessageError, UnsupportedValueError

UINTS = st.integers(min_value=0, max_value=2**64 - 1)


@given(UINTS, st.text(), st.binary(), st.booleans(), st.none() | UINTS)
def test_what_is_written_is_read(
    number: int, text: str, data: bytes, flag: bool, optional: int | None
) -> None:
    writer = Writer().u16(4).uint(number).string(text).data(data).boolean(flag)
    writer.u64(number).optional(optional, writer.uint)

    reader = Reader(writer.getvalue())

    assert reader.u16() == 4
    assert reader.uint() == number
    assert reader.string() == text
    assert reader.data() == data
    assert reader.boolean() is flag
    assert reader.u64() == number
    assert reader.optional(reader.uint) == optional
    assert reader.remaining == 0


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (300, "ac02"),
        (2**64 - 1, "ffffffffffffffffff01"),
    ],
)
def test_integers_are_written_in_groups_of_seven_bits(
    number: int, encoded: str
) -> None:
    assert Writer().uint(number).getvalue().hex() == encoded


@pytest.mark.parametrize("number", [-1, 2**64])
def test_integers_of_more_than_64_bits_are_refused(number: int) -> None:
    with pytest.raises(UnsupportedValueError):
        Writer().uint(number)
    with pytest.raises(UnsupportedValueError):
        Writer().u64(number)


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UnsupportedValueError):
        Writer().string("\ud800")


@pytest.mark.parametrize(
    ("method", "encoded"),
    [
        ("u16", "04"),
        ("u64", "00000000000000"),
        ("uint", ""),
        ("uint", "80"),
        ("uint", "ffffffffffffffffff02"),
        ("uint", "ffffffffffffffffffff01"),
        ("boolean", "02"),
        ("boolean", ""),
        ("data", "05"),
        ("data", "ffffffffffffffffff0141"),
        ("string", "01ff"),
    ],
)
def test_everything_else_is_malformed(method: str, encoded: str) -> None:
    with pytest.raises(MalformedMessageError):
        getattr(Reader(bytes.fromhex(encoded)), method)()
