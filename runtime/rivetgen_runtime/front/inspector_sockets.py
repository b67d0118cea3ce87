"""The inspector of one actor over a WebSocket: ``/inspector/connect``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl

from aiohttp import WSMsgType

from rivetgen_client.wire import cbor
from rivetgen_client.wire.close_reasons import NORMAL, PROTOCOL_ERROR
from rivetgen_client.wire.errors import MalformedMessageError
from rivetgen_client.wire.inspector import (
    LEGACY_VERSION,
    TO_CLIENT,
    TO_SERVER,
    VERSIONS,
    InspectorMessage,
    decode,
    encode,
)
from rivetgen_client.wire.limits import MAX_SAFE_INTEGER
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.sql_inspection import MOST_ROWS
from rivetgen_runtime.core.watching import Topic

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp import web

    from rivetgen_runtime.core.inspection import Inspector

__all__ = ["INVALID_VERSION_CLOSE", "InspectorSession", "protocol_version"]

INVALID_VERSION_CLOSE: Final = (PROTOCOL_ERROR, "inspector.invalid_protocol_version")
"""How a socket ends that asks for an unknown version."""

_ENDED_CLOSE: Final = (NORMAL, "actor.stopped")
_VERSION_PARAMETER: Final = "protocol_version"
_PREFIX: Final = LEGACY_VERSION.to_bytes(2, "little")
_RUNNING_ACTIONS: Final = 16
"""Actions that one inspector runs at a time; it waits for the next one."""
_QUEUE_LIMIT: Final = 200
"""Most messages of one answer."""
_EVENTS_DROPPED: Final = "inspector.events_dropped"
"""What version 1 is told about events, which nobody records any more."""


def protocol_version(query: str) -> int | None:
    """The version that a client asks for.

    Returns:
        None when it names none: frames have a prefix then.

    Raises:
        MalformedMessageError: There is no such version.
    """
    text = dict(parse_qsl(query, keep_blank_values=True)).get(_VERSION_PARAMETER)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:4]) not in VERSIONS:
        reason = f"there is no version {text[:20]!r}"
        raise MalformedMessageError(reason)
    return int(text)


class InspectorSession:
    """One tool that looks at one actor, until either goes away.

    Answers are written before the next request is read, and of many changes only the
    last picture is sent: a tool that reads slowly delays itself and nobody else.

    Args:
        inspector: The actor.
        socket: Prepared; nobody else writes to it.
        version: As ``protocol_version`` returns it.
        ray_id: Id of the request, for the log.
    """

    def __init__(
        self,
        inspector: Inspector,
        socket: web.WebSocketResponse,
        *,
        version: int | None,
        ray_id: str,
    ) -> None:
        self._inspector = inspector
        self._socket = socket
        self._ray_id = ray_id
        self._version = version or LEGACY_VERSION
        self._prefix = b"" if version else _PREFIX
        self._writing = asyncio.Lock()
        self._slots = asyncio.Semaphore(_RUNNING_ACTIONS)
        self._changed: dict[Topic, None] = {}
        self._has_changed = asyncio.Event()
        self._actions: set[asyncio.Task[None]] = set()
        self._handlers: Mapping[str, Callable[[Any], Awaitable[None]]] = {
            "PatchStateRequest": self._patch_state,
            "StateRequest": self._answer_state,
            "ConnectionsRequest": self._answer_connections,
            "ActionRequest": self._start_action,
            "RpcsListRequest": self._answer_rpcs,
            "TraceQueryRequest": self._answer_traces,
            "QueueRequest": self._answer_queue,
            "WorkflowHistoryRequest": self._answer_workflow_history,
            "WorkflowReplayRequest": self._answer_workflow_replay,
            "DatabaseSchemaRequest": self._answer_tables,
            "DatabaseTableRowsRequest": self._answer_rows,
            "SchedulesRequest": self._answer_schedules,
            "ScheduleHistoryRequest": self._answer_schedule_history,
            "ScheduleDeleteRequest": self._delete_schedule,
            "EventsRequest": self._refuse_events,
            "ClearEventsRequest": self._refuse_events,
        }

    async def run(self) -> tuple[int, str]:
        """Serve until the tool closes its socket or the actor leaves memory.

        Returns:
            Code and reason to close the socket with.
        """
        self._inspector.watchers.add(self._note)
        reading = asyncio.create_task(self._read())
        others = [
            asyncio.create_task(work)
            for work in (self._push(), self._inspector.wait_for_end())
        ]
        try:
            await asyncio.wait({reading, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._inspector.watchers.remove(self._note)
            await _cancelled({reading, *others, *self._actions})
        return _ENDED_CLOSE if reading.cancelled() else reading.result()

    # Changes

    def _note(self, topic: Topic) -> None:
        self._changed[topic] = None
        self._has_changed.set()

    async def _push(self) -> None:
        schedules = await self._inspector.schedules.rows()
        await self._send("Init", **self._picture(), schedules=schedules)
        while True:
            await self._has_changed.wait()
            self._has_changed.clear()
            changed, self._changed = self._changed, {}
            for topic in changed:
                await self._send_topic(topic)

    async def _send_topic(self, topic: Topic) -> None:
        match topic:
            case Topic.STATE if self._inspector.is_state_enabled:
                await self._send("StateUpdated", state=self._state())
            case Topic.CONNECTIONS:
                await self._send("ConnectionsUpdated", connections=self._connections())
            case Topic.QUEUE:
                size = self._inspector.queue_size
                await self._send("QueueUpdated", queueSize=size)
            case Topic.WORKFLOW if self._inspector.is_workflow_enabled:
                history = self._inspector.packed_workflow_history
                await self._send("WorkflowHistoryUpdated", history=history)
            case _:
                pass

    def _picture(self) -> dict[str, Any]:
        inspector = self._inspector
        return {
            "connections": self._connections(),
            "events": [],
            "state": self._state(),
            "isStateEnabled": inspector.is_state_enabled,
            "rpcs": inspector.action_names,
            "isDatabaseEnabled": inspector.is_database_enabled,
            "queueSize": inspector.queue_size,
            "workflowHistory": inspector.packed_workflow_history,
            "isWorkflowEnabled": inspector.is_workflow_enabled,
            "tabConfig": [],
        }

    def _state(self) -> bytes | None:
        inspector = self._inspector
        return cbor.encode(inspector.state) if inspector.is_state_enabled else None

    def _connections(self) -> list[dict[str, Any]]:
        shown = cast("list[dict[str, Any]]", self._inspector.connections)
        return [
            {"id": each["id"], "details": cbor.encode(each["details"])}
            for each in shown
        ]

    # Requests

    async def _read(self) -> tuple[int, str]:
        while True:
            message = await self._socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return message.data or NORMAL, message.extra or ""
            try:
                request = self._decoded(message.data)
                await self._handlers[request.name](request.fields)
            except MalformedMessageError as error:
                await self._send("Error", message=error.reason)
            except ConnectionError:
                return NORMAL, ""
            except Exception as error:  # noqa: BLE001 - user code raises anything
                await self._send_error(error)

    def _decoded(self, frame: str | bytes) -> InspectorMessage:
        if isinstance(frame, str):
            reason = "frames must be binary"
            raise MalformedMessageError(reason)
        if frame[: len(self._prefix)] != self._prefix:
            reason = f"frames must begin with the version {LEGACY_VERSION}"
            raise MalformedMessageError(reason)
        return decode(TO_SERVER, self._version, frame[len(self._prefix) :])

    async def _patch_state(self, fields: Any) -> None:
        await self._inspector.patch_state(cbor.decode(fields["state"]))

    async def _answer_state(self, fields: Any) -> None:
        await self._send(
            "StateResponse",
            rid=fields["id"],
            state=self._state(),
            isStateEnabled=self._inspector.is_state_enabled,
        )

    async def _answer_connections(self, fields: Any) -> None:
        await self._send(
            "ConnectionsResponse", rid=fields["id"], connections=self._connections()
        )

    async def _answer_rpcs(self, fields: Any) -> None:
        names = self._inspector.action_names
        await self._send("RpcsListResponse", rid=fields["id"], rpcs=names)

    async def _answer_traces(self, fields: Any) -> None:
        payload = cbor.encode({"otlp": [], "clamped": False})
        await self._send("TraceQueryResponse", rid=fields["id"], payload=payload)

    async def _answer_queue(self, fields: Any) -> None:
        status = self._inspector.queue_status(min(fields["limit"], _QUEUE_LIMIT))
        await self._send("QueueResponse", rid=fields["id"], status=status)

    async def _answer_workflow_history(self, fields: Any) -> None:
        await self._send_history("WorkflowHistoryResponse", fields)

    async def _answer_workflow_replay(self, fields: Any) -> None:
        await self._inspector.replay_workflow(fields["entryId"])
        await self._send_history("WorkflowReplayResponse", fields)

    async def _send_history(self, name: str, fields: Any) -> None:
        await self._send(
            name,
            rid=fields["id"],
            history=self._inspector.packed_workflow_history,
            isWorkflowEnabled=self._inspector.is_workflow_enabled,
        )

    async def _answer_tables(self, fields: Any) -> None:
        schema = await self._inspector.database.schema()
        await self._send(
            "DatabaseSchemaResponse", rid=fields["id"], schema=cbor.encode(schema)
        )

    async def _answer_rows(self, fields: Any) -> None:
        rows = await self._inspector.database.rows(
            fields["table"],
            limit=min(fields["limit"], MOST_ROWS),
            offset=min(fields["offset"], MAX_SAFE_INTEGER),
        )
        await self._send(
            "DatabaseTableRowsResponse", rid=fields["id"], result=cbor.encode([*rows])
        )

    async def _answer_schedules(self, fields: Any) -> None:
        rows = await self._inspector.schedules.rows()
        await self._send("SchedulesResponse", rid=fields["id"], schedules=rows)

    async def _answer_schedule_history(self, fields: Any) -> None:
        schedule_id, limit = fields["scheduleId"], fields["limit"]
        history = await self._inspector.schedules.history(schedule_id, limit=limit)
        await self._send(
            "ScheduleHistoryResponse",
            rid=fields["id"],
            scheduleId=schedule_id,
            history=history,
        )

    async def _delete_schedule(self, fields: Any) -> None:
        schedule_id = fields["scheduleId"]
        deleted = await self._inspector.schedules.delete(schedule_id)
        await self._send(
            "ScheduleDeleteResponse",
            rid=fields["id"],
            scheduleId=schedule_id,
            deleted=deleted,
        )
        rows = await self._inspector.schedules.rows()
        await self._send("SchedulesUpdated", schedules=rows)

    async def _refuse_events(self, _fields: Any) -> None:
        await self._send("Error", message=_EVENTS_DROPPED)

    async def _start_action(self, fields: Any) -> None:
        await self._slots.acquire()
        task = asyncio.create_task(self._call(fields))
        self._actions.add(task)
        task.add_done_callback(self._end_action)

    def _end_action(self, task: asyncio.Task[None]) -> None:
        self._slots.release()
        self._actions.discard(task)

    async def _call(self, fields: Any) -> None:
        try:
            args = cbor.decode(fields["args"])
            output = await self._inspector.call(
                fields["name"],
                args if isinstance(args, list) else [args],
                ray_id=self._ray_id,
            )
        except Exception as error:  # noqa: BLE001 - user code raises anything
            await self._send_error(error)
            return
        await self._send("ActionResponse", rid=fields["id"], output=cbor.encode(output))

    # Frames

    async def _send_error(self, error: Exception) -> None:
        failure = as_request_error(error, ray_id=self._ray_id)
        body = failure.body
        await self._send("Error", message=f"{body.name}: {body.message}")

    async def _send(self, name: str, **fields: Any) -> None:
        if name not in TO_CLIENT[self._version]:
            return
        message = InspectorMessage(name, fields)
        frame = self._prefix + encode(TO_CLIENT, self._version, message)
        async with self._writing:
            await self._socket.send_bytes(frame)


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait for their end; a socket that is gone is no failure."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, ConnectionError):
            raise result
