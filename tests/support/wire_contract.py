"""Exchanges over HTTP against ``openapi.json``, the contract at the root."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire_captures import Http

DOCUMENT = Path(__file__).parents[2] / "openapi.json"
_ROOT = "urn:openapi"


@functools.cache
def contract() -> Any:
    """The document as parsed JSON."""
    return json.loads(DOCUMENT.read_text(encoding="utf-8"))


@functools.cache
def _registry() -> Any:
    resource = Resource.from_contents(contract(), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry()
    return registry.with_resource(_ROOT, resource)


def _resolved(node: Any) -> Any:
    """The node itself, or what its ``$ref`` points to."""
    if "$ref" not in node:
        return node
    target = contract()
    for name in node["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return target


def find_operation(method: str, raw_target: str) -> Any | None:
    """The operation of the contract that serves a request, if any."""
    path = raw_target.partition("?")[0].rstrip("/") or "/"
    for template in _templates():
        # What handlers of actors read may hold slashes.
        pattern = re.escape(template).replace(r"\{path\}", ".+")
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", pattern)
        if re.fullmatch(pattern, path):
            return _operation(contract()["paths"][template], method.lower())
    return None


@functools.cache
def _templates() -> list[str]:
    """Paths of the contract, those with the fewest names first."""
    return sorted(contract()["paths"], key=lambda template: template.count("{"))


def _operation(item: Any, method: str) -> Any | None:
    found = item.get(method)
    if found is None and method == "head":  # served wherever GET is
        found = item.get("get")
    if found is None:
        return None
    parameters = [*item.get("parameters", []), *found.get("parameters", [])]
    return {**found, "parameters": parameters}


def violations(exchange: Http) -> list[str]:
    """What about an exchange breaks the contract, as sentences.

    A refused request may be of any shape; only its answer is looked at.
    """
    operation = find_operation(exchange.method, exchange.target)
    if operation is None:
        return [f"no operation for {exchange.method} {exchange.target}"]
    found = list(_response_violations(operation, exchange))
    if exchange.status < 400:
        found += _query_violations(operation, exchange.target)
        found += _request_violations(operation, exchange)
    return found


def is_raw(operation: Any) -> bool:
    """Whether the code of an actor answers, with any status and any body."""
    return "default" in operation["responses"]


def _query_violations(operation: Any, raw_target: str) -> Iterator[str]:
    parameters = {
        parameter["name"]: parameter
        for parameter in map(_resolved, operation.get("parameters", []))
        if parameter["in"] == "query"
    }
    query = raw_target.partition("?")[2]
    given = dict(parse_qsl(query, keep_blank_values=True))
    # Raw requests have whatever query their handler reads.
    unknown = () if is_raw(operation) else given.keys() - parameters.keys()
    for name in unknown:
        yield f"unknown query parameter {name}"
    for name, parameter in parameters.items():
        if name in given:
            schema = parameter["schema"]
            yield from schema_violations(schema, _spelled(schema, given[name]))
        elif parameter["required"]:
            yield f"missing query parameter {name}"


def _spelled(schema: Any, text: str) -> Any:
    """The value that a query parameter spells, by the type of its schema."""
    kind = schema.get("type")
    if kind == "array":
        return [text]
    is_number = kind == "integer" and text.isdecimal()
    return json.loads(text) if is_number or kind == "boolean" else text


def _request_violations(operation: Any, exchange: Http) -> Iterator[str]:
    body = operation.get("requestBody")
    content_type = exchange.request_headers.get("content-type")
    # Requests without a content type are served; what they hold is not described.
    if body is not None and content_type and exchange.request_body:
        yield from _body_violations(body, content_type, exchange.request_body)


def _response_violations(operation: Any, exchange: Http) -> Iterator[str]:
    responses = operation["responses"]
    response = responses.get(str(exchange.status), responses.get("default"))
    if response is None:
        yield f"status {exchange.status} is not described"
        return
    response = _resolved(response)
    for name in exchange.response_headers:
        if name.startswith("x-rivet-") and name not in response.get("headers", {}):
            yield f"header {name} is not described for status {exchange.status}"
    content_type = exchange.response_headers.get("content-type", "")
    if exchange.response_body:
        yield from _body_violations(response, content_type, exchange.response_body)


def _body_violations(described: Any, content_type: str, body: bytes) -> Iterator[str]:
    media_type = content_type.partition(";")[0]
    everything = described["content"].get("*/*")
    content = described["content"].get(media_type, everything)
    if content is None:
        yield f"content type {media_type} is not described"
    elif media_type == "application/json" and "schema" in content:
        yield from schema_violations(content["schema"], json.loads(body))


def schema_violations(schema: Any, value: Any) -> Iterator[str]:
    """What about a value breaks a schema of the contract, as sentences."""
    absolute = json.dumps(schema).replace('"#/', f'"{_ROOT}#/')
    validator = OAS31Validator(json.loads(absolute), registry=_registry())
    for error in validator.iter_errors(value):
        yield f"{error.json_path}: {error.message}"
