"""What every generated Python client stands on.

Names are loaded when they are first used: importing this package is cheap, and httpx
and websockets are imported by the first client and the first connection that need them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import errors as errors
    from . import types as types
    from ._parameters import GetParams as GetParams
    from ._parameters import SyncGetParams as SyncGetParams
    from .client import Client as Client
    from .client import ClientOptions as ClientOptions
    from .connection import Connection as Connection
    from .connection import ConnectionStatus as ConnectionStatus
    from .definitions import REQUIRED as REQUIRED
    from .definitions import ActionDefinition as ActionDefinition
    from .definitions import Argument as Argument
    from .definitions import EventDefinition as EventDefinition
    from .errors import ActionNotFoundError as ActionNotFoundError
    from .errors import ActionTimedOutError as ActionTimedOutError
    from .errors import ActorError as ActorError
    from .errors import ActorNotFoundError as ActorNotFoundError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import ConnectionClosedError as ConnectionClosedError
    from .errors import ConnectionFailedError as ConnectionFailedError
    from .errors import DeadlineExceededError as DeadlineExceededError
    from .errors import DeclaredError as DeclaredError
    from .errors import DuplicateKeyError as DuplicateKeyError
    from .errors import EventOverflowError as EventOverflowError
    from .errors import ForbiddenError as ForbiddenError
    from .errors import InternalError as InternalError
    from .errors import InvalidArgumentsError as InvalidArgumentsError
    from .errors import InvalidRequestError as InvalidRequestError
    from .errors import InvalidResultError as InvalidResultError
    from .errors import MalformedResponseError as MalformedResponseError
    from .errors import MessageTooLongError as MessageTooLongError
    from .errors import ParametersUnavailableError as ParametersUnavailableError
    from .errors import RateLimitedError as RateLimitedError
    from .errors import RivetgenError as RivetgenError
    from .errors import TooManyCallsError as TooManyCallsError
    from .errors import UnknownOutcomeError as UnknownOutcomeError
    from .events import EventIterator as EventIterator
    from .events import Events as Events
    from .events import EventStream as EventStream
    from .fetching import FetchOptions as FetchOptions
    from .fetching import FetchResponse as FetchResponse
    from .handle import ActorAccess as ActorAccess
    from .handle import Address as Address
    from .handle import Caller as Caller
    from .handle import Handle as Handle
    from .key_definitions import KeyDefinition as KeyDefinition
    from .queue_definitions import QueueDefinition as QueueDefinition
    from .queues import Completed as Completed
    from .queues import Queue as Queue
    from .queues import Queues as Queues
    from .queues import ReplyingQueue as ReplyingQueue
    from .queues import TimedOut as TimedOut
    from .raw_socket import RawSocket as RawSocket
    from .sync import Portal as Portal
    from .sync import SyncActorAccess as SyncActorAccess
    from .sync import SyncClient as SyncClient
    from .sync import SyncConnection as SyncConnection
    from .sync import SyncEventIterator as SyncEventIterator
    from .sync import SyncEvents as SyncEvents
    from .sync import SyncEventStream as SyncEventStream
    from .sync import SyncHandle as SyncHandle
    from .sync_queues import SyncQueue as SyncQueue
    from .sync_queues import SyncQueues as SyncQueues
    from .sync_queues import SyncReplyingQueue as SyncReplyingQueue
    from .sync_raw import SyncFetchResponse as SyncFetchResponse
    from .sync_raw import SyncRawSocket as SyncRawSocket
    from .transport import ActionCall as ActionCall
    from .transport import ActorTarget as ActorTarget
    from .transport import Channel as Channel
    from .transport import ChannelClosedError as ChannelClosedError
    from .transport import FetchAnswer as FetchAnswer
    from .transport import FetchCall as FetchCall
    from .transport import IdTarget as IdTarget
    from .transport import KeyTarget as KeyTarget
    from .transport import NewActor as NewActor
    from .transport import QueueAnswer as QueueAnswer
    from .transport import QueueMessage as QueueMessage
    from .transport import RawChannel as RawChannel
    from .transport import Transport as Transport
    from .wire.encoding import Encoding as Encoding
    from .wire.values import UNDEFINED as UNDEFINED

__all__ = [
    "REQUIRED",
    "UNDEFINED",
    "ActionCall",
    "ActionDefinition",
    "ActionNotFoundError",
    "ActionTimedOutError",
    "ActorAccess",
    "ActorError",
    "ActorNotFoundError",
    "ActorTarget",
    "Address",
    "Argument",
    "Caller",
    "Channel",
    "ChannelClosedError",
    "Client",
    "ClientOptions",
    "Completed",
    "ConfigurationError",
    "Connection",
    "ConnectionClosedError",
    "ConnectionFailedError",
    "ConnectionStatus",
    "DeadlineExceededError",
    "DeclaredError",
    "DuplicateKeyError",
    "Encoding",
    "EventDefinition",
    "EventIterator",
    "EventOverflowError",
    "EventStream",
    "Events",
    "FetchAnswer",
    "FetchCall",
    "FetchOptions",
    "FetchResponse",
    "ForbiddenError",
    "GetParams",
    "Handle",
    "IdTarget",
    "InternalError",
    "InvalidArgumentsError",
    "InvalidRequestError",
    "InvalidResultError",
    "KeyDefinition",
    "KeyTarget",
    "MalformedResponseError",
    "MessageTooLongError",
    "NewActor",
    "ParametersUnavailableError",
    "Portal",
    "Queue",
    "QueueAnswer",
    "QueueDefinition",
    "QueueMessage",
    "Queues",
    "RateLimitedError",
    "RawChannel",
    "RawSocket",
    "ReplyingQueue",
    "RivetgenError",
    "SyncActorAccess",
    "SyncClient",
    "SyncConnection",
    "SyncEventIterator",
    "SyncEventStream",
    "SyncEvents",
    "SyncFetchResponse",
    "SyncGetParams",
    "SyncHandle",
    "SyncQueue",
    "SyncQueues",
    "SyncRawSocket",
    "SyncReplyingQueue",
    "TimedOut",
    "TooManyCallsError",
    "Transport",
    "UnknownOutcomeError",
    "errors",
    "types",
]

_NAMES_BY_MODULE = {
    "_parameters": "GetParams SyncGetParams",
    "client": "Client ClientOptions",
    "connection": "Connection ConnectionStatus",
    "definitions": "REQUIRED ActionDefinition Argument EventDefinition",
    "errors": (
        "ActionNotFoundError ActionTimedOutError ActorError ActorNotFoundError "
        "ConfigurationError ConnectionClosedError ConnectionFailedError "
        "DeadlineExceededError DeclaredError DuplicateKeyError EventOverflowError "
        "ForbiddenError InternalError InvalidArgumentsError InvalidRequestError "
        "InvalidResultError MalformedResponseError MessageTooLongError "
        "ParametersUnavailableError RateLimitedError RivetgenError TooManyCallsError "
        "UnknownOutcomeError"
    ),
    "events": "EventIterator EventStream Events",
    "fetching": "FetchOptions FetchResponse",
    "handle": "ActorAccess Address Caller Handle",
    "key_definitions": "KeyDefinition",
    "queue_definitions": "QueueDefinition",
    "queues": "Completed Queue Queues ReplyingQueue TimedOut",
    "sync_queues": "SyncQueue SyncQueues SyncReplyingQueue",
    "raw_socket": "RawSocket",
    "sync": (
        "Portal SyncActorAccess SyncClient SyncConnection SyncEventIterator "
        "SyncEventStream SyncEvents SyncHandle"
    ),
    "sync_raw": "SyncFetchResponse SyncRawSocket",
    "transport": (
        "ActionCall ActorTarget Channel ChannelClosedError FetchAnswer FetchCall "
        "IdTarget KeyTarget NewActor QueueAnswer QueueMessage RawChannel "
        "Transport"
    ),
    "wire.encoding": "Encoding",
    "wire.values": "UNDEFINED",
}
_MODULE_BY_NAME = {
    name: module for module, names in _NAMES_BY_MODULE.items() for name in names.split()
}


if not TYPE_CHECKING:
    # A checker that sees this function would accept every name.

    def __getattr__(name: str) -> object:
        if name in ("errors", "types"):
            return importlib.import_module(f".{name}", __name__)
        if name not in _MODULE_BY_NAME:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        module = importlib.import_module(f".{_MODULE_BY_NAME[name]}", __name__)
        value = getattr(module, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
