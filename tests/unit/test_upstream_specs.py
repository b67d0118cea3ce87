"""The specs that RivetKit publishes: what of them holds here, and where they err."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from wire_contract import contract
from workspace import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "upstream"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the published specs of RivetKit are not here"
)

CONTRADICTED = {
    "get /gateway/{actor}/inspector/rpcs": "`rpcs` is a list of names, not a map",
    "get /gateway/{actor}/inspector/queue": "ids are numbers, not text",
    "get /gateway/{actor}/inspector/traces": "`otlp` is a list, not a map",
    "get /gateway/{actor}/inspector/summary": "`rpcs` is a list of names, not a map",
}
"""Operations whose published answers are not those of official servers, and why."""


@functools.cache
def published() -> Any:
    return json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))


def operations() -> list[tuple[str, str, Any]]:
    if not FOLDER.is_dir():
        return []
    return [
        (
            method,
            path.replace("{actorId}", "{actor}").replace(
                "action/{name}", "action/{action}"
            ),
            operation,
        )
        for path, item in published()["paths"].items()
        for method, operation in item.items()
    ]


EVERY_OPERATION = [
    pytest.param(*found, id=f"{found[0]} {found[1]}") for found in operations()
]


@pytest.mark.parametrize(("method", "path", "operation"), EVERY_OPERATION)
def test_every_published_operation_is_described_here(
    method: str, path: str, operation: Any
) -> None:
    assert operation["responses"]
    if method == "options":
        return  # answered everywhere, as the description says
    assert method in contract()["paths"][path]


def answers(method: str, path: str) -> list[Any]:
    """Our examples of successful JSON answers."""
    response = contract()["paths"][path][method]["responses"].get("200", {})
    media = response.get("content", {}).get("application/json", {})
    return [example["value"] for example in media.get("examples", {}).values()]


@pytest.mark.parametrize(("method", "path", "operation"), EVERY_OPERATION)
def test_our_answers_are_as_published_or_the_contradiction_is_listed(
    method: str, path: str, operation: Any
) -> None:
    if method == "options":
        return
    content = operation["responses"]["200"].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return
    document = {**schema, "components": published().get("components", {})}
    errors = [
        error.message
        for answer in answers(method, path)
        for error in OAS30Validator(document).iter_errors(answer)
    ]

    assert bool(errors) is (f"{method} {path}" in CONTRADICTED), errors
