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
        WorkflowDefinition,
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
    from rivetgen_runtime.core.workflows.entries import (
        EntryType,
    )
    from rivetgen_runtime.core.workflows.errors import (
        CriticalError,
        EntryInProgressError,
        HistoryDivergedError,
        JoinError,
        LoopResultError,
        RaceError,
        RollbackCheckpointError,
        RollbackError,
        StepContextEndedError,
        StepFailedError,
        StepInterruptedError,
        StepTimedOutError,
        WorkflowError,
        WorkflowMisuseError,
        WorkflowNameError,
        WorkflowValueError,
        WorkflowValueTooLargeError,
    )
    from rivetgen_runtime.core.workflows.handles import (
        Workflow,
    )
    from rivetgen_runtime.core.workflows.outcomes import (
        Break,
        Continue,
        ErrorFacts,
        Failed,
        Raced,
        RollbackFailed,
        ScopeFailure,
        ScopeFailureSource,
        StepFailed,
        StepFailure,
        StepFailureKind,
        Succeeded,
        WorkflowFailed,
        WorkflowFailure,
    )
    from rivetgen_runtime.core.workflows.queue_handles import (
        WorkflowQueue,
        WorkflowQueues,
    )
    from rivetgen_runtime.core.workflows.step_options import (
        StepOptions,
    )
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
    "Break",
    "Connection",
    "Context",
    "Continue",
    "CreateContext",
    "CriticalError",
    "Cron",
    "CronJob",
    "CronRun",
    "Db",
    "Delivery",
    "EntryInProgressError",
    "EntryType",
    "ErrorFacts",
    "Events",
    "Failed",
    "Fire",
    "ForbiddenError",
    "Headers",
    "HistoryDivergedError",
    "HostOptions",
    "JoinError",
    "LoopResultError",
    "Message",
    "Migration",
    "MountOptions",
    "Queue",
    "QueueBinding",
    "Queues",
    "RaceError",
    "Raced",
    "Registry",
    "ReplyingDelivery",
    "ReplyingQueue",
    "Request",
    "Response",
    "RetryPolicy",
    "RivetgenRuntimeError",
    "RollbackCheckpointError",
    "RollbackError",
    "RollbackFailed",
    "RunPolicy",
    "Schedule",
    "ScheduleDefinition",
    "ScheduleError",
    "ScheduledCall",
    "ScheduledCalls",
    "ScopeFailure",
    "ScopeFailureSource",
    "ServeOptions",
    "SocketClose",
    "SqlError",
    "SqlStatementError",
    "SqlTransaction",
    "StateMigration",
    "StepContextEndedError",
    "StepFailed",
    "StepFailedError",
    "StepFailure",
    "StepFailureKind",
    "StepInterruptedError",
    "StepOptions",
    "StepTimedOutError",
    "Succeeded",
    "UserError",
    "WebSocket",
    "Workflow",
    "WorkflowDefinition",
    "WorkflowError",
    "WorkflowFailed",
    "WorkflowFailure",
    "WorkflowMisuseError",
    "WorkflowNameError",
    "WorkflowQueue",
    "WorkflowQueues",
    "WorkflowValueError",
    "WorkflowValueTooLargeError",
]

_MODULES: Final = {
    "AbortSignal": "core.abort",
    "ActionBinding": "core.definitions",
    "Actor": "core.actor",
    "ActorDefinition": "core.definitions",
    "ActorOptions": "options",
    "Break": "core.workflows.outcomes",
    "Connection": "core.connections",
    "Context": "core.contexts",
    "Continue": "core.workflows.outcomes",
    "CreateContext": "core.contexts",
    "CriticalError": "core.workflows.errors",
    "Cron": "core.schedules",
    "CronJob": "core.schedule_infos",
    "CronRun": "core.schedule_infos",
    "Db": "core.db",
    "Delivery": "core.queues.handles",
    "EntryInProgressError": "core.workflows.errors",
    "EntryType": "core.workflows.entries",
    "ErrorFacts": "core.workflows.outcomes",
    "Events": "core.events",
    "Failed": "core.workflows.outcomes",
    "Fire": "core.schedule_infos",
    "ForbiddenError": "errors",
    "Headers": "core.http_messages",
    "HistoryDivergedError": "core.workflows.errors",
    "HostOptions": "options",
    "JoinError": "core.workflows.errors",
    "LoopResultError": "core.workflows.errors",
    "Message": "core.web_socket",
    "Migration": "core.sql_migrations",
    "MountOptions": "mounting",
    "Queue": "core.queues.handles",
    "QueueBinding": "core.definitions",
    "Queues": "core.queues.handles",
    "RaceError": "core.workflows.errors",
    "Raced": "core.workflows.outcomes",
    "Registry": "registry",
    "ReplyingDelivery": "core.queues.handles",
    "ReplyingQueue": "core.queues.handles",
    "Request": "core.http_messages",
    "Response": "core.http_messages",
    "RetryPolicy": "core.definitions",
    "RivetgenRuntimeError": "errors",
    "RollbackCheckpointError": "core.workflows.errors",
    "RollbackError": "core.workflows.errors",
    "RollbackFailed": "core.workflows.outcomes",
    "RunPolicy": "core.definitions",
    "Schedule": "core.schedules",
    "ScheduleDefinition": "core.schedule_definitions",
    "ScheduleError": "core.schedule_rules",
    "ScheduledCall": "core.schedule_infos",
    "ScheduledCalls": "core.schedules",
    "ScopeFailure": "core.workflows.outcomes",
    "ScopeFailureSource": "core.workflows.outcomes",
    "ServeOptions": "serving",
    "SocketClose": "core.raw_ports",
    "SqlError": "sql_errors",
    "SqlStatementError": "sql_errors",
    "SqlTransaction": "core.sql",
    "StateMigration": "core.state_migrations",
    "StepContextEndedError": "core.workflows.errors",
    "StepFailed": "core.workflows.outcomes",
    "StepFailedError": "core.workflows.errors",
    "StepFailure": "core.workflows.outcomes",
    "StepFailureKind": "core.workflows.outcomes",
    "StepInterruptedError": "core.workflows.errors",
    "StepOptions": "core.workflows.step_options",
    "StepTimedOutError": "core.workflows.errors",
    "Succeeded": "core.workflows.outcomes",
    "UserError": "errors",
    "WebSocket": "core.web_socket",
    "Workflow": "core.workflows.handles",
    "WorkflowDefinition": "core.definitions",
    "WorkflowError": "core.workflows.errors",
    "WorkflowFailed": "core.workflows.outcomes",
    "WorkflowFailure": "core.workflows.outcomes",
    "WorkflowMisuseError": "core.workflows.errors",
    "WorkflowNameError": "core.workflows.errors",
    "WorkflowQueue": "core.workflows.queue_handles",
    "WorkflowQueues": "core.workflows.queue_handles",
    "WorkflowValueError": "core.workflows.errors",
    "WorkflowValueTooLargeError": "core.workflows.errors",
}
"""Where each public name is defined (PEP 562): importing aiohttp takes its time."""


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
