"""The JSON Schema that editors use for completion, hover and first checks.

Draft 7, because YAML language servers know it best. Keys and their texts come from
`rivetgen_schema.vocabulary`; what a key holds is said here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_schema.actor_parts import (
    AUDIENCES,
    DELIVERIES,
    DURABILITIES,
    UNDECLARED,
)
from rivetgen_schema.actors import OPTIONS
from rivetgen_schema.reading import (
    ACTION_NAME,
    ENUM_VALUE,
    NAME,
    PRODUCT_NAME,
    QUEUE_NAME,
    SCHEDULE_NAME,
    TYPE_NAME,
)
from rivetgen_schema.runs import RESTARTS, RUNS
from rivetgen_schema.schedules import OVERLAPS
from rivetgen_schema.type_expressions import SCALAR_NAMES
from rivetgen_schema.vocabulary import SECTIONS

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from rivetgen_schema.ir import JsonValue

SCHEMA_ID: Final = "urn:rivetgen:actors.schema.json"
DIALECT: Final = "http://json-schema.org/draft-07/schema#"

_PROPOSALS: Final = (
    *SCALAR_NAMES,
    "list<string>",
    "set<string>",
    "map<string>",
    "enum<a | b>",
    "string | null",
    "string | absent",
)

_Fragment: TypeAlias = "dict[str, JsonValue]"


def editor_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema of `actors.yaml`."""
    definitions: _Fragment = {
        **{kind: _section(kind) for kind in SECTIONS if kind != "document"},
        **_shared(),
    }
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "actors.yaml",
        "description": "Long-lived, stateful actors and their types.",
        **_section("document"),
        "definitions": definitions,
    }


def _section(kind: str) -> _Fragment:
    contents = _CONTENTS[kind]
    required: list[JsonValue] = [*_REQUIRED.get(kind, ())]
    result: _Fragment = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: _described(contents.get(key, _ref("text")), text)
            for key, text in SECTIONS[kind].items()
        },
    }
    if required:
        result["required"] = required
    return result


def _described(fragment: _Fragment, description: str) -> JsonValue:
    # Draft 7 ignores what stands beside a reference, so it goes into `allOf`.
    if "$ref" in fragment:
        return {"description": description, "allOf": [fragment]}
    return {"description": description, **fragment}


def _ref(name: str) -> _Fragment:
    return {"$ref": f"#/definitions/{name}"}


def _words(words: Iterable[str]) -> _Fragment:
    return {"enum": [*words]}


def _named(pattern: re.Pattern[str], value: _Fragment) -> _Fragment:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^(?:{pattern.pattern})$"},
        "additionalProperties": value,
    }


def _either(*fragments: _Fragment) -> _Fragment:
    return {"anyOf": [*fragments]}


def _list(item: _Fragment) -> _Fragment:
    return {"type": "array", "items": item}


def _shared() -> _Fragment:
    fields = _named(NAME, _ref("fieldType"))
    argument = fields | {"minProperties": 1, "maxProperties": 1}
    expression = _either(_words(_PROPOSALS), {"type": "string", "minLength": 1})
    return {
        "text": {"type": ["string", "number", "boolean"]},
        "flag": {"type": "boolean"},
        "deprecation": {"type": ["boolean", "string"]},
        "duration": {
            "type": ["string", "integer"],
            "pattern": "^[0-9]{1,12}(?:ms|s|m|h|d)?$",
        },
        "typeExpression": {"description": "A type expression.", **expression},
        "fieldType": _either(_ref("typeExpression"), _ref("member")),
        "fields": fields,
        "arguments": _list(argument),
        "body": _either(_ref("typeExpression"), fields, _JSON_SCHEMA_ONLY),
        "variant": _either(
            fields,
            {
                "type": "object",
                "properties": {"description": _ref("text"), "fields": fields},
                "required": ["fields"],
                "additionalProperties": False,
            },
        ),
        "nothing": {"type": "null"},
    }


_JSON_SCHEMA: Final[_Fragment] = {"type": ["object", "string"]}
_JSON_SCHEMA_ONLY: Final[_Fragment] = {
    "type": "object",
    "properties": {"jsonSchema": _JSON_SCHEMA},
    "required": ["jsonSchema"],
    "additionalProperties": False,
}
_FLAG: Final = _ref("flag")
_NAMES: Final = _ref("names")
_ENUM_NAME: Final[_Fragment] = {"pattern": f"^(?:{ENUM_VALUE.pattern})$"}
_DESCRIBED: Final = {"deprecated": _ref("deprecation"), "names": _NAMES}

_OPTION_FORMS: Final[dict[str, _Fragment]] = {
    "duration": _ref("duration"),
    "count": {"type": "integer", "minimum": 1},
    "flag": _FLAG,
}

_CONTENTS: Final[dict[str, dict[str, _Fragment]]] = {
    "document": {
        "rivet": {"const": 1},
        "info": _ref("info"),
        "imports": _list({"type": "string", "minLength": 1}),
        "types": _named(TYPE_NAME, _either(_ref("typeExpression"), _ref("type"))),
        "errors": _named(NAME, _either(_ref("text"), _ref("error"))),
        "actors": _named(NAME, _ref("actor")),
    },
    "info": {"name": {"type": "string", "pattern": f"^(?:{PRODUCT_NAME.pattern})$"}},
    "type": {
        "fields": _ref("fields"),
        "enum": _either(
            _list(_ENUM_NAME),
            _named(ENUM_VALUE, _either(_ref("text"), _ref("nothing"))),
        ),
        "open": _FLAG,
        "union": {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "variants": _named(ENUM_VALUE, _ref("variant")),
        "type": _ref("typeExpression"),
        "jsonSchema": _JSON_SCHEMA,
        "names": _NAMES,
    },
    "member": {
        "type": _ref("typeExpression"),
        "jsonSchema": _JSON_SCHEMA,
        "default": {},
        "sensitive": _FLAG,
        "example": {},
        **_DESCRIBED,
    },
    "names": {},
    "error": {"metadata": _ref("fields"), **_DESCRIBED},
    "actor": {
        "key": _ref("arguments"),
        "input": _ref("body"),
        "state": _ref("body"),
        "stateVersion": {"type": "integer", "minimum": 1},
        "connParams": _ref("body"),
        "connState": _ref("body"),
        "actions": _named(ACTION_NAME, _either(_ref("action"), _ref("nothing"))),
        "events": _named(
            NAME, _either(_ref("typeExpression"), _ref("event"), _ref("nothing"))
        ),
        "queues": _named(QUEUE_NAME, _ref("queue")),
        "undeclaredQueues": _words(UNDECLARED),
        "schedules": _named(SCHEDULE_NAME, _ref("schedule")),
        "run": _either(_words(RUNS), _ref("run")),
        "uses": _list({"type": "string"}),
        "http": _FLAG,
        "websocket": _FLAG,
        "db": _FLAG,
        "durability": _words(DURABILITIES),
        "options": _ref("options"),
        **_DESCRIBED,
    },
    "action": {
        "args": _ref("arguments"),
        "returns": _ref("body"),
        "errors": _list({"type": "string"}),
        "readOnly": _FLAG,
        "idempotent": _FLAG,
        "audience": _words(AUDIENCES),
        "timeout": _ref("duration"),
        "durability": _words(DURABILITIES),
        "paginate": _either({"const": "cursor"}, _ref("paginate")),
        **_DESCRIBED,
    },
    "paginate": {},
    "event": {
        "payload": _ref("body"),
        "args": _ref("arguments"),
        "guard": _FLAG,
        **_DESCRIBED,
    },
    "queue": {
        "message": _ref("body"),
        "reply": _ref("body"),
        "complete": _ref("body"),
        "guard": _FLAG,
        "delivery": _words(DELIVERIES),
        "retry": _ref("retry"),
        **_DESCRIBED,
    },
    "retry": {
        "attempts": {"type": "integer", "minimum": 1},
        "backoff": {"type": "string"},
    },
    "schedule": {
        "cron": {"type": "string"},
        "every": _ref("duration"),
        "args": {"type": "array"},
        "overlap": _words(OVERLAPS),
        "missed": _either(
            _words(("once", "skip", "all")),
            {"type": "string", "pattern": "^all\\(max [0-9]+\\)$"},
        ),
    },
    "run": {
        "kind": _words(RUNS),
        "restart": _words(RESTARTS),
        "backoff": {"type": "string"},
    },
    "options": {row.key: _OPTION_FORMS[row.kind] for row in OPTIONS.values()},
}
"""Section to key to what it holds; keys that are not here hold a text."""

_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "info": ("name", "version"),
    "error": ("message",),
    "queue": ("message",),
    "schedule": ("action",),
    "run": ("kind",),
}
