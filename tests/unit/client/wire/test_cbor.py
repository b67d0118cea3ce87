"""The CBOR profile."""

from __future__ import annotations

import math
import struct
import time
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given

from rivetgen_client.wire import cbor
from rivetgen_client.wire.errors import MalformedMessageError, UnsupportedValueError
from rivetgen_client.wire.limits import MAX_BIGINT_BITS
from rivetgen_client.wire.values import UNDEFINED, BigInt, Value, decode_compat
from wire_captures import cases
from wire_values import is_same, values

# Where this decoder knowingly differs from the one in JavaScript.
STRICTER = {
    "tag37_uuid": "JavaScript gives an opaque Tag object; there is no such value here",
    "tag_unknown": "the same",
    "map_intkey": "integers that hash alike would make a map quadratically slow",
}
MORE_LENIENT = {
    "bytes_indef": "valid CBOR that the JavaScript library never learned",
}

DECODED: dict[str, Value] = {
    "uint8": 5,
    "uint64_1b_5": 5,
    "uint64_max": 2**64 - 1,
    "nint64": -5,
    "uint32_1a": 5,
    "f16_1": 1.0,
    "f32_15": 1.5,
    "f64_int": 2**40,
    "f64_5": 5.0,
    "true": True,
    "null": None,
    "undef": UNDEFINED,
    "str": "hello",
    "bytes": b"\x01\x02\x03",
    "bytes_indef": b"\x01\x02\x03",
    "arr": [1, 2, 3],
    "arr_indef": [1, 2, 3],
    "map": {"a": 1},
    "map_indef": {"a": 1},
    "map16": {"a": 1},
    "map_dup": {"a": 2},
    "tag0_datestr": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    "tag1_int": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    "tag1_float": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    "tag2_bignum_small": 5,
    "tag2_bignum_big": 2**64,
    "tag3": -5,
    "tag64_u8": b"\x01\x02\x03",
    "tag258_set": {1, 2},
    "tag259_map": {"a": 1},
    "tag27_regexp": ["RegExp", "a+", "g"],
    "tag27_error": ["Error", "oops"],
    "tag55799": 5,
    "compat_bigint": BigInt(5),
    "compat_undef": UNDEFINED,
    "compat_u8": b"\x01\x02\x03",
    "compat_ab": b"\x01\x02\x03",
    "compat_set": {1, 2},
    "compat_escaped": ["$x", 1],
    "compat_in_obj": {"a": BigInt(5)},
}

CBOR_CASES = [
    case
    for case in cases("js_decode")
    if case["encoding"] == "cbor" and not case["label"].startswith("version_")
]


@pytest.mark.parametrize("case", CBOR_CASES, ids=lambda case: case["label"])
def test_cbor_is_read_as_javascript_reads_it(case: dict[str, Any]) -> None:
    label = case["label"]
    item = bytes.fromhex(case["output_encoded"].replace(" ", ""))

    if label in STRICTER or ("error" in case and label not in MORE_LENIENT):
        with pytest.raises(MalformedMessageError):
            cbor.decode(item, exactly=True)
    else:
        assert cbor.decode(item, exactly=True) == DECODED[label]


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (2**32 - 1, "1affffffff"),
        (2**32, "fb41f0000000000000"),
        (-(2**32), "3affffffff"),
        (-(2**32) - 1, "fbc1f0000000100000"),
        (2**53 - 1, "fb433fffffffffffff"),
        (2**53, "826724426967496e747039303037313939323534373430393932"),
        (BigInt(1), "826724426967496e746131"),
        (1.5, "fb3ff8000000000000"),
        (b"\x01", "826b2455696e743841727261796441513d3d"),
        ({1}, "82642453657481" + "01"),
        (UNDEFINED, "826a24556e646566696e656400"),
        (["$x", 1], "826324247801"),
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), "c11a6553f100"),
        (
            datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC),
            "c1fb41d954fc4007df3b",
        ),
        ({"a": 1}, "a1616101"),
    ],
)
def test_values_are_written_in_the_profile(value: Value, encoded: str) -> None:
    assert cbor.encode(value).hex() == encoded


def test_ids_in_frames_are_eight_bytes_long() -> None:
    frame = {"id": cbor.WideUint(5), "output": {"a": {1}}}

    assert cbor.encode_frame(frame).hex() == (
        "a2626964" + "1b0000000000000005" + "666f7574707574a16161826424536574" + "8101"
    )


@given(values())
def test_every_value_survives_cbor(value: Any) -> None:
    data = cbor.encode(value)

    assert is_same(value, cbor.decode(data))
    assert is_same(value, cbor.decode(data, exactly=True))


def test_an_id_is_a_plain_int() -> None:
    frame = cbor.encode_frame({"id": cbor.WideUint(5)})

    assert cbor.decode(frame) == {"id": 5}


def test_nan_and_infinities_survive_cbor() -> None:
    decoded = cbor.decode(cbor.encode([math.nan, math.inf, -math.inf]))

    assert is_same([math.nan, math.inf, -math.inf], decoded)


@pytest.mark.parametrize(
    ("tag", "form", "numbers"),
    [
        (65, ">HH", [1, 258]),
        (66, ">II", [1, 2**31]),
        (67, ">QQ", [1, 2**63]),
        (69, "<HH", [1, 258]),
        (70, "<II", [1, 2**31]),
        (71, "<QQ", [1, 2**63]),
        (72, "bb", [1, -1]),
        (73, ">hh", [1, -1]),
        (74, ">ii", [1, -1]),
        (75, ">qq", [1, -1]),
        (77, "<hh", [1, -1]),
        (78, "<ii", [1, -1]),
        (79, "<qq", [1, -1]),
        (80, ">ee", [0.5, -1.0]),
        (81, ">ff", [0.5, -1.0]),
        (82, ">dd", [0.5, -1.0]),
        (84, "<ee", [0.5, -1.0]),
        (85, "<ff", [0.5, -1.0]),
        (86, "<dd", [0.5, -1.0]),
    ],
)
def test_typed_arrays_are_read_as_lists_of_numbers(
    tag: int, form: str, numbers: list[float]
) -> None:
    data = cbor2.dumps(cbor2.CBORTag(tag, struct.pack(form, *numbers)))

    assert cbor.decode(data) == numbers


def test_clamped_byte_arrays_are_bytes() -> None:
    assert cbor.decode(cbor2.dumps(cbor2.CBORTag(68, b"\x01\xff"))) == b"\x01\xff"


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "81",
        "ff",
        "1c",
        "f0",
        "f8ff",
        "61ff",
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "5bffffffffffffffff",
        "7bffffffffffffffff",
        "a1f601",
        "a1810101",
        "a1a00101",
        "c06130",
        "c073323032332d31312d31345432323a31333a3230",
        "c11bffffffffffffffff",
        "c1fb7ff8000000000000",
        "c201",
        "c301",
        "c48201c24101",
        "d81b01",
        "d84001",
        "d84543010203",
        "d853" + "50" + "00" * 16,
        "d9010201",
        "d9010301",
        "d81c81d81d00",
        "d90100826161d81900",
        "d82361" + "61",
        "d9010281a1616101" + "ff",
        "d90bb805",
        "826724426967496e74" + "f4",
    ],
)
def test_everything_else_is_malformed(encoded: str) -> None:
    with pytest.raises(MalformedMessageError):
        cbor.decode(bytes.fromhex(encoded), exactly=True)


@pytest.mark.parametrize(
    "prefix", [b"\x81", b"\xa1\x61a", b"\x9f", b"\xc1", b"\xd9\x01\x02\x81"]
)
def test_deep_nesting_is_malformed(prefix: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        cbor.decode(prefix * 50_000 + b"\x00")
    with pytest.raises(MalformedMessageError):
        cbor.decode(prefix * 50_000 + b"\x00", exactly=True)


def test_keys_with_equal_hashes_take_no_quadratic_time() -> None:
    keys = dict.fromkeys(step * (2**61 - 1) for step in range(1, 5_000))
    data = cbor2.dumps(keys)
    started = time.process_time()

    with pytest.raises(MalformedMessageError):
        cbor.decode(data)
    assert time.process_time() - started < 1


def test_huge_bignums_are_malformed() -> None:
    largest = b"\xff" * (MAX_BIGINT_BITS // 8)

    assert cbor.decode(cbor2.dumps(cbor2.CBORTag(2, largest))) == 2**MAX_BIGINT_BITS - 1
    with pytest.raises(MalformedMessageError):
        cbor.decode(cbor2.dumps(cbor2.CBORTag(2, largest + b"\xff")))


def test_bytes_after_the_item_are_ignored_unless_refused() -> None:
    assert cbor.decode(b"\x05\x05") == 5
    with pytest.raises(MalformedMessageError, match="1 bytes follow"):
        cbor.decode(b"\x05\x05", exactly=True)


def test_requests_keep_arrays_that_only_look_like_tuples() -> None:
    plain = cbor.parse(cbor2.dumps([["$x", 1], ["$BigInt", "5"]]))

    assert decode_compat(plain, cbor.LENIENT_CBOR_PROFILE) == [["$x", 1], 5]


@pytest.mark.parametrize(
    "value",
    ["\ud800", {"\udfff": 1}, datetime(2023, 11, 14)],  # noqa: DTZ001
)
def test_what_is_not_unicode_or_an_instant_is_refused(value: Value) -> None:
    with pytest.raises(UnsupportedValueError):
        cbor.encode(value)
