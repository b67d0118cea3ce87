"""Messages of the inspector's WebSocket: BARE structs in six versions, as tables.

Frames have no version prefix when the client names a version in the query
(``protocol_version``); without one, the first two bytes of every frame are the version
5 in little endian. The versions and their fields are those of RivetKit 2.3.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from .bare import Reader, Writer
from .errors import MalformedMessageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FIELDS",
    "LEGACY_VERSION",
    "TO_CLIENT",
    "TO_SERVER",
    "VERSIONS",
    "InspectorMessage",
    "Kind",
    "ListOf",
    "OptionalOf",
    "Scalar",
    "Struct",
    "decode",
    "encode",
]

VERSIONS: Final = range(1, 7)
"""Versions that a client may ask for."""

LEGACY_VERSION: Final = 5
"""The version of frames whose client names none."""


class Scalar(Enum):
    """Primitives; a name in lower case is a method of ``Reader`` and ``Writer``."""

    UINT = "uint"
    STRING = "str"
    DATA = "data"
    BOOLEAN = "bool"


@dataclass(frozen=True, slots=True)
class OptionalOf:
    """A value or None."""

    kind: "Kind"


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any number of values."""

    kind: "Kind"


@dataclass(frozen=True, slots=True)
class Struct:
    """A row of ``FIELDS``, as a mapping."""

    name: str


Kind: TypeAlias = Scalar | OptionalOf | ListOf | Struct

_UINT, _STRING = Scalar.UINT, Scalar.STRING
_DATA, _BOOLEAN = Scalar.DATA, Scalar.BOOLEAN
_CONNECTIONS: Final = ListOf(Struct("Connection"))
_SCHEDULES: Final = ListOf(Struct("Schedule"))
_HISTORY: Final[dict[str, Kind]] = {
    "rid": _UINT,
    "history": OptionalOf(_DATA),
    "isWorkflowEnabled": _BOOLEAN,
}
_BY_ID: Final[dict[str, Kind]] = {"id": _UINT}

FIELDS: Final["Mapping[str, Mapping[str, Kind]]"] = {
    # Parts of messages
    "Connection": {"id": _STRING, "details": _DATA},
    "QueueMessage": {"id": _UINT, "name": _STRING, "createdAtMs": _UINT},
    "QueueStatus": {
        "size": _UINT,
        "maxSize": _UINT,
        "messages": ListOf(Struct("QueueMessage")),
        "truncated": _BOOLEAN,
    },
    "Tab": {
        "id": _STRING,
        "label": OptionalOf(_STRING),
        "icon": OptionalOf(_STRING),
        "hidden": _BOOLEAN,
    },
    "Schedule": {
        "id": _STRING,
        "name": OptionalOf(_STRING),
        "kind": _STRING,
        "action": _STRING,
        "args": _DATA,
        "nextRunAt": _UINT,
        "lastRunAt": OptionalOf(_UINT),
        "expression": OptionalOf(_STRING),
        "timezone": OptionalOf(_STRING),
        "intervalMs": OptionalOf(_UINT),
        "maxHistory": OptionalOf(_UINT),
    },
    "ScheduleError": {
        "group": _STRING,
        "code": _STRING,
        "message": _STRING,
        "metadata": OptionalOf(_DATA),
    },
    "ScheduleFire": {
        "action": _STRING,
        "scheduledAt": _UINT,
        "firedAt": _UINT,
        "finishedAt": OptionalOf(_UINT),
        "result": _STRING,
        "error": OptionalOf(Struct("ScheduleError")),
    },
    # Requests
    "PatchStateRequest": {"state": _DATA},
    "StateRequest": _BY_ID,
    "ConnectionsRequest": _BY_ID,
    "ActionRequest": {"id": _UINT, "name": _STRING, "args": _DATA},
    "EventsRequest": _BY_ID,
    "ClearEventsRequest": _BY_ID,
    "RpcsListRequest": _BY_ID,
    "TraceQueryRequest": {
        "id": _UINT,
        "startMs": _UINT,
        "endMs": _UINT,
        "limit": _UINT,
    },
    "QueueRequest": {"id": _UINT, "limit": _UINT},
    "WorkflowHistoryRequest": _BY_ID,
    "WorkflowReplayRequest": {"id": _UINT, "entryId": OptionalOf(_STRING)},
    "DatabaseSchemaRequest": _BY_ID,
    "DatabaseTableRowsRequest": {
        "id": _UINT,
        "table": _STRING,
        "limit": _UINT,
        "offset": _UINT,
    },
    "SchedulesRequest": _BY_ID,
    "ScheduleHistoryRequest": {"id": _UINT, "scheduleId": _STRING, "limit": _UINT},
    "ScheduleDeleteRequest": {"id": _UINT, "scheduleId": _STRING, "kind": _STRING},
    # Answers
    "StateResponse": {
        "rid": _UINT,
        "state": OptionalOf(_DATA),
        "isStateEnabled": _BOOLEAN,
    },
    "ConnectionsResponse": {"rid": _UINT, "connections": _CONNECTIONS},
    "ActionResponse": {"rid": _UINT, "output": _DATA},
    "EventsResponse": {"rid": _UINT, "events": ListOf(_DATA)},
    "RpcsListResponse": {"rid": _UINT, "rpcs": ListOf(_STRING)},
    "TraceQueryResponse": {"rid": _UINT, "payload": _DATA},
    "QueueResponse": {"rid": _UINT, "status": Struct("QueueStatus")},
    "WorkflowHistoryResponse": _HISTORY,
    "WorkflowReplayResponse": _HISTORY,
    "DatabaseSchemaResponse": {"rid": _UINT, "schema": _DATA},
    "DatabaseTableRowsResponse": {"rid": _UINT, "result": _DATA},
    "SchedulesResponse": {"rid": _UINT, "schedules": _SCHEDULES},
    "ScheduleHistoryResponse": {
        "rid": _UINT,
        "scheduleId": _STRING,
        "history": ListOf(Struct("ScheduleFire")),
    },
    "ScheduleDeleteResponse": {
        "rid": _UINT,
        "scheduleId": _STRING,
        "deleted": _BOOLEAN,
    },
    "Error": {"message": _STRING},
    # What comes by itself
    "Init": {
        "connections": _CONNECTIONS,
        "events": ListOf(_DATA),
        "state": OptionalOf(_DATA),
        "isStateEnabled": _BOOLEAN,
        "rpcs": ListOf(_STRING),
        "isDatabaseEnabled": _BOOLEAN,
        "queueSize": _UINT,
        "workflowHistory": OptionalOf(_DATA),
        "isWorkflowEnabled": _BOOLEAN,
        "tabConfig": ListOf(Struct("Tab")),
        "schedules": _SCHEDULES,
    },
    "ConnectionsUpdated": {"connections": _CONNECTIONS},
    "EventsUpdated": {"events": ListOf(_DATA)},
    "StateUpdated": {"state": _DATA},
    "QueueUpdated": {"queueSize": _UINT},
    "WorkflowHistoryUpdated": {"history": _DATA},
    "SchedulesUpdated": {"schedules": _SCHEDULES},
}
"""Fields of every struct, in order. Data is CBOR, as in ``codec``."""

_INIT_FIELDS: Final["Mapping[str, range]"] = {
    "events": range(1, 2),
    "queueSize": range(2, 7),
    "workflowHistory": range(2, 7),
    "isWorkflowEnabled": range(2, 7),
    "tabConfig": range(5, 7),
    "schedules": range(6, 7),
}
"""Fields of ``Init`` that not every version has, and the versions that do."""

_FIRST: Final = ("PatchStateRequest", "StateRequest", "ConnectionsRequest")
_QUERIES: Final = (
    *_FIRST,
    "ActionRequest",
    "RpcsListRequest",
    "TraceQueryRequest",
    "QueueRequest",
    "WorkflowHistoryRequest",
)
_DATABASE_QUERIES: Final = ("DatabaseSchemaRequest", "DatabaseTableRowsRequest")
_REPLAYING: Final = (*_QUERIES, "WorkflowReplayRequest", *_DATABASE_QUERIES)

TO_SERVER: Final["Mapping[int, tuple[str, ...]]"] = {
    1: (
        *_FIRST,
        "ActionRequest",
        "EventsRequest",
        "ClearEventsRequest",
        "RpcsListRequest",
    ),
    2: _QUERIES,
    3: (*_QUERIES, *_DATABASE_QUERIES),
    4: _REPLAYING,
    5: _REPLAYING,
    6: (
        *_REPLAYING,
        "SchedulesRequest",
        "ScheduleHistoryRequest",
        "ScheduleDeleteRequest",
    ),
}
"""Messages of clients by version, in the order of their tags."""

_UPDATES: Final = (
    "StateResponse",
    "ConnectionsResponse",
    "ActionResponse",
    "ConnectionsUpdated",
    "QueueUpdated",
    "StateUpdated",
    "WorkflowHistoryUpdated",
)
_ANSWERS: Final = (
    "RpcsListResponse",
    "TraceQueryResponse",
    "QueueResponse",
    "WorkflowHistoryResponse",
)
_LAST: Final = ("Error", "Init")
_DATABASE_ANSWERS: Final = ("DatabaseSchemaResponse", "DatabaseTableRowsResponse")
_REPLAYED: Final = (
    *_UPDATES,
    *_ANSWERS,
    "WorkflowReplayResponse",
    *_LAST,
    *_DATABASE_ANSWERS,
)

TO_CLIENT: Final["Mapping[int, tuple[str, ...]]"] = {
    1: (
        "StateResponse",
        "ConnectionsResponse",
        "EventsResponse",
        "ActionResponse",
        "RpcsListResponse",
        "ConnectionsUpdated",
        "EventsUpdated",
        "StateUpdated",
        *_LAST,
    ),
    2: (*_UPDATES, *_ANSWERS, *_LAST),
    3: (*_UPDATES, *_ANSWERS, *_LAST, *_DATABASE_ANSWERS),
    4: _REPLAYED,
    5: _REPLAYED,
    6: (
        *_UPDATES,
        "SchedulesUpdated",
        *_ANSWERS,
        "WorkflowReplayResponse",
        "SchedulesResponse",
        "ScheduleHistoryResponse",
        "ScheduleDeleteResponse",
        *_LAST,
        *_DATABASE_ANSWERS,
    ),
}
"""Messages of servers by version, in the order of their tags."""


@dataclass(frozen=True, slots=True)
class InspectorMessage:
    """One message; what its version lacks is left out when it is written."""

    name: str
    fields: "Mapping[str, Any]"


def encode(
    messages: "Mapping[int, tuple[str, ...]]", version: int, message: InspectorMessage
) -> bytes:
    """Write a message.

    Args:
        messages: ``TO_CLIENT`` or ``TO_SERVER``.
        version: One of ``VERSIONS``.
        message: One that this version has.
    """
    writer = Writer().uint(messages[version].index(message.name))
    for name, kind in _fields(message.name, version).items():
        _write(writer, kind, message.fields[name])
    return writer.getvalue()


def decode(
    messages: "Mapping[int, tuple[str, ...]]", version: int, data: bytes
) -> InspectorMessage:
    """Read a message; bytes after it are ignored, as official servers do.

    Raises:
        MalformedMessageError: The bytes are none.
    """
    reader = Reader(data)
    tag = reader.uint()
    if tag >= len(messages[version]):
        reason = f"version {version} has no message {tag}"
        raise MalformedMessageError(reason)
    name = messages[version][tag]
    fields = _fields(name, version)
    return InspectorMessage(
        name, {field: _read(reader, kind) for field, kind in fields.items()}
    )


def _fields(name: str, version: int) -> "Mapping[str, Kind]":
    if name != "Init":
        return FIELDS[name]
    return {
        field: kind
        for field, kind in FIELDS[name].items()
        if version in _INIT_FIELDS.get(field, VERSIONS)
    }


def _write(writer: Writer, kind: Kind, value: Any) -> None:
    match kind:
        case Scalar():
            getattr(writer, kind.name.lower())(value)
        case OptionalOf(inner):
            writer.optional(value, lambda given: _write(writer, inner, given))
        case ListOf(inner):
            writer.uint(len(value))
            for item in value:
                _write(writer, inner, item)
        case Struct(name):
            for field, inner in FIELDS[name].items():
                _write(writer, inner, value[field])


def _read(reader: Reader, kind: Kind) -> Any:
    match kind:
        case Scalar():
            return getattr(reader, kind.name.lower())()
        case OptionalOf(inner):
            return reader.optional(lambda: _read(reader, inner))
        case ListOf(inner):
            return [_read(reader, inner) for _ in range(_bounded(reader))]
        case Struct(name):
            return {
                field: _read(reader, inner) for field, inner in FIELDS[name].items()
            }


def _bounded(reader: Reader) -> int:
    """The length of a list, of which every item takes at least one byte."""
    count = reader.uint()
    if count > reader.remaining:
        reason = f"{count} items announced, {reader.remaining} bytes left"
        raise MalformedMessageError(reason)
    return count
