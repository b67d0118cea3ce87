"""Compatibility rules: a schema before, the same after, and what breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rivetgen_schema import ir, load_text
from rivetgen_schema.compatibility import FAILING, LEVELS, RULES, compare, version_bump

HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"


def load(text: str) -> ir.Schema:
    result = load_text(HEADER + text)
    assert result.schema is not None, result.findings
    return result.schema


def room(part: str) -> str:
    return f"actors:\n  room: {{ {part} }}\n"


def action(part: str) -> str:
    return room(f"actions: {{ act: {{ {part} }} }}")


def schedule(part: str) -> str:
    return room(
        f"actions: {{ act: {{}}, other: {{}} }}, schedules: {{ daily: {{ {part} }} }}"
    )


def point(fields: str, use: str) -> str:
    return f"types:\n  Point: {{ fields: {{ {fields} }} }}\n{room(use)}"


RETURNED = "actions: { act: { returns: Point } }"
TAKEN = "actions: { act: { args: [point: Point] } }"
STORED = "state: { point: Point | null = null }"


def role(values: str, use: str) -> str:
    return f"types:\n  Role: {{ {values} }}\n{room(use.replace('Point', 'Role'))}"


def error(part: str) -> str:
    used = action("errors: [full]")
    return f"errors:\n  full: {part}\n{used}"


# rule, element, before, after
CASES: list[tuple[str, str, str, str]] = [
    ("actor-removed", "hall", "actors: { room: {}, hall: {} }", "actors: { room: {} }"),
    ("actor-added", "hall", "actors: { room: {} }", "actors: { room: {}, hall: {} }"),
    (
        "key-part-removed",
        "room.b",
        room("key: [a: string, b: int]"),
        room("key: [a: string]"),
    ),
    (
        "key-part-added",
        "room.b",
        room("key: [a: string]"),
        room("key: [a: string, b: int]"),
    ),
    (
        "key-reordered",
        "room",
        room("key: [a: string, b: int]"),
        room("key: [b: int, a: string]"),
    ),
    ("key-part-retyped", "room.a", room("key: [a: string]"), room("key: [a: int]")),
    ("key-part-renamed", "room.b", room("key: [a: string]"), room("key: [b: string]")),
    ("input-removed", "room", room("input: { a: int }"), room("")),
    ("input-required", "room", room(""), room("input: { a: int }")),
    ("input-added", "room", room(""), room("input: { a: int = 1 }")),
    ("conn-params-removed", "room", room("connParams: { a: int }"), room("")),
    ("conn-params-required", "room", room(""), room("connParams: { a: int }")),
    ("conn-params-added", "room", room(""), room("connParams: { a: int = 1 }")),
    ("state-removed", "room", room("state: { a: int = 1 }"), room("")),
    ("state-added", "room", room(""), room("state: { a: int = 1 }")),
    (
        "state-version-lowered",
        "room.state",
        room("state: { a: int = 1 }, stateVersion: 3"),
        room("state: { a: int = 1 }, stateVersion: 2"),
    ),
    (
        "state-migrated",
        "room.state",
        room("state: { a: int = 1 }"),
        room("state: { b: string = x }, stateVersion: 2"),
    ),
    ("conn-state-removed", "room", room("connState: { a: int }"), room("")),
    ("conn-state-added", "room", room(""), room("connState: { a: int }")),
    ("run-removed", "room", room("run: loop"), room("")),
    ("run-changed", "room", room("run: workflow"), room("run: loop")),
    ("run-added", "room", room(""), room("run: loop")),
    ("http-removed", "room", room("http: true"), room("")),
    ("http-added", "room", room(""), room("http: true")),
    ("websocket-removed", "room", room("websocket: true"), room("")),
    ("websocket-added", "room", room(""), room("websocket: true")),
    ("database-removed", "room", room("db: true"), room("")),
    ("database-added", "room", room(""), room("db: true")),
    ("durability-lowered", "room", room(""), room("durability: interval")),
    ("durability-lowered", "room.act", action(""), action("durability: interval")),
    (
        "option-lowered",
        "room.options.max_queue_size",
        room("options: { maxQueueSize: 10 }"),
        room("options: { maxQueueSize: 5 }"),
    ),
    (
        "option-changed",
        "room.options.sleep_timeout_ms",
        room(""),
        room("options: { sleepTimeout: 5s }"),
    ),
    ("action-removed", "room.act", action(""), room("")),
    ("action-added", "room.act", room(""), action("")),
    (
        "argument-removed",
        "room.act.b",
        action("args: [a: int, b: int]"),
        action("args: [a: int]"),
    ),
    (
        "arguments-reordered",
        "room.act",
        action("args: [a: int, b: int]"),
        action("args: [b: int, a: int]"),
    ),
    (
        "argument-inserted",
        "room.act.b",
        action("args: [a: int]"),
        action("args: [b: int, a: int]"),
    ),
    ("argument-required-added", "room.act.a", action(""), action("args: [a: int]")),
    ("argument-added", "room.act.a", action(""), action("args: [a: int = 1]")),
    (
        "argument-required",
        "room.act.a",
        action("args: [a: int = 1]"),
        action("args: [a: int]"),
    ),
    (
        "argument-optional",
        "room.act.a",
        action("args: [a: int]"),
        action("args: [a: int = 1]"),
    ),
    (
        "argument-renamed",
        "room.act.b",
        action("args: [a: int]"),
        action("args: [b: int]"),
    ),
    (
        "scheduled-arguments",
        "room.act",
        room("actions: { act: {} }, schedules: { daily: { every: 1d, action: act } }"),
        room(
            "actions: { act: { args: [a: int = 1] } },"
            " schedules: { daily: { every: 1d, action: act } }"
        ),
    ),
    ("result-removed", "room.act", action("returns: int"), action("")),
    ("result-added", "room.act", action(""), action("returns: int")),
    (
        "action-error-added",
        "room.act",
        "errors: { full: F. }\n" + action(""),
        error("F."),
    ),
    (
        "action-error-removed",
        "room.act",
        error("F."),
        "errors: { full: F. }\n" + action(""),
    ),
    ("read-only-removed", "room.act", action("readOnly: true"), action("")),
    ("read-only-added", "room.act", action(""), action("readOnly: true")),
    ("idempotent-removed", "room.act", action("idempotent: true"), action("")),
    ("audience-narrowed", "room.act", action(""), action("audience: internal")),
    ("audience-widened", "room.act", action("audience: internal"), action("")),
    ("timeout-lowered", "room.act", action("timeout: 5s"), action("timeout: 4s")),
    (
        "pagination-removed",
        "room.act",
        action(
            "args: [cursor: int | null], paginate: cursor,"
            " returns: { items: list<int>, nextCursor: int | null }"
        ),
        action(
            "args: [cursor: int | null],"
            " returns: { items: list<int>, nextCursor: int | null }"
        ),
    ),
    (
        "pagination-changed",
        "room.act",
        action(
            "args: [cursor: int | null], paginate: { next: a },"
            " returns: { items: list<int>, a: int | null, b: int | null }"
        ),
        action(
            "args: [cursor: int | null], paginate: { next: b },"
            " returns: { items: list<int>, a: int | null, b: int | null }"
        ),
    ),
    ("deprecated", "room.act", action(""), action("deprecated: true")),
    ("event-removed", "room.typing", room("events: { typing: int }"), room("")),
    ("event-added", "room.typing", room(""), room("events: { typing: int }")),
    (
        "event-argument-removed",
        "room.typing.b",
        room("events: { typing: { args: [a: int, b: int] } }"),
        room("events: { typing: { args: [a: int] } }"),
    ),
    (
        "event-argument-added",
        "room.typing.b",
        room("events: { typing: { args: [a: int] } }"),
        room("events: { typing: { args: [a: int, b: int] } }"),
    ),
    (
        "event-arguments-reordered",
        "room.typing",
        room("events: { typing: { args: [a: int, b: int] } }"),
        room("events: { typing: { args: [b: int, a: int] } }"),
    ),
    (
        "event-argument-renamed",
        "room.typing.b",
        room("events: { typing: { args: [a: int] } }"),
        room("events: { typing: { args: [b: int] } }"),
    ),
    (
        "event-form-changed",
        "room.typing",
        room("events: { typing: int }"),
        room("events: { typing: { args: [payload: int] } }"),
    ),
    (
        "event-guarded",
        "room.typing",
        room("events: { typing: int }"),
        room("events: { typing: { payload: int, guard: true } }"),
    ),
    ("queue-removed", "room.jobs", room("queues: { jobs: { message: {} } }"), room("")),
    ("queue-added", "room.jobs", room(""), room("queues: { jobs: { message: {} } }")),
    (
        "reply-removed",
        "room.jobs",
        room("queues: { jobs: { message: {}, reply: { a: int } } }"),
        room("queues: { jobs: { message: {} } }"),
    ),
    (
        "reply-added",
        "room.jobs",
        room("queues: { jobs: { message: {} } }"),
        room("queues: { jobs: { message: {}, reply: { a: int } } }"),
    ),
    (
        "queue-guarded",
        "room.jobs",
        room("queues: { jobs: { message: {} } }"),
        room("queues: { jobs: { message: {}, guard: true } }"),
    ),
    (
        "delivery-changed",
        "room.jobs",
        room("queues: { jobs: { message: {} } }"),
        room("queues: { jobs: { message: {}, delivery: at-most-once } }"),
    ),
    (
        "retry-lowered",
        "room.jobs",
        room("queues: { jobs: { message: {} } }"),
        room("queues: { jobs: { message: {}, retry: { attempts: 2 } } }"),
    ),
    (
        "dead-letter-changed",
        "room.jobs",
        room(
            "queues: { jobs: { message: {}, deadLetter: bad }, bad: { message: {} } }"
        ),
        room("queues: { jobs: { message: {} }, bad: { message: {} } }"),
    ),
    (
        "schedule-removed",
        "room.daily",
        schedule("every: 1d, action: act"),
        room("actions: { act: {}, other: {} }"),
    ),
    (
        "schedule-added",
        "room.daily",
        room("actions: { act: {}, other: {} }"),
        schedule("every: 1d, action: act"),
    ),
    (
        "schedule-changed",
        "room.daily.action",
        schedule("every: 1d, action: act"),
        schedule("every: 1d, action: other"),
    ),
    (
        "schedule-changed",
        "room.daily.missed",
        schedule("every: 1d, action: act"),
        schedule("every: 1d, action: act, missed: all(max 3)"),
    ),
    ("error-removed", "full", "errors: { full: F. }", "errors: {}"),
    ("error-added", "full", "errors: {}", "errors: { full: F. }"),
    ("error-message-changed", "full", error("Old."), error("New.")),
    (
        "error-metadata-removed",
        "full",
        error("{ message: F., metadata: { a: int } }"),
        error("F."),
    ),
    (
        "error-metadata-added",
        "full",
        error("F."),
        error("{ message: F., metadata: { a: int } }"),
    ),
    (
        "output-field-removed",
        "full.a",
        error("{ message: F., metadata: { a: int } }"),
        error("{ message: F., metadata: {} }"),
    ),
    ("type-removed", "Point", "types: { Point: int }", "types: {}"),
    ("type-added", "Point", "types: {}", "types: { Point: int }"),
    (
        "type-renamed",
        "room.act.result",
        "types: { A: { fields: { x: int } } }\n" + action("returns: A"),
        "types: { B: { fields: { x: int } } }\n" + action("returns: B"),
    ),
    ("spelling-python", "room", room(""), room("names: { python: hall }")),
    ("spelling-ts", "room:act", action(""), action("names: { typescript: go }")),
    ("spelling-swift", "room:act", action(""), action("names: { swift: go }")),
    (
        "input-retyped",
        "room.act.a",
        action("args: [a: int]"),
        action("args: [a: string]"),
    ),
    (
        "input-bounds-narrowed",
        "room.act.a",
        action("args: [a: int(0..9)]"),
        action("args: [a: int(1..9)]"),
    ),
    (
        "input-bounds-narrowed",
        "room.act.a",
        action("args: [a: list<int>]"),
        action("args: [a: list<int>(..9)]"),
    ),
    (
        "input-null-refused",
        "room.act.a",
        action("args: [a: int | null]"),
        action("args: [a: int]"),
    ),
    (
        "input-value-removed",
        "room.act.a",
        action("args: [a: enum<x | y>]"),
        action("args: [a: enum<x>]"),
    ),
    (
        "input-value-removed",
        "Role",
        role("enum: [a, b]", TAKEN),
        role("enum: [a]", TAKEN),
    ),
    (
        "input-value-added",
        "room.act.a",
        action("args: [a: string]"),
        action("args: [a: string | int]"),
    ),
    (
        "input-field-removed",
        "Point.y",
        point("x: int, y: int", TAKEN),
        point("x: int", TAKEN),
    ),
    (
        "input-field-required",
        "Point.x",
        point("x: int | absent", TAKEN),
        point("x: int", TAKEN),
    ),
    (
        "input-field-required-added",
        "Point.y",
        point("x: int", TAKEN),
        point("x: int, y: int", TAKEN),
    ),
    (
        "input-field-added",
        "Point.y",
        point("x: int", TAKEN),
        point("x: int, y: int = 0", TAKEN),
    ),
    (
        "input-widened",
        "room.act.a",
        action("args: [a: int]"),
        action("args: [a: int | null]"),
    ),
    (
        "default-changed",
        "room.act.a",
        action("args: [a: int = 1]"),
        action("args: [a: int = 2]"),
    ),
    (
        "output-retyped",
        "room.act.result",
        action("returns: int"),
        action("returns: float"),
    ),
    (
        "output-retyped",
        "Point",
        point("x: int", RETURNED),
        "types:\n  Point: { enum: [a] }\n" + room(RETURNED),
    ),
    (
        "output-bounds-widened",
        "room.act.result",
        action("returns: int(0..9)"),
        action("returns: int(0..99)"),
    ),
    (
        "output-null-added",
        "room.act.result",
        action("returns: int"),
        action("returns: int | null"),
    ),
    (
        "output-value-added",
        "Role",
        role("enum: [a]", RETURNED),
        role("enum: [a, b]", RETURNED),
    ),
    (
        "output-open-value-added",
        "Role",
        role("enum: [a], open: true", RETURNED),
        role("enum: [a, b], open: true", RETURNED),
    ),
    (
        "output-value-removed",
        "Role",
        role("enum: [a, b]", RETURNED),
        role("enum: [a]", RETURNED),
    ),
    (
        "output-field-removed",
        "Point.y",
        point("x: int, y: int", RETURNED),
        point("x: int", RETURNED),
    ),
    (
        "output-field-optional",
        "Point.x",
        point("x: int", RETURNED),
        point("x: int | absent", RETURNED),
    ),
    (
        "output-field-required",
        "Point.x",
        point("x: int | absent", RETURNED),
        point("x: int", RETURNED),
    ),
    (
        "output-field-added",
        "Point.y",
        point("x: int", RETURNED),
        point("x: int, y: int", RETURNED),
    ),
    (
        "output-narrowed",
        "room.act.result",
        action("returns: int | null"),
        action("returns: int"),
    ),
    (
        "enum-closed",
        "Role",
        role("enum: [a], open: true", RETURNED),
        role("enum: [a]", RETURNED),
    ),
    (
        "stored-retyped",
        "room.state.a",
        room("state: { a: int = 1 }"),
        room("state: { a: string = x }"),
    ),
    ("stored-retyped", "Point.x", point("x: int", STORED), point("x: string", STORED)),
    (
        "stored-bounds-narrowed",
        "room.state.a",
        room("state: { a: int = 1 }"),
        room("state: { a: int(0..) = 1 }"),
    ),
    (
        "stored-null-refused",
        "room.connState.a",
        room("connState: { a: int | null }"),
        room("connState: { a: int }"),
    ),
    (
        "stored-value-removed",
        "room.state.a",
        room("state: { a: enum<x | y> = x }"),
        room("state: { a: enum<x> = x }"),
    ),
    (
        "stored-field-removed",
        "room.state.b",
        room("state: { a: int = 1, b: int = 1 }"),
        room("state: { a: int = 1 }"),
    ),
    (
        "stored-field-required",
        "room.jobs.message.b",
        room("queues: { jobs: { message: { a: int } } }"),
        room("queues: { jobs: { message: { a: int, b: int } } }"),
    ),
    (
        "stored-field-added",
        "room.state.b",
        room("state: { a: int = 1 }"),
        room("state: { a: int = 1, b: int = 1 }"),
    ),
    (
        "input-retyped",
        "room.input",
        room("input: { a: int = 1 }"),
        room("input: string"),
    ),
    (
        "input-bounds-narrowed",
        "room.act.a",
        action("args: [a: set<int>]"),
        action("args: [a: set<int>(..9)]"),
    ),
    (
        "output-bounds-widened",
        "room.act.result",
        action("returns: map<int>(..9)"),
        action("returns: map<int>"),
    ),
    (
        "input-value-removed",
        "room.act.a",
        "types: { Role: { enum: [a, b] } }\n" + action("args: [a: Role]"),
        action("args: [a: enum<a>]"),
    ),
    (
        "input-retyped",
        "room.act.a",
        "types: { Point: { fields: {} } }\n" + action("args: [a: Point]"),
        action("args: [a: string]"),
    ),
    (
        "output-retyped",
        "Id",
        "types: { Id: string }\n" + action("returns: Id"),
        "types: { Id: int }\n" + action("returns: Id"),
    ),
    (
        "deprecated",
        "full",
        error("F."),
        error("{ message: F., deprecated: true }"),
    ),
    (
        "deprecated",
        "room.typing",
        room("events: { typing: int }"),
        room("events: { typing: { payload: int, deprecated: true } }"),
    ),
    (
        "deprecated",
        "room.act.a",
        action("args: [a: int]"),
        action("args: [a: { type: int, deprecated: true }]"),
    ),
    (
        "tag-changed",
        "Shape",
        "types:\n  Shape: { union: kind, variants: { dot: { x: int } } }\n"
        + action("returns: Shape"),
        "types:\n  Shape: { union: type, variants: { dot: { x: int } } }\n"
        + action("returns: Shape"),
    ),
    (
        "output-value-added",
        "Shape",
        "types:\n  Shape: { union: kind, variants: { dot: { x: int } } }\n"
        + action("returns: Shape"),
        "types:\n  Shape: { union: kind, variants: { dot: { x: int }, line: {} } }\n"
        + action("returns: Shape"),
    ),
    (
        "output-retyped",
        "Shape.dot.x",
        "types:\n  Shape: { union: kind, variants: { dot: { x: int } } }\n"
        + action("returns: list<Shape>"),
        "types:\n  Shape: { union: kind, variants: { dot: { x: bool } } }\n"
        + action("returns: list<Shape>"),
    ),
    (
        "output-retyped",
        "Free",
        "types:\n  Free: { jsonSchema: { type: string } }\n" + action("returns: Free"),
        "types:\n  Free: { jsonSchema: { type: number } }\n" + action("returns: Free"),
    ),
]


@pytest.mark.parametrize(("rule", "element", "before", "after"), CASES)
def test_rule_finds_its_change(
    rule: str, element: str, before: str, after: str
) -> None:
    changes = compare(load(before), load(after))
    found = {(change.rule, change.element): change for change in changes}
    assert (rule, element) in found
    change = found[rule, element]
    assert change.levels == RULES[rule].levels
    assert change.message.endswith(".")
    assert change.position is not None


@pytest.mark.parametrize(("rule", "element", "before", "after"), CASES)
def test_same_schema_has_no_change(
    rule: str, element: str, before: str, after: str
) -> None:
    assert rule
    assert element
    assert compare(load(before), load(before)) == ()
    assert compare(load(after), load(after)) == ()


def test_every_rule_has_a_case() -> None:
    assert len(RULES) >= 60
    assert {rule for rule, *_ in CASES} | {"schema-renamed"} == set(RULES)


def test_renamed_schema_breaks_the_imports_of_consumers() -> None:
    schema = load("actors: {}")
    (change,) = compare(schema, replace(schema, name="other"))
    assert change.rule == "schema-renamed"
    assert not change.fails


def test_gravest_changes_come_first() -> None:
    before = load(room("actions: { a: {}, b: { readOnly: true } }"))
    after = load(room("actions: { b: {}, c: {} }"))
    levels = [change.level for change in compare(before, after)]
    assert levels == sorted(levels, key=LEVELS.index)
    assert levels[0] in FAILING


@pytest.mark.parametrize(
    ("before", "after", "bump"),
    [
        (action(""), room(""), "major"),
        (room("state: { a: int = 1 }"), room(""), "major"),
        (room(""), action(""), "minor"),
        (action("args: [a: int]"), action("args: [b: int]"), "minor"),
        (action("timeout: 5s"), action("timeout: 4s"), "patch"),
        (action(""), action(""), "none"),
    ],
)
def test_changes_decide_the_version_bump(before: str, after: str, bump: str) -> None:
    assert version_bump(compare(load(before), load(after))) == bump


def test_raised_state_version_permits_any_state() -> None:
    before = load(room("state: { a: int = 1 }"))
    after = load(room("state: { b: string = x }, stateVersion: 2"))
    assert not any(change.fails for change in compare(before, after))


def test_removed_element_is_found_in_what_contained_it() -> None:
    before = load("actors:\n  hall: {}\n  room:\n    actions:\n      act: {}\n")
    after = load("actors:\n  hall: {}\n  room: {}\n")
    (change,) = compare(before, after)
    assert change.position is not None
    assert (change.element, change.position.line) == ("room.act", 5)


def test_long_chains_of_types_are_compared() -> None:
    chain = "".join(f"  T{n}: {{ fields: {{ a: T{n + 1} }} }}\n" for n in range(2_000))
    use = action("returns: T0")
    before = load(f"types:\n{chain}  T2000: int\n{use}")
    after = load(f"types:\n{chain}  T2000: string\n{use}")
    assert [change.element for change in compare(before, after)] == ["T2000"]


def test_alias_and_its_meaning_are_the_same_on_the_wire() -> None:
    before = load("types: { Id: string }\n" + action("args: [a: Id]"))
    after = load(action("args: [a: string]"))
    assert not any(change.fails for change in compare(before, after))


def test_recursive_types_are_compared_once() -> None:
    before = load(point("x: int, next: Point | null", RETURNED))
    after = load(point("x: string, next: Point | null", RETURNED))
    assert [c.element for c in compare(before, after)] == ["Point.x"]
