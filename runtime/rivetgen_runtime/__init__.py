"""What every generated server stub stands on: durable actors over aiohttp.

Generated code imports this module as ``_runtime``; user code imports the errors that it
raises. Names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.actor import Actor
    from rivetgen_runtime.core.connections import Connection
    from rivetgen_runtime.core.contexts import Context, CreateContext
    from rivetgen_runtime.core.db import Db
    from rivetgen_runtime.core.definitions import (
        ActionBinding,
        ActorDefinition,
        QueueBinding,
        RetryPolicy,
        RunPolicy,
    )
    from rivetgen_runtime.core.events import Events
    from rivetgen_runtime.core.http_messages import Headers, Request, Response
    from rivetgen_runtime.core.queues.handles import (
        Delivery,
        Queue,
        Queues,
        ReplyingDelivery,
        ReplyingQueue,
    )
    from rivetgen_runtime.core.raw_ports import SocketClose
    from rivetgen_runtime.core.schedule_definitions import ScheduleDefinition
    from rivetgen_runtime.core.schedule_infos import (
        CronJob,
        CronRun,
        Fire,
        ScheduledCall,
    )
    from rivetgen_runtime.core.schedule_rules import ScheduleError
    from rivetgen_runtime.core.schedules import Cron, Schedule, ScheduledCalls
    from rivetgen_runtime.core.sql import SqlTransaction
    from rivetgen_runtime.core.sql_migrations import Migration
    from rivetgen_runtime.core.state_migrations import StateMigration
    from rivetgen_runtime.core.web_socket import Message, WebSocket
    from rivetgen_runtime.errors import (
        ForbiddenError,
        RivetgenRuntimeError,
        UserError,
    )
    from rivetgen_runtime.mounting import MountOptions
    from rivetgen_runtime.options import ActorOptions, HostOptions
    from rivetgen_runtime.registry import Registry
    from rivetgen_runtime.serving import ServeOptions
    from rivetgen_runtime.sql_errors import SqlError, SqlStatementError

__all__ = [
    "AbortSignal",
    "ActionBinding",
    "Actor",
    "ActorDefinition",
    "ActorOptions",
    "Connection",
    "Context",
    "CreateContext",
    "Cron",
    "CronJob",
    "CronRun",
    "Db",
    "Delivery",
    "Events",
    "Fire",
    "ForbiddenError",
    "Headers",
    "HostOptions",
    "Message",
    "Migration",
    "MountOptions",
    "Queue",
    "QueueBinding",
    "Queues",
    "Registry",
    "ReplyingDelivery",
    "ReplyingQueue",
    "Request",
    "Response",
    "RetryPolicy",
    "RivetgenRuntimeError",
    "RunPolicy",
    "Schedule",
    "ScheduleDefinition",
    "ScheduleError",
    "ScheduledCall",
    "ScheduledCalls",
    "ServeOptions",
    "SocketClose",
    "SqlError",
    "SqlStatementError",
    "SqlTransaction",
    "StateMigration",
    "UserError",
    "WebSocket",
]

_MODULES: Final = {
    "AbortSignal": "core.abort",
    "ActionBinding": "core.definitions",
    "Actor": "core.actor",
    "ActorDefinition": "core.definitions",
    "ActorOptions": "options",
    "Connection": "core.connections",
    "Context": "core.contexts",
    "CreateContext": "core.contexts",
    "Cron": "core.schedules",
    "CronJob": "core.schedule_infos",
    "CronRun": "core.schedule_infos",
    "Db": "core.db",
    "Delivery": "core.queues.handles",
    "Events": "core.events",
    "Fire": "core.schedule_infos",
    "ForbiddenError": "errors",
    "Headers": "core.http_messages",
    "HostOptions": "options",
    "Migration": "core.sql_migrations",
    "Message": "core.web_socket",
    "MountOptions": "mounting",
    "Queue": "core.queues.handles",
    "QueueBinding": "core.definitions",
    "Queues": "core.queues.handles",
    "Registry": "registry",
    "Request": "core.http_messages",
    "Response": "core.http_messages",
    "ReplyingDelivery": "core.queues.handles",
    "ReplyingQueue": "core.queues.handles",
    "RetryPolicy": "core.definitions",
    "RivetgenRuntimeError": "errors",
    "RunPolicy": "core.definitions",
    "Schedule": "core.schedules",
    "ScheduleDefinition": "core.schedule_definitions",
    "ScheduleError": "core.schedule_rules",
    "ScheduledCall": "core.schedule_infos",
    "ScheduledCalls": "core.schedules",
    "ServeOptions": "serving",
    "SqlError": "sql_errors",
    "SqlStatementError": "sql_errors",
    "SqlTransaction": "core.sql",
    "SocketClose": "core.raw_ports",
    "StateMigration": "core.state_migrations",
    "UserError": "errors",
    "WebSocket": "core.web_socket",
}
"""Where each public name is defined (PEP 562): importing aiohttp takes its time."""


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
