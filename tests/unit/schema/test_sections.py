"""Every section of a document: what is refused, and what its settings mean."""

from __future__ import annotations

import pytest

from rivetgen_schema import ir, load_text

HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"


def actor(part: str) -> str:
    return f"actors:\n  room: {{ {part} }}\n"


def action(part: str) -> str:
    return actor(f"actions: {{ act: {{ {part} }} }}")


def queue(part: str) -> str:
    return actor(f"queues: {{ jobs: {{ {part} }} }}")


def schedule(part: str) -> str:
    actions = "act: { args: [a: int, b: string = x] }, rest: {}"
    return actor(f"actions: {{ {actions} }}, schedules: {{ s: {{ {part} }} }}")


def type_(part: str) -> str:
    return f"types: {{ T: {part} }}\n" + actor("events: { e: T }")


def json_schema(part: str) -> str:
    return type_(f"{{ jsonSchema: {{ {part} }} }}")


def load(body: str) -> ir.Actor:
    result = load_text(HEADER + body)
    assert result.schema is not None, result.findings
    return result.schema.actors[0]


REFUSED: list[tuple[str, str, str]] = [
    # the document
    ("actors: 5", "RG122", "A map belongs here, not `5`."),
    ("actors: { a: 5 }", "RG122", "not `5`"),
    ("actors: { a: }", "RG122", "not nothing"),
    ("imports: types", "RG122", "A list belongs here"),
    ("imports: [{ a: b }]", "RG122", "not a map"),
    ("types: { T: [a] }", "RG122", "A type belongs here, not a list."),
    # texts, flags, numbers, words
    (actor("description: [a]"), "RG122", "A text belongs here"),
    (actor("description:"), "RG122", "not nothing"),
    (actor(f"description: {'x' * 10_001}"), "RG125", "10,000 characters"),
    (actor("http: maybe"), "RG122", "`true` or `false` belongs here"),
    (actor('http: "true"'), "RG122", "not `true`"),
    (actor("state: { a: int = 1 }, stateVersion: two"), "RG122", "A whole number"),
    (actor("state: { a: int = 1 }, stateVersion: 0"), "RG125", "out of range"),
    (actor("durability: always"), "RG123", "`always` is not a choice"),
    (actor("options: 5"), "RG122", "A map belongs here"),
    (actor("options: { sleepTimeout: [5s] }"), "RG122", "A duration such as"),
    (actor("options: { sleepTimeout: 0 }"), "RG124", "out of range"),
    (actor("options: { sleepTimeout: 400d }"), "RG124", "out of range"),
    (actor("uses: counter"), "RG122", "A list belongs here"),
    (actor("uses: [[a]]"), "RG122", "A text belongs here"),
    (actor("uses: [room, room]"), "RG018", "`room` is listed twice"),
    (actor("names: room"), "RG122", "A map belongs here"),
    (actor("names: { rust: room }"), "RG120", "`rust` is not a key of `names`"),
    # run handlers
    (actor("run: loops"), "RG123", "`loops` is not a choice"),
    (actor("run: [loop]"), "RG122", "A text belongs here"),
    (actor("run: {}"), "RG121", "`kind` is missing"),
    (actor("run: { kind: loop, again: 1s }"), "RG120", "is not a key of `run`"),
    (actor("run: { kind: loop, restart: always }"), "RG123", "not a choice"),
    (actor("run: { kind: loop, backoff: 1s..2s }"), "RG041", "no effect"),
    (actor("run: { kind: workflow, restart: never }"), "RG041", "no effect"),
    (
        actor("run: { kind: loop, restart: on-failure, backoff: 2s..1s }"),
        "RG023",
        "shortest wait",
    ),
    (
        actor("run: { kind: loop, restart: on-failure, backoff: 1s }"),
        "RG122",
        "A range of durations",
    ),
    # types
    (type_("{}"), "RG121", "does not say what it is"),
    (type_("{ fields: { a: int }, enum: [a] }"), "RG041", "cannot stand together"),
    (type_("{ fields: { a: int }, open: true }"), "RG041", "`open` belongs to `enum`"),
    (type_("{ enum: [a], variants: { a: {} } }"), "RG041", "belongs to `union`"),
    (type_("{ fields: [a] }"), "RG122", "A map of fields"),
    (type_("{ fields: { a: [int] } }"), "RG122", "A type belongs here"),
    (type_("{ fields: { a: } }"), "RG122", "not nothing"),
    (type_("{ fields: { 1a: int } }"), "RG003", "`1a` is not allowed"),
    (type_("{ fields: { a: { description: A. } } }"), "RG121", "needs a type"),
    (type_("{ fields: { a: { type: int, jsonSchema: {} } } }"), "RG041", "together"),
    (type_("{ fields: { a: { type: int = 1, default: 2 } } }"), "RG041", "together"),
    (type_("{ fields: { a: { type: int | absent, default: 2 } } }"), "RG025", "absent"),
    (type_("{ fields: { a: { type: int | absent = 2 } } }"), "RG025", "never absent"),
    (type_("{ fields: { a: { type: [int] } } }"), "RG122", "A type belongs here"),
    (type_("{ enum: word }"), "RG122", "A list of values belongs here"),
    (type_("{ enum: [[a]] }"), "RG122", "A word belongs here"),
    (type_('{ enum: ["a b"] }'), "RG003", "`a b` is not allowed"),
    (type_("{ enum: { a: [x] } }"), "RG122", "A text belongs here"),
    (type_("{ union: [kind], variants: { a: {} } }"), "RG060", "not the name"),
    (type_("{ union: kind }"), "RG061", "There are no variants here."),
    (type_("{ union: kind, variants: [a] }"), "RG122", "A map of variants"),
    (type_("{ union: kind, variants: { a: { kind: int } } }"), "RG060", "is the tag"),
    (type_("int = 1"), "RG025", "Only a field or an argument can have a default."),
    (type_("T"), "RG029", "without end"),
    (type_("list<T>"), "RG029", "without end"),
    (type_("{ fields: { a: list<T>(1..) } }"), "RG029", "without end"),
    (type_("{ fields: { a: map<T>(1..) } }"), "RG029", "without end"),
    # errors
    ("errors: { e: { metadata: {} } }", "RG121", "`message` is missing"),
    ("errors: { e: [a] }", "RG122", "A text belongs here"),
    ("errors: { e-f: A. }", "RG003", "`e-f` is not allowed"),
    # arguments and keys
    (actor("key: org"), "RG128", "Arguments are a list"),
    (actor("key: [org]"), "RG128", "Each argument is one pair"),
    (actor("key: [{ a: int, b: int }]"), "RG128", "Each argument is one pair"),
    (actor("key: [a: string | absent]"), "RG025", "always given"),
    (actor("key: [a: list<string>, b: string]"), "RG028", "no single spelling"),
    (actor("key: [a: list<int>]"), "RG028", "no single spelling"),
    (action("args: 5"), "RG128", "Arguments are a list"),
    (action("returns: [int]"), "RG122", "A type belongs here"),
    (actor("actions: { a..b: {} }"), "RG003", "`a..b` is not allowed"),
    (actor("queues: { 0.a: { message: {} } }"), "RG003", "`0.a` is not allowed"),
    (actor("queues: { next: { message: {} } }"), "RG002", "`next` is reserved"),
    (actor("actions: { a: 5 }"), "RG122", "not `5`"),
    (actor("actions: { a.b: {}, a: {} }"), "RG001", "same name"),
    (action("paginate: [a]"), "RG122", "`cursor` or a map"),
    (action("readOnly: true, durability: reply"), "RG041", "nothing to save"),
    # events
    (actor("events: { e: [a] }"), "RG122", "not a list"),
    (actor("events: { e: string | absent }"), "RG024", "Only a field"),
    # queues
    (queue("message: [a]"), "RG122", "A type belongs here"),
    (queue("message: {}, reply: int, complete: int"), "RG041", "together"),
    (queue("message: {}, delivery: at-most-once, retry: {}"), "RG041", "no effect"),
    (queue("message: {}, retry: { attempts: 0 }"), "RG125", "out of range"),
    (queue("message: {}, retry: { backoff: 1s }"), "RG122", "A range of durations"),
    (queue("message: {}, retry: { backoff: 1s..x }"), "RG124", "`x` is not"),
    (queue("message: {}, retry: { backoff: 2s..1s }"), "RG023", "shortest wait"),
    (actor("queues: { q: }"), "RG121", "does not say what a message looks like"),
    # schedules
    (schedule("every: 1d"), "RG121", "`action` is missing"),
    (schedule("every: 1s, action: rest"), "RG124", "out of range"),
    (schedule("every: 1d, cron: 0 9 * * *, action: rest"), "RG041", "together"),
    (schedule("every: 1d, timezone: UTC, action: rest"), "RG041", "together"),
    (schedule("cron: 0 9 * *, action: rest"), "RG044", "has five fields"),
    (schedule("cron: 0 25 * * *, action: rest"), "RG044", "`25` is not a hour"),
    (schedule("cron: 0 9 * * *, timezone: ../etc, action: rest"), "RG045", "no time"),
    (schedule("cron: 0 9 * * *, timezone: utc, action: rest"), "RG045", "no time zone"),
    (schedule("every: 1d, action: rest, missed: all(max 0)"), "RG123", "not a choice"),
    (schedule("every: 1d, action: rest, missed: once(max 2)"), "RG123", "not a choice"),
    (schedule("every: 1d, action: rest, missed: never"), "RG123", "not a choice"),
    (schedule("every: 1d, action: rest, args: 5"), "RG122", "A list of arguments"),
    (schedule("every: 1d, action: rest, args: [1]"), "RG047", "takes 0 arguments"),
    (schedule("every: 1d, action: act"), "RG047", "takes 1 to 2 arguments"),
    (schedule("every: 1d, action: act, args: [x]"), "RG047", "not a whole number"),
    # JSON Schema
    (json_schema("properties: 5"), "RG153", "A map of JSON Schemas"),
    (json_schema("properties: { a: 5 }"), "RG153", "A JSON Schema belongs here"),
    (json_schema("allOf: 5"), "RG153", "A list of JSON Schemas"),
    (json_schema("allOf: [{ type: text }]"), "RG153", "A JSON type"),
    (json_schema("enum: 5"), "RG153", "A list belongs here"),
    (json_schema("required: [1]"), "RG153", "A list of texts"),
    (json_schema("minLength: -1"), "RG153", "A whole number from 0"),
    (json_schema("minimum: low"), "RG153", "A number belongs here"),
    (json_schema("uniqueItems: 1"), "RG153", "`true` or `false`"),
    (json_schema("type: []"), "RG153", "A JSON type"),
    (json_schema("additionalProperties: { type: x }"), "RG153", "A JSON type"),
    (json_schema("title: [a]"), "RG122", "A text belongs here"),
    (json_schema("$ref: 5"), "RG151", "under `$defs`"),
    (json_schema('$ref: "#/$defs/A"'), "RG151", "under `$defs`"),
    (json_schema("pattern: '['"), "RG152", "does not mean the same"),
    (json_schema(r"pattern: '(a)\1'"), "RG152", "does not mean the same"),
    (json_schema("pattern: '[[a]'"), "RG152", "does not mean the same"),
    (json_schema("x-python-type: int"), "RG150", "`x-python-type` is not supported"),
    (json_schema("customTypePath: os.system"), "RG150", "is not supported"),
    (type_("{ jsonSchema: [a] }"), "RG122", "A JSON Schema or the path of one"),
    (type_("{ jsonSchema: types/*.json }"), "RG122", "The path of one file"),
    (type_("{ jsonSchema: a.json }"), "RG141", "not below the folder"),
]


@pytest.mark.parametrize(("body", "code", "message"), REFUSED)
def test_mistake_is_named(body: str, code: str, message: str) -> None:
    result = load_text(HEADER + body)
    matching = [f for f in result.findings if f.code == code and message in f.message]
    assert matching, [(f.code, f.message) for f in result.findings]
    assert matching[0].position is not None


@pytest.mark.parametrize(
    "text",
    [
        "rivet: 1",
        "info: { name: example, version: 1.0.0 }",
        "rivet: 1\ninfo: { version: 1.0.0 }",
        "rivet: 1\ninfo: { name: example }",
        "rivet: 1\ninfo: example",
        "rivet: 1\ninfo: { name: Example, version: 1.0.0 }",
        "text",
    ],
)
def test_head_of_the_document_must_be_complete(text: str) -> None:
    assert load_text(text).schema is None


def test_long_form_of_a_member_is_read_completely() -> None:
    result = load_text(
        HEADER
        + "actors:\n  a:\n    state:\n"
        + "      token:\n        type: string(1..)\n        description: A secret.\n"
        + "        default: abc\n        sensitive: true\n        example: xyz\n"
        + "        deprecated: Use keys.\n        names: { python: secret }\n"
    )
    assert result.schema is not None
    state = result.schema.actors[0].state
    assert isinstance(state, ir.Record)
    assert state.fields == (
        ir.Member(
            name="token",
            type=ir.ScalarType(name="string", minimum=1),
            names={"python": "secret"},
            default=ir.Default(value="abc"),
            description="A secret.",
            sensitive=True,
            example=ir.Default(value="xyz"),
            deprecated="Use keys.",
        ),
    )


def test_inline_json_schema_gets_a_definition_of_its_own() -> None:
    result = load_text(
        HEADER
        + "actors:\n  a:\n    state: { jsonSchema: { type: object } }\n"
        + "    input:\n      filter: { jsonSchema: { type: string } }\n"
    )
    assert result.schema is not None
    assert [d.name for d in result.schema.types] == ["AInputFilter", "AState"]
    assert result.schema.actors[0].state == ir.NamedType(name="AState")


def test_action_settings() -> None:
    read = load(
        action(
            "description: D., audience: internal, timeout: 1500, idempotent: true,"
            " durability: interval, deprecated: true"
        )
    ).actions[0]
    assert (read.description, read.audience, read.timeout_ms) == (
        "D.",
        "internal",
        1500,
    )
    assert (read.idempotent, read.durability) == (True, "interval")
    assert read.deprecated == "Deprecated."


def test_action_without_settings_and_result() -> None:
    read = load(actor("actions: { act: , other: { returns: none } }")).actions
    assert [action.returns for action in read] == [None, None]


def test_paginate_names_its_members() -> None:
    read = load(
        action(
            "args: [after: string | absent],"
            " returns: { rows: list<int>, last: string | null },"
            " paginate: { cursor: after, items: rows, next: last }"
        )
    ).actions[0]
    assert read.paginate == ir.Paginate(cursor="after", items="rows", next="last")


def test_event_without_payload_has_no_arguments() -> None:
    events = load(actor("events: { a: none, b: { guard: true } }")).events
    assert [(event.args, event.guard) for event in events] == [((), False), ((), True)]


def test_queue_settings() -> None:
    read = load(
        queue(
            "message: string, complete: int, guard: true,"
            " retry: { attempts: 3, backoff: 500ms..2m }"
        )
    ).queues[0]
    assert read.message == ir.ScalarType(name="string")
    assert read.reply == ir.ScalarType(name="int")
    assert read.retry == ir.Retry(
        attempts=3, backoff_minimum_ms=500, backoff_maximum_ms=120_000
    )
    at_most_once = load(queue("message: {}, delivery: at-most-once")).queues[0]
    assert at_most_once.retry is None


@pytest.mark.parametrize(
    ("text", "kind", "restart"),
    [
        ("run: loop", "loop", None),
        ("run: workflow", "workflow", None),
        ("run: { kind: loop }", "loop", None),
        ("run: { kind: loop, restart: never }", "loop", None),
        ("run: { kind: loop, restart: on-failure }", "loop", ir.Restart()),
        (
            "run: { kind: loop, restart: on-failure, backoff: 500ms..2m }",
            "loop",
            ir.Restart(backoff_minimum_ms=500, backoff_maximum_ms=120_000),
        ),
    ],
)
def test_a_run_handler_says_what_follows_its_failure(
    text: str, kind: str, restart: ir.Restart | None
) -> None:
    read = load(actor(text))
    assert (read.run, read.run_restart) == (kind, restart)


def test_schedule_settings() -> None:
    read = load(
        schedule(
            "every: 5m, action: act, args: [2], overlap: allow, missed: all(max 7)"
        )
    ).schedules[0]
    assert read == ir.Schedule(
        name="s",
        action="act",
        every_ms=300_000,
        args=(2,),
        overlap="allow",
        missed="all",
        missed_maximum=7,
    )


def test_variants_may_have_descriptions() -> None:
    result = load_text(
        HEADER
        + type_(
            "{ union: kind, variants: { a: { description: A., fields: { x: int } },"
            " b: { fields: int }, c: {} } }"
        )
    )
    assert result.schema is not None, result.findings
    (union,) = result.schema.types
    assert isinstance(union, ir.UnionDefinition)
    assert [variant.description for variant in union.variants] == ["A.", None, None]
    assert [len(variant.fields) for variant in union.variants] == [1, 1, 0]


def test_enum_values_may_have_descriptions() -> None:
    result = load_text(HEADER + type_("{ enum: { a: The first., b: }, open: true }"))
    assert result.schema is not None
    assert result.schema.types == (
        ir.EnumDefinition(
            name="T",
            values=(
                ir.EnumValue(value="a", description="The first."),
                ir.EnumValue(value="b"),
            ),
            open=True,
        ),
    )


@pytest.mark.parametrize(
    "option",
    ["actionTimeout: 15s", "noSleep: true", "maxQueueSize: 5", "maxSchedules: 7"],
)
def test_every_kind_of_option_is_read(option: str) -> None:
    assert load(actor(f"options: {{ {option} }}")).options != ir.Options()


@pytest.mark.parametrize(
    "name",
    [
        "connect",
        "run",
        "onWake",
        "onWorkflowError",
        "canSubscribeTyping",
        "canPublishJobs",
        "migrateV1ToV2",
        "class",
    ],
)
def test_actions_may_not_hide_generated_members(name: str) -> None:
    result = load_text(HEADER + actor(f"actions: {{ {name}: {{}} }}"))
    assert [finding.code for finding in result.findings] == ["RG002"]


def test_field_may_be_a_keyword_and_argument_too() -> None:
    load(actor("state: { from: int = 1 }, actions: { a: { args: [in: int] } }"))


@pytest.mark.parametrize(
    "body",
    [
        "types: { Message: int, MESSAGE: int }\n"
        + actor("events: { a: Message, b: MESSAGE }"),
        "types: { RoomState: int }\n" + actor("state: { a: RoomState = 1 }"),
        "types: { RoomFull: int }\nerrors: { room_full: F. }\n"
        + actor("events: { a: RoomFull }, actions: { a: { errors: [room_full] } }"),
        "actors: { chatRoom: {}, chat_room: {} }",
        actor("state: { userId: int = 1, user_id: int = 1 }"),
        actor("queues: { a: { message: { kind: int, KIND: int } } }"),
        actor("actions: { members.kick: {}, membersKick: {} }"),
        actor("actions: { a: { names: { python: b } }, b: {} }"),
        type_("{ union: kind, variants: { a: { KIND: int } } }"),
        type_("{ enum: [in-progress, in_progress] }"),
    ],
)
def test_names_that_meet_in_a_target_are_refused(body: str) -> None:
    result = load_text(HEADER + body)
    (finding,) = [f for f in result.findings if f.code == "RG001"]
    assert finding.related


def test_other_spelling_resolves_a_collision() -> None:
    other = "names: { python: a, typescript: a, swift: a }"
    load(actor(f"actions: {{ getCount: {{ {other} }}, get_count: {{}} }}"))


def test_queues_may_have_dotted_names_with_numbers() -> None:
    names = "cmd.0: { message: {} }, cmd-late.1: { message: {} }"
    loaded = load(actor(f"queues: {{ {names} }}"))
    assert [queue.name for queue in loaded.queues] == ["cmd.0", "cmd-late.1"]


def test_event_without_a_value_has_no_arguments() -> None:
    result = load_text(f"{HEADER}actors: {{ a: {{ events: {{ cleared: }} }} }}\n")
    assert result.schema is not None, result.findings
    (event,) = result.schema.actors[0].events
    assert (event.args, event.single_payload) == ((), False)
