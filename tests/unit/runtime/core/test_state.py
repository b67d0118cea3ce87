"""Typed state: what is saved, when it counts as changed, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Self

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_actors import LabBase, LabState
from rivetgen_client import types
from rivetgen_runtime.core.snapshots import decode_stored, encode_stored
from rivetgen_runtime.core.state import StateCell
from rivetgen_runtime.errors import (
    StateInvalidError,
    StateTooLargeError,
    StorageCorruptError,
)
from rivetgen_runtime.options import StateLimits

VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.frozensets(st.text()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Rich(types.Model):
    text: Annotated[types.Str, pydantic.Field(max_length=5)] = ""
    data: types.Bytes = b""
    tags: set[types.Str] = pydantic.Field(default_factory=set[str])
    big: types.BigInt = 0
    at: types.DateTime | types.Missing = pydantic.Field(
        default=types.MISSING, exclude_if=types.is_missing
    )


def cell_of(value: types.Model, *, version: int = 1) -> StateCell:
    definition = replace(LabBase.definition, state=type(value), state_version=version)
    cell = StateCell(definition)
    cell.value = value
    return cell


def save(cell: StateCell) -> None:
    assert cell.dump_change() is not None
    cell.settle()


def reloaded(cell: StateCell, blob: bytes) -> Any:
    copy = cell_of(type(cell.value)())
    copy.load(blob)
    return copy.value


@given(VALUES, st.integers(1, 1000))
def test_a_stored_value_is_read_as_it_was_written(value: Any, version: int) -> None:
    assert decode_stored(encode_stored(value, version)) == (version, value)


def test_a_stored_value_begins_with_layout_and_codec() -> None:
    assert encode_stored({"count": 1}, 3) == b"\x01\x01\x82\x03\xa1\x65count\x01"


@given(st.binary(max_size=40))
def test_damaged_bytes_are_told_apart_from_values(blob: bytes) -> None:
    try:
        version, _ = decode_stored(blob)
    except StorageCorruptError:
        return
    assert blob[:2] == b"\x01\x01"
    assert isinstance(version, int)


@pytest.mark.parametrize(
    "blob",
    [
        *(b"", b"\x01", b"\x02\x01\x82\x01\x01", b"\x01\x02\x82\x01\x01"),
        *(b"\x01\x01\x01", b"\x01\x01\x81\x01", b"\x01\x01\x82\x61a\x01"),
        b"\x01\x01\x82\x01",
    ],
    ids=bytes.hex,
)
def test_other_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(StorageCorruptError):
        decode_stored(blob)


def test_a_first_state_is_a_change() -> None:
    assert cell_of(LabState()).dump_change() is not None


def test_an_unchanged_state_is_no_change() -> None:
    cell = cell_of(LabState(value=1))
    save(cell)
    assert cell.dump_change() is None


def test_a_nested_change_is_found() -> None:
    cell = cell_of(LabState(notes=["a"]))
    save(cell)
    cell.value.notes.append("b")
    blob = cell.dump_change()
    assert blob is not None
    assert reloaded(cell, blob).notes == ["a", "b"]


def test_a_replaced_state_is_found() -> None:
    cell = cell_of(LabState(value=1))
    save(cell)
    cell.value = LabState(value=2)
    assert cell.dump_change() is not None


def test_bytes_sets_big_integers_and_absent_fields_are_kept() -> None:
    cell = cell_of(Rich(data=b"\x00\xff", tags={"x", "y"}, big=2**90))
    blob = cell.dump_change()
    assert blob is not None
    assert reloaded(cell, blob) == cell.value


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", 5), ("text", "longer than five"), ("data", "text"), ("tags", [])],
)
def test_a_state_that_could_not_be_loaded_again_is_not_saved(
    field: str, value: object
) -> None:
    cell = cell_of(Rich(text="ok"))
    save(cell)
    setattr(cell.value, field, value)
    with pytest.raises(StateInvalidError) as caught:
        cell.dump_change()
    assert caught.value.actor == "lab"
    assert field in caught.value.message


def test_another_model_than_declared_is_refused_not_saved_as_nothing() -> None:
    cell = cell_of(LabState(value=1))
    save(cell)
    cell.value = Rich(text="ok")
    with pytest.raises(StateInvalidError, match="Rich is no LabState"):
        cell.dump_change()
    cell.restore()
    assert cell.value == LabState(value=1)


def test_only_fields_that_changed_are_checked() -> None:
    checked: list[object] = []

    def note(value: object) -> object:
        checked.append(value)
        return value

    class Noting(types.Model):
        left: Annotated[types.Int, pydantic.BeforeValidator(note)] = 0
        right: Annotated[types.Int, pydantic.BeforeValidator(note)] = 0

    cell = cell_of(Noting(left=1, right=2))
    save(cell)
    checked.clear()
    cell.value.left = 3
    save(cell)
    assert checked == [3]


def test_states_of_the_same_kind_are_checked_apart() -> None:
    definition = replace(LabBase.definition, state=Rich)
    wrong, right = (StateCell(definition) for _ in range(2))
    for cell in (wrong, right):
        cell.value = Rich()
        save(cell)
    wrong.value.text = "much too long"
    right.value.tags.add("a")
    with pytest.raises(StateInvalidError, match="text"):
        wrong.dump_change()
    save(right)
    right.value.tags.add("b")
    blob = right.dump_change()
    assert blob is not None
    assert reloaded(right, blob) == Rich(tags={"a", "b"})


def test_fields_that_depend_on_each_other_are_checked_together() -> None:
    class Ordered(types.Model):
        low: types.Int = 0
        high: types.Int = 0

        @pydantic.model_validator(mode="after")
        def check(self) -> Self:
            if self.low > self.high:
                message = "low is above high"
                raise ValueError(message)
            return self

    cell = cell_of(Ordered())
    save(cell)
    cell.value.low = 1
    with pytest.raises(StateInvalidError, match="low is above high"):
        cell.dump_change()


def test_a_field_that_appears_is_checked() -> None:
    cell = cell_of(Rich())
    save(cell)
    cell.value.at = "yesterday"
    with pytest.raises(StateInvalidError, match="at"):
        cell.dump_change()


def test_a_loaded_state_is_no_change() -> None:
    first = cell_of(LabState(value=1, notes=["a"]))
    blob = first.dump_change()
    assert blob is not None
    second = cell_of(LabState())
    second.load(blob)
    assert second.dump_change() is None
    second.value.notes.append("b")
    changed = second.dump_change()
    assert changed is not None
    assert reloaded(second, changed).notes == ["a", "b"]


def test_a_loaded_state_can_be_restored_before_it_was_ever_saved() -> None:
    blob = cell_of(LabState(value=1)).dump_change()
    cell = cell_of(LabState())
    cell.load(blob or b"")
    cell.value.value = "text"
    with pytest.raises(StateInvalidError):
        cell.dump_change()
    cell.restore()
    assert cell.value == LabState(value=1)
    assert cell.dump_change() is None


def test_restoring_keeps_the_object_that_code_holds() -> None:
    cell = cell_of(LabState(value=1))
    save(cell)
    held = cell.value
    held.value = 2
    cell.restore()
    assert held is cell.value
    held.value = 3
    save(cell)


def test_a_state_above_the_limit_is_refused_with_its_size() -> None:
    definition = replace(LabBase.definition, state=LabState)
    cell = StateCell(definition, StateLimits(maximum_bytes=100))
    cell.value = LabState(notes=["x" * 50])
    save(cell)
    cell.value.notes.append("y" * 50)
    with pytest.raises(StateTooLargeError) as caught:
        cell.dump_change()
    assert caught.value.maximum_bytes == 100
    assert caught.value.size_bytes > 100
    cell.restore()
    assert cell.value.notes == ["x" * 50]


def test_advice_on_the_size_is_given_once() -> None:
    cell = StateCell(LabBase.definition, StateLimits(advised_bytes=100))
    assert cell.advice(100) is None
    assert "101 bytes" in (cell.advice(101) or "")
    assert cell.advice(102) is None


def test_restoring_undoes_what_was_not_settled() -> None:
    cell = cell_of(LabState(value=1))
    save(cell)
    cell.value.value = 2
    cell.restore()
    assert cell.value == LabState(value=1)
    assert cell.dump_change() is None


def test_a_state_of_a_newer_schema_is_refused() -> None:
    blob = cell_of(LabState(), version=2).dump_change()
    with pytest.raises(StateInvalidError, match="version 2, the schema has 1"):
        cell_of(LabState(), version=1).load(blob or b"")


def test_a_stored_state_that_does_not_fit_is_refused() -> None:
    with pytest.raises(StateInvalidError, match="value"):
        cell_of(LabState()).load(encode_stored({"value": "text"}, 1))


def test_an_actor_without_state_has_nothing_to_save() -> None:
    cell = StateCell(replace(LabBase.definition, state=None))
    assert cell.dump_change() is None
