"""Words that a target keeps for itself: keywords and members of base classes."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_schema.ir import Target
    from rivetgen_schema.names import NameKind


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PYTHON_KEYWORDS: Final = frozenset(keyword.kwlist)

SWIFT_KEYWORDS: Final = _words("""
    Any Protocol Self Type actor as associatedtype async await break case catch class
    continue default defer deinit do else enum extension fallthrough false fileprivate
    for func guard if import in init inout internal is let nil nonisolated open operator
    precedencegroup private protocol public repeat rethrows return self static struct
    subscript super switch throw throws true try typealias var where while
""")

TYPESCRIPT_KEYWORDS: Final = _words("""
    arguments await break case catch class const continue debugger default delete do
    else enum eval export extends false finally for function if implements import in
    instanceof interface let new null package private protected public return static
    super switch this throw true try typeof undefined var void while with yield
""")

FIELD_MEMBERS: Final = _words("""
    construct copy dict from_orm json parse_file parse_obj parse_raw schema schema_json
    update_forward_refs validate
""")
"""Attributes of `pydantic.BaseModel` that a field must not hide."""

ARGUMENT_MEMBERS: Final = _words("self c")
"""Parameters that generated Python methods have already."""

_PYTHON_TYPES: Final = _words("""
    Any BaseException BaseModel ClassVar Enum Exception False Final Generic Literal None
    NotImplemented Protocol Self StrEnum True TypeVar
""")

_TYPESCRIPT_TYPES: Final = _words("""
    Array ArrayBuffer Awaited BigInt Boolean DataView Date Error Extract Function JSON
    Map Math Number Object Omit Partial Pick Promise Proxy Readonly Record Reflect
    RegExp Required Set String Symbol Uint8Array WeakMap WeakSet
""")

_SWIFT_TYPES: Final = _words("""
    Any AnyObject Array Bool Character Codable CodingKey CodingKeys Data Date Decimal
    Decodable Decoder Dictionary Double Encodable Encoder Equatable Error Float Hashable
    Identifiable Int Never Optional Protocol Result Self Sendable Set String Task Type
    UInt URL UUID Void
""")

# Hooks and members of the generated actor class, and members of the client handle.
_PYTHON_ACTIONS: Final = _words("""
    action actions aclose actor_id close connect connection_id create_conn_state
    create_state create_vars definition dispose events fetch get_gateway_url on
    on_before_action_response on_before_connect on_close on_connect on_create on_destroy
    on_disconnect on_error on_migrate on_open on_request on_sleep on_state_change
    on_status_change on_wake on_web_socket on_workflow_error once open queues request
    resolve run send status web_socket websocket with_options with_params
""")

# Members of the official handle and connection, and of every JavaScript object.
_TYPESCRIPT_ACTIONS: Final = _words("""
    __proto__ action actorId catch connId connStatus connect constructor dispose fetch
    finally getGatewayUrl hasOwnProperty isConnected on onClose onError onOpen
    onStatusChange once ready reload resolve send then toJSON toString valueOf webSocket
""")

_SWIFT_ACTIONS: Final = _words("""
    action closes connect currentStatus dispose errors events fetch getGatewayUrl init
    opens queues resolve self statusChanges websocket
""")

_PYTHON_ACTORS: Final = _words("aclose close sync warmup")
_TYPESCRIPT_ACTORS: Final = _words("catch constructor dispose finally then toString")
_SWIFT_ACTORS: Final = _words("dispose init self")

_PYTHON_CHANNELS: Final = _words("self")
_PYTHON_QUEUES: Final = _words("""
    iter next next_batch self try_next try_next_batch wait_for_available
""")
_TYPESCRIPT_CHANNELS: Final = _words("constructor then")
_SWIFT_CHANNELS: Final = _words("init self")

KEYWORDS: Final[Mapping[Target, frozenset[str]]] = {
    "python": PYTHON_KEYWORDS,
    "typescript": TYPESCRIPT_KEYWORDS,
    "swift": SWIFT_KEYWORDS,
}

MEMBERS: Final[Mapping[NameKind, Mapping[Target, frozenset[str]]]] = {
    "type": {
        "python": _PYTHON_TYPES,
        "typescript": _TYPESCRIPT_TYPES,
        "swift": _SWIFT_TYPES,
    },
    "error": {
        "python": _PYTHON_TYPES,
        "typescript": _TYPESCRIPT_TYPES,
        "swift": _SWIFT_TYPES,
    },
    "actor": {
        "python": _PYTHON_ACTORS,
        "typescript": _TYPESCRIPT_ACTORS,
        "swift": _SWIFT_ACTORS,
    },
    "action": {
        "python": _PYTHON_ACTIONS,
        "typescript": _TYPESCRIPT_ACTIONS,
        "swift": _SWIFT_ACTIONS,
    },
    "event": {
        "python": _PYTHON_CHANNELS,
        "typescript": _TYPESCRIPT_CHANNELS,
        "swift": _SWIFT_CHANNELS,
    },
    "queue": {
        "python": _PYTHON_QUEUES,
        "typescript": _TYPESCRIPT_CHANNELS,
        "swift": _SWIFT_CHANNELS,
    },
}
"""Members of the classes that targets generate, by kind of name and target."""

PYTHON_ACTION_PREFIXES: Final = ("can_subscribe_", "can_publish_", "migrate_v", "_")
"""Beginnings of the names of generated methods."""


def is_reserved(identifier: str, kind: NameKind, target: Target) -> bool:
    """Return whether a target cannot use an identifier for a name of this kind."""
    if identifier in KEYWORDS[target]:
        return not _is_property(kind, target)
    if identifier in MEMBERS[kind][target]:
        return True
    prefixed = target == "python" and kind == "action"
    return prefixed and identifier.startswith(PYTHON_ACTION_PREFIXES)


def _is_property(kind: NameKind, target: Target) -> bool:
    # Any word can be a property in TypeScript, and a member in Swift's back quotes.
    return kind not in {"type", "error"} and target != "python"
