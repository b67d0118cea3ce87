"""Names that only meet in what is emitted are findings with both positions."""

from __future__ import annotations

import pytest

from rivetgen.python.collisions import collisions
from rivetgen_schema import load_text
from rivetgen_schema.source import SourceFile

HEAD = "rivet: 1\ninfo: { name: shop, version: 0.1.0 }\n"
ROOM = "actors: { room: { state: { a: int = 0 }, actions: { go: {} } } }\n"


def findings(text: str) -> list[tuple[str, str]]:
    result = load_text(HEAD + text)
    assert result.schema is not None, result.findings
    files = [SourceFile.from_text(HEAD + text, name="actors.yaml")]
    found = collisions(result.schema, files)
    assert all(finding.position and finding.excerpt for finding in found)
    return [(finding.code, finding.message) for finding in found]


def test_a_variant_and_a_type_meet() -> None:
    text = (
        "types:\n"
        "  Shape: { union: kind, variants: { circle: {}, square: {} } }\n"
        "  ShapeCircle: { fields: { a: Shape } }\n"
        "actors: { room: { state: { a: ShapeCircle } } }\n"
    )
    assert findings(text) == [
        (
            "RG001",
            (
                "The type `ShapeCircle` and the variant `circle` of `Shape` are both "
                "called `ShapeCircle` in Python."
            ),
        )
    ]


def test_metadata_and_an_error_meet() -> None:
    text = (
        "errors:\n"
        "  full: { message: Full., metadata: { limit: int } }\n"
        "  full_metadata: Other.\n"
        "actors: { room: { actions: { go: { errors: [full, full_metadata] } } } }\n"
    )
    ((code, message),) = findings(text)
    assert code == "RG001"
    assert "`FullMetadata`" in message


@pytest.mark.parametrize("name", ["RoomEvents", "RoomKey", "SyncRoomHandle"])
def test_a_type_and_a_class_of_an_actor_meet(name: str) -> None:
    text = f"types: {{ {name}: {{ fields: {{ a: int }} }} }}\n"
    actors = f"actors: {{ room: {{ state: {{ a: {name} }} }} }}\n"
    ((code, message),) = findings(text + actors)
    assert code == "RG001"
    assert message.startswith("A class of the actor `room` and the type")


@pytest.mark.parametrize("name", ["types", "errors", "client", "handles", "registry"])
def test_an_actor_needs_a_module_of_its_own(name: str) -> None:
    ((code, message),) = findings(ROOM.replace("room", name))
    assert code == "RG002"
    assert f"`{name}`" in message


def test_other_names_do_not_meet() -> None:
    assert findings(ROOM) == []
