"""Values and their compat form."""

from __future__ import annotations

import copy
import pickle
import time
from collections import OrderedDict
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivetgen_client.wire.errors import MalformedMessageError, UnsupportedValueError
from rivetgen_client.wire.limits import MAX_BIGINT_BITS, MAX_NESTING_DEPTH
from rivetgen_client.wire.values import (
    UNDEFINED,
    BigInt,
    DecodeProfile,
    decode_base64,
    decode_compat,
    encode_base64,
    encode_compat,
)
from wire_values import is_same

if TYPE_CHECKING:
    from collections.abc import Callable

TUPLES = [
    (b"\x01\x02\xff", ["$Uint8Array", "AQL/"]),
    (b"", ["$Uint8Array", ""]),
    (BigInt(5), ["$BigInt", "5"]),
    (BigInt(-5), ["$BigInt", "-5"]),
    (2**53, ["$BigInt", "9007199254740992"]),
    (-(2**53), ["$BigInt", "-9007199254740992"]),
    (UNDEFINED, ["$Undefined", 0]),
    ({"a"}, ["$Set", ["a"]]),
    ({1, 3, 2}, ["$Set", [1, 2, 3]]),
    ({"$x", "y"}, ["$Set", ["$x", "y"]]),
    (["$x", 1], ["$$x", 1]),
    (["$$x", 1], ["$$$x", 1]),
    (["$BigInt", "5"], ["$$BigInt", "5"]),
    ([["$x", b"\x01"]], [["$$x", ["$Uint8Array", "AQ=="]]]),
    ({"a": [UNDEFINED]}, {"a": [["$Undefined", 0]]}),
]


@pytest.mark.parametrize(("value", "encoded"), TUPLES)
def test_what_json_lacks_travels_as_a_tuple(value: Any, encoded: Any) -> None:
    assert encode_compat(value) == encoded
    assert is_same(value, decode_compat(encoded))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "$x",
        2**53 - 1,
        [],
        ["$x"],
        ["$x", 1, 2],
        ["a", "$x"],
        {"$x": 1},
        [1, {"a": [None, True, 1.5, "b"]}],
    ],
)
def test_plain_values_are_neither_changed_nor_copied(value: Any) -> None:
    assert encode_compat(value) is value
    assert decode_compat(value) is value


def test_only_the_changed_branch_is_copied() -> None:
    untouched = [1, 2, 3]
    value = {"a": untouched, "b": b""}

    encoded = encode_compat(value)

    assert encoded["a"] is untouched
    assert value == {"a": untouched, "b": b""}


@given(st.sets(st.text() | st.integers()))
def test_equal_sets_give_equal_tuples(members: set[Any]) -> None:
    assert encode_compat(members) == encode_compat(frozenset(list(members)[::-1]))


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


class Moment(datetime):
    """As libraries of dates derive them."""


class Text(str):
    __slots__ = ()


SUBCLASSES: list[tuple[Any, Any]] = [
    (Colour.RED, "red"),
    (Level.HIGH, 3),
    (Text("a"), "a"),
    (Moment(2026, 1, 1, tzinfo=UTC), Moment(2026, 1, 1, tzinfo=UTC)),
    (Point(1, 2), [1, 2]),
    (OrderedDict(a=b""), {"a": ["$Uint8Array", ""]}),
    (MappingProxyType({"a": 1}), {"a": 1}),
    (bytearray(b"\x01"), ["$Uint8Array", "AQ=="]),
    (memoryview(b"\x01"), ["$Uint8Array", "AQ=="]),
    ({1: 0}.keys(), ["$Set", [1]]),
]


@pytest.mark.parametrize(("value", "encoded"), SUBCLASSES)
def test_subclasses_travel_as_what_they_are_based_on(value: Any, encoded: Any) -> None:
    plain = encode_compat(value)

    assert plain == encoded
    assert type(plain) is type(encoded)


@pytest.mark.parametrize("value", [Decimal(1), object(), 1j, {1: 2}, {"a": Ellipsis}])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(UnsupportedValueError):
        encode_compat(value)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def in_list(value: Any) -> Any:
    return [value]


def in_map(value: Any) -> Any:
    return {"a": value}


@pytest.mark.parametrize("wrap", [in_list, in_map])
def test_nesting_is_limited_both_ways(wrap: Callable[[Any], Any]) -> None:
    deepest = wrap(nested(MAX_NESTING_DEPTH - 1))
    too_deep = wrap(nested(MAX_NESTING_DEPTH))

    assert encode_compat(deepest) is deepest
    assert decode_compat(deepest) is deepest
    with pytest.raises(UnsupportedValueError, match="deeper than 128"):
        encode_compat(too_deep)
    with pytest.raises(MalformedMessageError, match="deeper than 128"):
        decode_compat(too_deep)


def test_nested_maps_and_sets_are_limited_too() -> None:
    maps: Any = {}
    sets = frozenset[Any]()
    for _ in range(MAX_NESTING_DEPTH):
        maps = {"a": maps}
        sets = frozenset({sets})

    with pytest.raises(UnsupportedValueError, match="deeper than 128"):
        encode_compat(sets)
    with pytest.raises(UnsupportedValueError, match="deeper than 128"):
        encode_compat(maps)
    with pytest.raises(MalformedMessageError, match="deeper than 128"):
        decode_compat(maps)


def test_the_deepest_set_that_is_written_is_read() -> None:
    deepest = frozenset[Any]()
    for _ in range(MAX_NESTING_DEPTH // 2 - 1):
        deepest = frozenset({deepest})

    decode_compat(encode_compat(deepest))
    with pytest.raises(UnsupportedValueError, match="deeper than 128"):
        encode_compat(frozenset({deepest}))


def test_a_set_takes_two_levels() -> None:
    written: Any = {1}
    read: Any = ["$Set", [1]]
    for _ in range(MAX_NESTING_DEPTH - 1):
        written, read = [written], [read]

    assert decode_compat(read[0]) == written[0]
    assert encode_compat(written[0]) == read[0]
    with pytest.raises(UnsupportedValueError, match="deeper than 128"):
        encode_compat(written)
    with pytest.raises(MalformedMessageError, match="deeper than 128"):
        decode_compat(read)


def test_nested_set_tuples_count_as_nesting() -> None:
    value: list[Any] = []
    for _ in range(MAX_NESTING_DEPTH):
        value = ["$Set", [value]]

    with pytest.raises(MalformedMessageError, match="deeper than 128"):
        decode_compat(value)


def test_circular_values_are_refused() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(UnsupportedValueError, match="deeper than 128"):
        encode_compat(value)


def test_integers_of_more_bits_than_the_limit_are_refused() -> None:
    largest = 2**MAX_BIGINT_BITS - 1

    assert decode_compat(encode_compat(largest)) == largest
    with pytest.raises(UnsupportedValueError):
        encode_compat(largest + 1)


@pytest.mark.parametrize(
    "encoded",
    [
        ["$Date", "2023-11-14T22:13:20.000Z"],
        ["$Map", [["a", 1]]],
        ["$x", 1],
        ["$", 1],
        ["$BigInt", "1.5"],
        ["$BigInt", "0x10"],
        ["$BigInt", ""],
        ["$BigInt", "\u0661"],
        ["$BigInt", "9" * 100_000],
        ["$BigInt", None],
        ["$BigInt", True],
        ["$Uint8Array", "A"],
        ["$Uint8Array", "AQ=Q"],
        ["$Uint8Array", "!!!!"],
        ["$Uint8Array", "\u00e9"],
        ["$Uint8Array", 1],
        ["$ArrayBuffer", None],
        ["$Set", "ab"],
        {None: 1},
        {1.5: 1},
        {1: "a"},
        object(),
    ],
)
def test_broken_tuples_are_malformed(encoded: Any) -> None:
    with pytest.raises(MalformedMessageError):
        decode_compat(encoded)


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (["$BigInt", 5], 5),
        (["$BigInt", "+5"], 5),
        (["$ArrayBuffer", "AQI="], b"\x01\x02"),
        (["$Uint8Array", "AQI"], b"\x01\x02"),
        (["$Uint8Array", "_-8="], b"\xff\xef"),
        (["$Undefined", "anything"], UNDEFINED),
        (["$Set", [1, 2.5, None, True, "a"]], {1, 2.5, None, "a"}),
        (["$Set", [["$Uint8Array", "AQ"], ["$BigInt", "9"]]], {b"\x01", 9}),
        (["$Set", [1, 1]], {1}),
    ],
)
def test_every_spelling_of_javascript_clients_is_read(encoded: Any, value: Any) -> None:
    assert decode_compat(encoded) == value


@pytest.mark.parametrize(
    ("members", "decoded"),
    [
        ([{"a": 1}, 2], [{"a": 1}, 2]),
        ([[1, 2]], [[1, 2]]),
        ([["$Set", [1]]], [{1}]),
        ([["$BigInt", str(2**64)]], [2**64]),
    ],
)
def test_a_set_of_other_than_simple_members_is_read_as_a_list(
    members: list[Any], decoded: list[Any]
) -> None:
    assert decode_compat(["$Set", members]) == decoded


def test_members_with_equal_hashes_take_no_quadratic_time() -> None:
    members = [step * (2**61 - 1) for step in range(1, 20_000)]
    started = time.process_time()

    assert decode_compat(["$Set", members]) == members
    assert time.process_time() - started < 5


def test_unknown_tags_are_kept_when_reading_leniently() -> None:
    lenient = DecodeProfile(lenient=True)

    assert decode_compat(["$x", ["$BigInt", "1"]], lenient) == ["$x", 1]


def test_members_of_sets_are_escaped_but_not_the_set() -> None:
    value = {"$x", ("$x", 1)}

    assert encode_compat(value) == ["$Set", ["$x", ["$$x", 1]]]


def test_a_bigint_in_json_is_read_as_bigint() -> None:
    value = decode_compat(["$BigInt", "5"])

    assert isinstance(value, BigInt)
    assert repr(value) == "BigInt(5)"
    assert encode_compat(value) == ["$BigInt", "5"]


def test_undefined_is_one_falsy_object() -> None:
    assert not UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"
    assert copy.deepcopy(UNDEFINED) is UNDEFINED
    assert copy.copy(UNDEFINED) is UNDEFINED
    assert pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED  # noqa: S301


@given(st.binary())
def test_base64_reads_what_it_writes_in_either_alphabet(data: bytes) -> None:
    text = encode_base64(data)

    assert decode_base64(text) == data
    assert decode_base64(text.rstrip("=")) == data
    assert decode_base64(text.replace("+", "-").replace("/", "_")) == data
