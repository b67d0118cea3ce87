"""JSON text of values."""

from __future__ import annotations

import json as standard_json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given

from rivetgen_client.wire import json
from rivetgen_client.wire.errors import MalformedMessageError, UnsupportedValueError
from rivetgen_client.wire.values import UNDEFINED, BigInt, Value
from wire_captures import cases
from wire_values import is_same, values

if TYPE_CHECKING:
    from collections.abc import Sequence

JSON_CASES = [case for case in cases("js_decode") if case["encoding"] == "json"]


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: case["label"])
def test_json_is_accepted_exactly_when_javascript_accepts_it(
    case: dict[str, Any],
) -> None:
    data = bytes.fromhex(case["response_hex"])

    if "error" in case and case["label"] != "no_output_key":
        with pytest.raises(MalformedMessageError):
            json.decode(data)
    else:
        assert isinstance(json.decode(data), dict)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (2**53 - 1, "9007199254740991"),
        (2**53, '["$BigInt","9007199254740992"]'),
        (BigInt(1), '["$BigInt","1"]'),
        (math.nan, "null"),
        (-math.inf, "null"),
        (1.5, "1.5"),
        ([1, "é😀"], '[1,"é😀"]'),
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), '"2023-11-14T22:13:20.000Z"'),
        (
            datetime(2023, 11, 14, 22, 13, 20, 123_000, tzinfo=UTC),
            '"2023-11-14T22:13:20.123Z"',
        ),
        (
            datetime(2023, 11, 14, 22, 13, 20, 123_456, tzinfo=UTC),
            '"2023-11-14T22:13:20.123456Z"',
        ),
        (
            datetime(2023, 11, 15, tzinfo=timezone(timedelta(hours=1))),
            '"2023-11-14T23:00:00.000Z"',
        ),
        ({"a": UNDEFINED}, '{"a":["$Undefined",0]}'),
    ],
)
def test_values_are_written_as_javascript_reads_them(value: Value, text: str) -> None:
    assert json.encode(value) == text.encode()


def without_dates_and_infinities(value: object) -> Any:
    """What JSON keeps of a value."""
    if isinstance(value, datetime):
        return json.format_datetime(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        return [without_dates_and_infinities(item) for item in items]
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        return {
            key: without_dates_and_infinities(item) for key, item in entries.items()
        }
    return value


@given(values())
def test_every_value_survives_json(value: Any) -> None:
    data = json.encode(value)

    standard_json.loads(data)
    assert is_same(without_dates_and_infinities(value), json.decode(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"\xff",
        b'"\xc3"',
        b'"\\ud800"',
        b'"\\uDC00"',
        b'{"\\uDfff":1}',
        b"\xef\xbb\xbf1",
        b"1 2",
        b"[1,]",
        b"9" * 5000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 129 + b"]" * 129,
        b'["$Set",' * 200 + b"1" + b"]" * 200,
    ],
    ids=lambda data: repr(data[:16]),
)
def test_everything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        json.decode(data)


def test_text_and_bytes_are_read_alike() -> None:
    assert json.decode('{"a":"é"}') == json.decode('{"a":"é"}'.encode()) == {"a": "é"}


def test_escaped_surrogate_pairs_are_one_character() -> None:
    assert json.decode(b'"\\ud83d\\ude00"') == "😀"


def test_text_for_headers_is_printable_ascii() -> None:
    assert json.encode_ascii("é\x7f\n") == '"\\u00e9\\u007f\\n"'
    assert json.encode_ascii(["a", b""]) == '["a",["$Uint8Array",""]]'
    with pytest.raises(UnsupportedValueError):
        json.encode_ascii("\ud800")


def test_of_duplicate_keys_the_last_counts() -> None:
    assert json.decode(b'{"a":1,"a":2}') == {"a": 2}


@pytest.mark.parametrize(
    "value",
    ["\ud800", {"\udfff": 1}, datetime(2023, 11, 14)],  # noqa: DTZ001
)
def test_what_is_not_unicode_or_an_instant_is_refused(value: Value) -> None:
    with pytest.raises(UnsupportedValueError):
        json.encode(value)
