"""Frames of connections against ``asyncapi.json``."""

from __future__ import annotations

import functools
import json
from typing import Any, cast

from rivetgen_runtime.front import documents
from wire_contract import schema_violations


@functools.cache
def asyncapi() -> Any:
    """The document as parsed JSON."""
    return json.loads(documents.asyncapi())


def messages() -> Any:
    """Its messages, by name."""
    return asyncapi()["components"]["messages"]


def frame_violations(value: Any) -> list[str]:
    """What about a frame of the JSON encoding is not as described, as sentences."""
    tag = value["body"]["tag"]
    if tag not in messages():
        return [f"{tag} is not described"]
    payload = _in_one_document(messages()[tag]["payload"])
    return [f"{tag} {text}" for text in schema_violations(payload, value)]


def _in_one_document(node: Any) -> Any:
    """A schema of the document with what it refers to."""
    if isinstance(node, dict):
        keys = cast("dict[str, Any]", node)
        if "$ref" in keys:
            name = keys["$ref"].rpartition("/")[2]
            return _in_one_document(asyncapi()["components"]["schemas"][name])
        return {key: _in_one_document(value) for key, value in keys.items()}
    if isinstance(node, list):
        return [_in_one_document(item) for item in cast("list[object]", node)]
    return node
