"""Values of the protocol for property tests, and what comes back of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeGuard

from hypothesis import strategies as st

from rivetgen_client.wire.values import UNDEFINED, BigInt

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value

# Milliseconds of this and the last century: what JavaScript dates and float64 hold.
DATETIMES = st.integers(min_value=0, max_value=4_102_444_800_000).map(
    lambda ms: datetime.fromtimestamp(ms / 1000, UTC)
)
TEXT = st.text() | st.sampled_from(["$", "$$", "$x", "$BigInt", "$Set", "\u2028"])
INTEGERS = (
    st.integers()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.sampled_from([2**32 - 1, 2**32, -(2**32), -(2**32) - 1, 2**53 - 1, 2**53])
)
KEYS = TEXT | st.integers(min_value=-5, max_value=5).map(str)
# Sets of anything else come back as lists.
MEMBERS = (
    TEXT
    | st.integers(-(2**63), 2**63)
    | st.binary()
    | st.floats(allow_nan=False, allow_infinity=False)
)


def leaves() -> st.SearchStrategy[Value]:
    """Every kind of value that holds no other value."""
    return (
        st.none()
        | st.booleans()
        | INTEGERS
        | st.floats(allow_nan=False)
        | TEXT
        | st.binary()
        | INTEGERS.map(BigInt)
        | DATETIMES
        | st.just(UNDEFINED)
    )


def values() -> st.SearchStrategy[Value]:
    """Any value, with nested lists, tuples, maps and sets."""
    return st.recursive(
        leaves(),
        lambda inner: (
            st.lists(inner)
            | st.tuples(TEXT, inner)
            | st.dictionaries(KEYS, inner)
            | st.frozensets(MEMBERS)
            | st.sets(st.text())
        ),
        max_leaves=20,
    )


def arguments() -> st.SearchStrategy[list[Value]]:
    """Positional arguments of an action or event."""
    return st.lists(values(), max_size=4)


def is_same(value: Any, decoded: Any) -> bool:
    """Whether a decoded value is what was encoded, up to list, int and set types."""
    if isinstance(value, AbstractSet):
        return isinstance(decoded, set) and value == decoded
    if _is_map(value):
        return _is_dict(decoded) and _is_same_map(value, decoded)
    if _is_sequence(value):
        return _is_list(decoded) and _is_same_list(value, decoded)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return not isinstance(decoded, bool) and _is_same_number(value, decoded)
    return type(value) is type(decoded) and bool(value == decoded)


def _is_map(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_dict(value: object) -> TypeGuard[dict[Any, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_same_map(value: Mapping[Any, Any], decoded: dict[Any, Any]) -> bool:
    return list(value) == list(decoded) and all(
        is_same(value[key], decoded[key]) for key in value
    )


def _is_same_list(value: Sequence[Any], decoded: list[Any]) -> bool:
    return len(value) == len(decoded) and all(map(is_same, value, decoded))


def _is_same_number(value: float, decoded: Any) -> bool:
    if isinstance(value, BigInt):
        return isinstance(decoded, BigInt) and value == decoded
    return isinstance(decoded, float | int) and (
        value == decoded or (math.isnan(value) and math.isnan(decoded))
    )
