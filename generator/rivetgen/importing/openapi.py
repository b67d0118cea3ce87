"""From OpenAPI 3 to actors: a tag becomes an actor, an operation an action."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from rivetgen.errors import ImportSchemaError
from rivetgen.importing.drafts import Draft, Part, cleaned
from rivetgen.importing.json_types import TypeImporter
from rivetgen.importing.names import (
    action_name,
    actor_name,
    argument_name,
    product_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.importing.documents import Value
    from rivetgen.importing.notes import Notes

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
READING: Final = frozenset({"get", "head", "options"})
REPEATABLE: Final = frozenset({"put", "delete"})
DEFAULT_ACTOR: Final = "api"
LEFT_OUT: Final[dict[str, str]] = {
    "security": "Check callers in `on_before_connect`, with `connParams`.",
    "webhooks": "Declare events.",
    "callbacks": "Declare events.",
}
"""Key of a document or an operation to what its author can do instead."""
_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json\b|\*/\*")
_VERSION: Final = re.compile(r"3\.[0-9]+\.[0-9]+")


def import_openapi(root: Value, notes: Notes, *, name: str) -> Draft:
    """Return a draft of the actors and types that an OpenAPI document describes.

    Raises:
        ImportSchemaError: The document is not OpenAPI 3.
    """
    version = str(root.text("openapi") or root.text("swagger"))
    if _VERSION.fullmatch(version) is None:
        msg = f"OpenAPI 3 can be read; this says {version!r}"
        raise ImportSchemaError(msg)
    draft = _draft(root, name)
    schemas = _at(root, "components", "schemas")
    targets = {
        f"#/components/schemas/{key}": value
        for key, value in (schemas.entries() if schemas else {}).items()
    }
    types = TypeImporter(draft=draft, notes=notes, targets=targets)
    types.declare()
    types.define()
    _Operations(root=root, draft=draft, notes=notes, types=types).read()
    draft.drop_unused_types()
    return draft


def _draft(root: Value, name: str) -> Draft:
    info = root.get("info")
    title = (info.text("title") if info else None) or name
    version = (info.text("version") if info else None) or "0.1.0"
    description = info.text("description") if info else None
    return Draft(name=product_name(title), version=version, description=description)


def _at(value: Value | None, *keys: str) -> Value | None:
    for key in keys:
        value = value.get(key) if value else None
    return value


@dataclass(slots=True, kw_only=True)
class _Operations:
    root: Value
    draft: Draft
    notes: Notes
    types: TypeImporter
    actors: dict[str, dict[str, Part]] = field(
        default_factory=dict[str, "dict[str, Part]"]
    )

    def read(self) -> None:
        self._report_left_out(self.root)
        paths = self.root.get("paths")
        for path, item in (paths.entries() if paths else {}).items():
            shared = _items(item, "parameters")
            for method in METHODS:
                operation = item.get(method)
                if operation is not None:
                    self._operation(operation, shared, method=method, path=path)
        for name, actions in self.actors.items():
            self.draft.actors[name] = {"actions": actions}

    def _operation(
        self, operation: Value, shared: list[Value], *, method: str, path: str
    ) -> None:
        self._report_left_out(operation)
        actions = self._actor(operation)
        given = operation.text("operationId")
        name = action_name(given or f"{method} {path}", actions.keys())
        actions[name] = {
            **_described(operation),
            **self._arguments(operation, shared, name),
            **self._result(operation, name),
            **self._errors(operation),
            **({"readOnly": True} if method in READING else {}),
            **({"idempotent": True} if method in REPEATABLE else {}),
            **({"deprecated": True} if operation.flag("deprecated") else {}),
        }

    def _actor(self, operation: Value) -> dict[str, Part]:
        tags = [tag.content for tag in _items(operation, "tags")]
        tag = next((tag for tag in tags if isinstance(tag, str)), DEFAULT_ACTOR)
        return self.actors.setdefault(actor_name(tag, ()), {})

    def _arguments(
        self, operation: Value, shared: list[Value], hint: str
    ) -> dict[str, Part]:
        """Return the arguments: parameters, then the body; required ones first."""
        found: dict[tuple[str, str], Value] = {}
        for given in [*shared, *_items(operation, "parameters")]:
            parameter = self._resolved(given)
            key = (parameter.text("in") or "", parameter.text("name") or "value")
            found[key] = parameter
        members = [self._parameter(value, hint) for value in found.values()]
        members += self._body(operation, hint)
        arguments: dict[str, Part] = {}
        for name, member, _ in sorted(members, key=lambda m: not m[2]):
            arguments[argument_name(name, arguments.keys())] = member
        pairs: list[Part] = [{name: member} for name, member in arguments.items()]
        return {"args": pairs} if pairs else {}

    def _parameter(self, parameter: Value, hint: str) -> tuple[str, Part, bool]:
        name = parameter.text("name") or "value"
        required = parameter.flag("required")
        schema = parameter.get("schema") or self._content(parameter)
        member = (
            self.types.member(schema, f"{hint} {name}", required=required)
            if schema
            else "string"
            if required
            else "string | absent"
        )
        return name, _with_description(member, parameter.text("description")), required

    def _body(self, operation: Value, hint: str) -> Iterator[tuple[str, Part, bool]]:
        body = operation.get("requestBody")
        if body is None:
            return
        body = self._resolved(body)
        required = body.flag("required")
        schema = self._content(body)
        if schema is not None:
            member = self.types.member(schema, f"{hint} body", required=required)
            yield "body", member, required

    def _result(self, operation: Value, hint: str) -> dict[str, Part]:
        responses = operation.get("responses")
        entries = responses.entries() if responses else {}
        good = [value for status, value in entries.items() if status.startswith("2")]
        for other in good[1:]:
            self.notes.add(
                other,
                "A second successful answer cannot be expressed.",
                fix="Return a union, or declare a second action.",
            )
        if not good:
            return {}
        schema = self._content(self._resolved(good[0]))
        if schema is None:
            return {}
        return {"returns": self.types.expression(schema, f"{hint} result")}

    def _errors(self, operation: Value) -> dict[str, Part]:
        responses = operation.get("responses")
        codes: list[Part] = []
        for status, response in (responses.entries() if responses else {}).items():
            code = _error_code(status)
            if code is None:
                continue
            resolved = self._resolved(response)
            message = cleaned(resolved.text("description") or "") or code
            self.draft.errors.setdefault(code, message)
            codes.append(code)
            if resolved.get("content") is not None:
                self.notes.add(
                    resolved,
                    f"The body of the answer {status} is not carried over.",
                    fix=f"Declare `metadata` of the error `{code}`.",
                )
        return {"errors": codes} if codes else {}

    def _content(self, holder: Value) -> Value | None:
        """Return the schema of the JSON form of a body, answer or parameter."""
        content = holder.get("content")
        entries = content.entries() if content else {}
        for media_type, value in entries.items():
            if _JSON.match(media_type):
                return value.get("schema")
        for media_type, value in entries.items():
            self.notes.add(
                value,
                f"The media type `{media_type}` cannot be expressed.",
                fix="Take or return `bytes`, or declare `http: true` for raw requests.",
            )
        return None

    def _resolved(self, value: Value) -> Value:
        """Follow a reference to a parameter, body or answer of this document."""
        for _ in range(10):
            pointer = value.text("$ref")
            if pointer is None:
                return value
            keys = pointer.removeprefix("#/").split("/")
            target = _at(self.root, *keys) if pointer.startswith("#/") else None
            if target is None:
                self.notes.add(
                    value,
                    f"The reference `{pointer[:80]}` leads nowhere in this document.",
                    fix="Put what it names into the document.",
                )
                return value
            value = target
        return value

    def _report_left_out(self, holder: Value) -> None:
        for key, advice in LEFT_OUT.items():
            value = holder.get(key)
            if value is not None and (value.entries() or value.items()):
                self.notes.add(value, f"`{key}` is not carried over.", fix=advice)


def _items(holder: Value, key: str) -> list[Value]:
    value = holder.get(key)
    return value.items() if value else []


def _described(operation: Value) -> dict[str, Part]:
    text = cleaned(operation.text("description") or operation.text("summary") or "")
    return {"description": text} if text else {}


def _with_description(member: Part, text: str | None) -> Part:
    if not text or (isinstance(member, dict) and "description" in member):
        return member
    parts = member if isinstance(member, dict) else {"type": member}
    return {**parts, "description": cleaned(text)}


def _error_code(status: str) -> str | None:
    """Return a code such as `not_found` for a status such as `404`."""
    if re.fullmatch(r"[45][0-9]{2}", status) is None:
        return None
    try:
        phrase = HTTPStatus(int(status)).phrase
    except ValueError:
        return f"status_{status}"
    return re.sub(r"[^a-z]+", "_", phrase.lower()).strip("_")
