"""Frames of the inspector's WebSocket: recorded ones, and one of every message."""

from __future__ import annotations

import random
from typing import Any

import pytest

from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_client.wire.inspector import (
    FIELDS,
    LEGACY_VERSION,
    TO_CLIENT,
    TO_SERVER,
    VERSIONS,
    InspectorMessage,
    Kind,
    ListOf,
    OptionalOf,
    Scalar,
    Struct,
    decode,
    encode,
)
from wire_captures import capture

STEPS = {"v6": (6, 0), "legacy (embedded v5)": (LEGACY_VERSION, 2)}
"""Steps of the recording: the version of their frames, and the bytes before each."""

RECORDED = [
    (*STEPS[step["step"]], event)
    for step in capture("inspector_ws")["steps"]
    for event in step["events"]
    if step["step"] in STEPS and event.get("op") == "binary"
]

EVERY_MESSAGE = [
    pytest.param(messages, version, name, id=f"v{version}-{name}")
    for messages in (TO_SERVER, TO_CLIENT)
    for version in VERSIONS
    for name in messages[version]
]


SCALARS = {
    Scalar.UINT: 2**40,
    Scalar.STRING: "é",
    Scalar.DATA: b"\x80",
    Scalar.BOOLEAN: True,
}


def sample(kind: Kind, *, full: bool) -> Any:
    match kind:
        case Scalar():
            return SCALARS[kind]
        case OptionalOf(inner):
            return sample(inner, full=full) if full else None
        case ListOf(inner):
            return [sample(inner, full=full)] if full else []
        case Struct(name):
            return sample_fields(name, full=full)


def sample_fields(name: str, *, full: bool) -> dict[str, Any]:
    return {field: sample(kind, full=full) for field, kind in FIELDS[name].items()}


@pytest.mark.parametrize(("version", "prefix", "event"), RECORDED)
def test_recorded_frames_are_read_and_written_again(
    version: int, prefix: int, event: Any
) -> None:
    frame = bytes.fromhex(event["hex"])
    messages = TO_SERVER if event["dir"] == "c2s" else TO_CLIENT

    message = decode(messages, version, frame[prefix:])

    assert frame[:prefix] == version.to_bytes(2, "little")[:prefix]
    assert encode(messages, version, message) == frame[prefix:]


def test_the_recorded_first_frame_holds_the_whole_picture() -> None:
    version, prefix, event = RECORDED[0]
    message = decode(TO_CLIENT, version, bytes.fromhex(event["hex"])[prefix:])

    assert message.name == "Init"
    assert message.fields["rpcs"] == ["seen"]
    assert message.fields["state"] == bytes.fromhex("b90001647365656e80")
    assert message.fields["isDatabaseEnabled"] is True
    assert message.fields["schedules"] == []


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize(("messages", "version", "name"), EVERY_MESSAGE)
def test_every_message_of_every_version_is_read_as_it_was_written(
    messages: Any, version: int, name: str, full: bool
) -> None:
    fields = sample_fields(name, full=full)

    read = decode(
        messages, version, encode(messages, version, InspectorMessage(name, fields))
    )

    assert read.name == name
    assert read.fields == {field: fields[field] for field in read.fields}
    assert name == "Init" or read.fields.keys() == fields.keys()


def test_only_the_newest_version_knows_schedules() -> None:
    fields = sample_fields("Init", full=True)
    frames = {
        version: decode(
            TO_CLIENT,
            version,
            encode(TO_CLIENT, version, InspectorMessage("Init", fields)),
        ).fields
        for version in VERSIONS
    }

    assert "schedules" in frames[6]
    assert all("schedules" not in frames[version] for version in range(1, 6))
    assert "tabConfig" in frames[5]
    assert "tabConfig" not in frames[4]
    assert "events" in frames[1]
    assert "queueSize" not in frames[1]


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xff", b"\x0e", b"\x03\x09", b"\x00\xff\xff\xff\xff\x0f"]
)
def test_what_is_no_message_is_refused_with_one_exception(data: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        decode(TO_SERVER, 6, data)


def test_a_list_cannot_announce_more_than_arrived() -> None:
    with pytest.raises(MalformedMessageError, match="items announced"):
        decode(TO_CLIENT, 6, b"\x03\xff\xff\xff\xff\x0f")


def test_random_bytes_are_refused_or_read() -> None:
    dice = random.Random(7)
    for _ in range(2000):
        version = dice.choice(VERSIONS)
        data = dice.randbytes(dice.randrange(24))
        try:
            message = decode(TO_SERVER, version, data)
        except MalformedMessageError:
            continue
        assert message.name in TO_SERVER[version]
