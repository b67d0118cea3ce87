"""The one table of compatibility rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Level: TypeAlias = Literal[
    "wire",
    "durable",
    "source-python",
    "source-ts",
    "source-swift",
    "behaviour",
    "addition",
]
"""What a change breaks: deployed clients, stored data, consumers' code on upgrade, or
expectations. An addition breaks nothing and only matters for the version number."""

LEVELS: Final[tuple[Level, ...]] = (
    "wire",
    "durable",
    "source-python",
    "source-ts",
    "source-swift",
    "behaviour",
    "addition",
)
"""All levels, the gravest first."""

FAILING: Final[frozenset[Level]] = frozenset({"wire", "durable"})
"""Levels that fail a check unless somebody decides otherwise."""

_SOURCE: Final[tuple[Level, ...]] = ("source-python", "source-ts", "source-swift")


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of change.

    Attributes:
        code: Stable name of the rule.
        levels: What the change breaks, the gravest first.
        message: Sentence about a change; `{element}`, `{old}` and `{new}` are filled
            in.
    """

    code: str
    levels: tuple[Level, ...]
    message: str


_WIRE: Final[tuple[Level, ...]] = ("wire",)
_DURABLE: Final[tuple[Level, ...]] = ("durable",)
_BOTH: Final[tuple[Level, ...]] = ("wire", "durable")
_BEHAVIOUR: Final[tuple[Level, ...]] = ("behaviour",)
_ADDITION: Final[tuple[Level, ...]] = ("addition",)
_LABELS: Final[tuple[Level, ...]] = ("source-python", "source-swift")

_ROWS: Final = (
    # the schema and its actors
    Rule("schema-renamed", _SOURCE, "The schema `{old}` is now called `{new}`."),
    Rule("actor-removed", _BOTH, "The actor `{element}` was removed."),
    Rule("actor-added", _ADDITION, "The actor `{element}` was added."),
    Rule("key-part-removed", _BOTH, "The key part `{element}` was removed."),
    Rule("key-part-added", _BOTH, "The key part `{element}` was added."),
    Rule("key-reordered", _BOTH, "The key of `{element}` was {old} and is {new}."),
    Rule("key-part-retyped", _BOTH, "The key part `{element}` was {old} and is {new}."),
    Rule("key-part-renamed", _LABELS, "The key part `{element}` was called `{old}`."),
    Rule("input-removed", _WIRE, "`{element}` takes no input any more."),
    Rule("input-required", _WIRE, "`{element}` now needs an input."),
    Rule("input-added", _ADDITION, "`{element}` now takes an input."),
    Rule("conn-params-removed", _WIRE, "`{element}` takes no connection parameters."),
    Rule("conn-params-required", _WIRE, "`{element}` now needs connection parameters."),
    Rule("conn-params-added", _ADDITION, "`{element}` takes connection parameters."),
    Rule("state-removed", _DURABLE, "The state of `{element}` was removed."),
    Rule("state-added", _ADDITION, "`{element}` now has state."),
    Rule("state-version-lowered", _DURABLE, "`{element}` went from {old} to {new}."),
    Rule("state-migrated", _BEHAVIOUR, "`{element}` needs a migration to {new}."),
    Rule("conn-state-removed", _DURABLE, "`{element}` has no connection state."),
    Rule("conn-state-added", _ADDITION, "`{element}` now has connection state."),
    Rule("run-removed", _DURABLE, "`{element}` has no run handler any more."),
    Rule("run-changed", _DURABLE, "The run handler of `{element}` is now a {new}."),
    Rule(
        "run-restart-changed",
        _BEHAVIOUR,
        "A run handler of `{element}` that fails is now restarted {new}, not {old}.",
    ),
    Rule("run-added", _ADDITION, "`{element}` now has a run handler."),
    Rule("http-removed", _WIRE, "`{element}` answers no raw HTTP requests any more."),
    Rule("http-added", _ADDITION, "`{element}` now answers raw HTTP requests."),
    Rule("websocket-removed", _WIRE, "`{element}` accepts no raw WebSockets any more."),
    Rule("websocket-added", _ADDITION, "`{element}` now accepts raw WebSockets."),
    Rule("database-removed", _DURABLE, "The database of `{element}` was removed."),
    Rule("database-added", _ADDITION, "`{element}` now has a database."),
    Rule(
        "durability-lowered",
        _BEHAVIOUR,
        "Replies of `{element}` no longer wait until changes are on disk.",
    ),
    Rule("option-lowered", _BEHAVIOUR, "`{element}` went from {old} to {new}."),
    Rule("option-changed", _BEHAVIOUR, "`{element}` was {old} and is {new}."),
    # actions
    Rule("action-removed", _WIRE, "The action `{element}` was removed."),
    Rule("action-added", _ADDITION, "The action `{element}` was added."),
    Rule("argument-removed", _WIRE, "The argument `{element}` was removed."),
    Rule("arguments-reordered", _WIRE, "`{element}` took {old} and takes {new}."),
    Rule(
        "argument-inserted",
        _WIRE,
        "The argument `{element}` was inserted before others, which changes their"
        " positions.",
    ),
    Rule("argument-required-added", _WIRE, "`{element}` is a new required argument."),
    Rule("argument-added", _ADDITION, "The optional argument `{element}` was added."),
    Rule("argument-required", _WIRE, "The argument `{element}` is now required."),
    Rule("argument-optional", _ADDITION, "The argument `{element}` is now optional."),
    Rule("argument-renamed", _LABELS, "The argument `{element}` was called `{old}`."),
    Rule(
        "scheduled-arguments", _DURABLE, "Stored schedules call `{element}` as before."
    ),
    Rule("result-removed", _WIRE, "`{element}` returns nothing any more."),
    Rule("result-added", _ADDITION, "`{element}` now returns a value."),
    Rule("action-error-added", _BEHAVIOUR, "`{element}` may now raise `{new}`."),
    Rule("action-error-removed", _ADDITION, "`{element}` does not raise `{old}`."),
    Rule("read-only-removed", _BEHAVIOUR, "`{element}` is not read-only any more."),
    Rule("read-only-added", _ADDITION, "`{element}` is now read-only."),
    Rule("idempotent-removed", _BEHAVIOUR, "`{element}` is not idempotent any more."),
    Rule("audience-narrowed", _BEHAVIOUR, "`{element}` left the public clients."),
    Rule("audience-widened", _ADDITION, "`{element}` is now in public clients."),
    Rule("timeout-lowered", _BEHAVIOUR, "`{element}` went from {old} to {new} ms."),
    Rule("pagination-removed", _SOURCE, "`{element}` is not paginated any more."),
    Rule("pagination-changed", _SOURCE, "The pages of `{element}` changed."),
    Rule("deprecated", _ADDITION, "`{element}` is now deprecated."),
    # events
    Rule("event-removed", _WIRE, "The event `{element}` was removed."),
    Rule("event-added", _ADDITION, "The event `{element}` was added."),
    Rule("event-argument-removed", _WIRE, "`{element}` was removed from the event."),
    Rule("event-argument-added", _WIRE, "`{element}` was added to the event."),
    Rule("event-arguments-reordered", _WIRE, "`{element}` sent {old}, now {new}."),
    Rule("event-argument-renamed", _LABELS, "`{element}` was called `{old}`."),
    Rule(
        "event-form-changed", _SOURCE, "Handlers of `{element}` are called another way."
    ),
    Rule("event-guarded", _BEHAVIOUR, "Subscribing to `{element}` may be refused."),
    # queues
    Rule("queue-removed", _BOTH, "The queue `{element}` was removed."),
    Rule("queue-added", _ADDITION, "The queue `{element}` was added."),
    Rule(
        "undeclared-queues-rejected",
        _BEHAVIOUR,
        "`{element}` now refuses messages to queues that are not declared.",
    ),
    Rule(
        "undeclared-queues-dropped",
        _BEHAVIOUR,
        "`{element}` now drops messages to queues that are not declared.",
    ),
    Rule("reply-removed", _WIRE, "Senders to `{element}` get no reply any more."),
    Rule("reply-added", _ADDITION, "Senders to `{element}` can now get a reply."),
    Rule("queue-guarded", _BEHAVIOUR, "Publishing to `{element}` may be refused."),
    Rule("delivery-changed", _BEHAVIOUR, "`{element}` is now delivered {new}."),
    Rule("retry-lowered", _BEHAVIOUR, "`{element}` is tried {new} times, not {old}."),
    Rule(
        "dead-letter-changed", _BEHAVIOUR, "Failed messages of `{element}` go to {new}."
    ),
    # schedules
    Rule("schedule-removed", _BEHAVIOUR, "The schedule `{element}` was removed."),
    Rule("schedule-added", _BEHAVIOUR, "The schedule `{element}` was added."),
    Rule("schedule-changed", _BEHAVIOUR, "`{element}` was {old} and is {new}."),
    # errors
    Rule("error-removed", _SOURCE, "The error `{element}` was removed."),
    Rule("error-added", _ADDITION, "The error `{element}` was added."),
    Rule("error-message-changed", _BEHAVIOUR, "The message of `{element}` changed."),
    Rule("error-metadata-removed", _WIRE, "`{element}` carries no metadata any more."),
    Rule("error-metadata-added", _ADDITION, "`{element}` now carries metadata."),
    # types
    Rule("type-removed", _SOURCE, "The type `{element}` was removed."),
    Rule("type-added", _ADDITION, "The type `{element}` was added."),
    Rule("type-renamed", _SOURCE, "The type `{old}` of `{element}` is now `{new}`."),
    Rule(
        "spelling-python",
        ("source-python",),
        "`{element}` was `{old}` and is `{new}` in Python.",
    ),
    Rule(
        "spelling-ts",
        ("source-ts",),
        "`{element}` was `{old}` and is `{new}` in TypeScript.",
    ),
    Rule(
        "spelling-swift",
        ("source-swift",),
        "`{element}` was `{old}` and is `{new}` in Swift.",
    ),
    # values that go to the server
    Rule("input-retyped", _WIRE, "`{element}` was {old} and is {new}."),
    Rule("input-bounds-narrowed", _WIRE, "`{element}` allowed {old}, now {new}."),
    Rule("input-null-refused", _WIRE, "`{element}` may not be null any more."),
    Rule("input-value-removed", _WIRE, "`{element}` does not accept `{old}` any more."),
    Rule("input-value-added", _ADDITION, "`{element}` now accepts `{new}`."),
    Rule("input-field-removed", _WIRE, "The field `{element}` was removed."),
    Rule("input-field-required", _WIRE, "The field `{element}` is now required."),
    Rule("input-field-required-added", _WIRE, "`{element}` is a new required field."),
    Rule("input-field-added", _ADDITION, "The optional field `{element}` was added."),
    Rule("input-widened", _ADDITION, "`{element}` now accepts more: {new}."),
    Rule(
        "default-changed", _BEHAVIOUR, "The default of `{element}` was {old}, is {new}."
    ),
    # values that come from the server
    Rule("output-retyped", _WIRE, "`{element}` was {old} and is {new}."),
    Rule("output-bounds-widened", _WIRE, "`{element}` was {old}, now {new}."),
    Rule("output-null-added", _WIRE, "`{element}` may now be null."),
    Rule("output-value-added", _WIRE, "`{element}` may now be `{new}`."),
    Rule("output-open-value-added", _ADDITION, "`{element}` may now be `{new}`."),
    Rule("output-value-removed", _BEHAVIOUR, "`{element}` is never `{old}` any more."),
    Rule("output-field-removed", _WIRE, "The field `{element}` was removed."),
    Rule("output-field-optional", _WIRE, "The field `{element}` may now be absent."),
    Rule(
        "output-field-required", _SOURCE, "The field `{element}` is now always there."
    ),
    Rule("output-field-added", _ADDITION, "The field `{element}` was added."),
    Rule("output-narrowed", _ADDITION, "`{element}` now promises more: {new}."),
    Rule("enum-closed", _SOURCE, "The enum `{element}` is not open any more."),
    # values that are stored
    Rule("stored-retyped", _DURABLE, "Stored `{element}` was {old} and is {new}."),
    Rule("stored-bounds-narrowed", _DURABLE, "Stored `{element}` was {old}, is {new}."),
    Rule("stored-null-refused", _DURABLE, "Stored `{element}` may hold null."),
    Rule("stored-value-removed", _DURABLE, "Stored `{element}` may still be `{old}`."),
    Rule("stored-field-removed", _DURABLE, "The stored field `{element}` was removed."),
    Rule("stored-field-required", _DURABLE, "Stored data may lack `{element}`."),
    Rule("stored-field-added", _ADDITION, "The stored field `{element}` was added."),
    Rule("tag-changed", _BOTH, "The tag of `{element}` was `{old}` and is `{new}`."),
)

RULES: Final[dict[str, Rule]] = {rule.code: rule for rule in _ROWS}
"""Code of a rule to the rule."""
