"""Documents of other formats: values with places, and limits."""

from __future__ import annotations

import pytest

from rivetgen.errors import ImportSchemaError
from rivetgen.importing.documents import MAXIMUM_DEPTH, read_document


def refused(text: str) -> str:
    with pytest.raises(ImportSchemaError) as caught:
        read_document(text, name="a.json")
    return str(caught.value)


def test_json_and_yaml_give_the_same_values() -> None:
    json_value = read_document('{"a": [1, 2.5, true, null, "x"]}', name="a.json")
    yaml_value = read_document("a: [1, 2.5, true, null, x]", name="a.yaml")
    assert json_value.plain() == {"a": [1, 2.5, True, None, "x"]}
    assert yaml_value.plain() == json_value.plain()


def test_values_know_where_they_start() -> None:
    root = read_document('{\n\t"a": {\n\t\t"b": 1\n\t}\n}', name="a.json")
    inner = root.get("a")
    assert inner is not None
    assert str(inner.position) == "a.json:2:7"
    value = inner.get("b")
    assert value is not None
    assert str(value.position) == "a.json:3:8"


def test_quoted_texts_stay_texts() -> None:
    assert read_document('{"a": "1", "b": "null"}', name="a").plain() == {
        "a": "1",
        "b": "null",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "\\ud83d\\ude00"}', "\U0001f600"),
        ('{"a": "\\\\ud83d\\\\ude00"}', "\\ud83d\\ude00"),
        ('{"a": "\\\\\\ud83d\\ude00"}', "\\\U0001f600"),
        ('{"a": "\\/\\u00e9\\n"}', "/\u00e9\n"),
    ],
)
def test_escapes_mean_what_json_says(text: str, value: str) -> None:
    assert read_document(text, name="a").plain() == {"a": value}


def test_what_is_no_map_has_no_entries() -> None:
    root = read_document("[1]", name="a")
    assert root.entries() == {}
    assert root.get("a") is None
    assert [item.content for item in root.items()] == [1]
    assert root.items()[0].items() == []


def test_anchors_are_refused_with_their_place() -> None:
    assert refused("a: &x 1\nb: *x").startswith("a.json:2:4 uses an anchor")


def test_deep_and_empty_documents_are_refused() -> None:
    assert "is nested too deeply" in refused("[" * (MAXIMUM_DEPTH + 1))
    assert refused("") == "a.json is empty"
    assert refused("# nothing") == "a.json is empty"


def test_keys_that_are_no_texts_are_refused() -> None:
    assert "has a key that is no text" in refused("{[a]: 1}")


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rivetgen.importing.documents.MAXIMUM_VALUES", 10)
    assert "has more than 10 values" in refused(f"[{'1, ' * 20}]")
    monkeypatch.setattr("rivetgen.importing.documents.MAXIMUM_BYTES", 10)
    assert "MiB" in refused("x" * 11)
