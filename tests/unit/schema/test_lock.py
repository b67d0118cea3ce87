"""The lock file and reading the IR back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rivetgen_schema import ir, load_schema, load_text, schema_digest, to_json
from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.ir_decode import DecodeError, from_json
from rivetgen_schema.lock import Lock, LockError, make_lock, read_lock, write_lock

DATA = Path(__file__).parents[2] / "data" / "schema"
HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"


def load(text: str) -> ir.Schema:
    schema = load_text(HEADER + text).schema
    assert schema is not None
    return schema


@pytest.fixture(scope="module")
def worked_example() -> ir.Schema:
    schema = load_schema(DATA / "worked-example.yaml").schema
    assert schema is not None
    return schema


def test_schema_comes_back_from_its_json_form(worked_example: ir.Schema) -> None:
    document = json.loads(json.dumps(to_json(worked_example)))
    assert from_json(document) == worked_example


@pytest.mark.parametrize("code", list(EXPLANATIONS))
def test_every_repaired_example_comes_back(code: str) -> None:
    schema = load_text(EXPLANATIONS[code].fixed_text() or HEADER).schema
    assert schema is not None
    again = from_json(json.loads(json.dumps(to_json(schema))))
    assert again == schema
    assert schema_digest(again) == schema_digest(schema)


WHOLE: dict[str, object] = {"format": 1, "name": "a", "version": "1"}
OTHER_DOCUMENTS: list[tuple[object, str]] = [
    (None, ""),
    ("text", ""),
    ({"format": 2}, "format"),
    ({"format": 1}, "name"),
    (WHOLE | {"name": 5}, "name"),
    (WHOLE | {"other": 1}, ""),
    (WHOLE | {"actors": 1}, "actors"),
    (WHOLE | {"actors": [1]}, "actors[0]"),
    (WHOLE | {"types": [{"kind": "list", "name": "A"}]}, "types[0]"),
    (WHOLE | {"actors": [{"name": "b", "durability": "x"}]}, "actors[0].durability"),
    (WHOLE | {"actors": [{"name": "b", "names": {"rust": "c"}}]}, "actors[0].names"),
]


@pytest.mark.parametrize(("document", "path"), OTHER_DOCUMENTS)
def test_other_documents_are_refused_with_their_place(
    document: object, path: str
) -> None:
    with pytest.raises(DecodeError) as caught:
        from_json(document)
    assert caught.value.path == path


def test_lock_comes_back_as_it_was_written(worked_example: ir.Schema) -> None:
    lock = make_lock(worked_example)
    text = write_lock(lock)
    assert read_lock(text) == lock
    assert write_lock(read_lock(text)) == text


def test_lock_keeps_the_types_that_a_state_needs(worked_example: ir.Schema) -> None:
    lock = make_lock(worked_example)
    snapshot = lock.states["chatRoom"][2]
    assert [definition.name for definition in snapshot.types] == [
        "Attachment",
        "Message",
    ]


def test_lock_keeps_states_of_earlier_versions() -> None:
    first = make_lock(load("actors: { a: { state: { old: int = 1 } } }"))
    second = make_lock(
        load("actors: { a: { state: { new: int = 1 }, stateVersion: 2 } }"),
        previous=first,
    )
    assert list(second.states["a"]) == [1, 2]
    assert second.states["a"][1] == first.states["a"][1]
    assert read_lock(write_lock(second)) == second


def test_edited_lock_is_refused(worked_example: ir.Schema) -> None:
    text = write_lock(make_lock(worked_example))
    with pytest.raises(LockError, match="digest does not fit"):
        read_lock(text.replace('"version": "1.4.0"', '"version": "1.5.0"'))


def broken(change: dict[str, Any]) -> str:
    lock = json.loads(write_lock(Lock(schema=load("actors: {}"))))
    return json.dumps(lock | change)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        broken({"lock": 2}),
        broken({"schema": None}),
        broken({"states": []}),
        broken({"states": {"a": {"x": {}}}}),
        broken({"states": {"a": {"1": {"body": {"kind": "record", "fields": []}}}}}),
        broken({"states": {"a": {"1": {"types": [], "body": {"kind": "x"}}}}}),
    ],
)
def test_broken_lock_is_refused(text: str) -> None:
    with pytest.raises(LockError):
        read_lock(text)
