"""The contract at the root, and recorded exchanges against it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import validate

from rivetgen_client.wire import headers
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.error_codes import ERROR_RULES
from rivetgen_client.wire.errors import Origin, http_status
from rivetgen_client.wire.gateway import CrashPolicy, GetMethod

if TYPE_CHECKING:
    from collections.abc import Iterator
from wire_captures import Http, http_exchanges
from wire_contract import contract, find_operation, violations

RECORDED = [
    exchange
    for exchange in http_exchanges(
        "min_sequence",
        "management_js",
        "management_raw",
        "gateway_forms",
        "error_matrix_raw",
        "routing_misc",
        *(f"http_actions_{encoding}" for encoding in Encoding),
    )
    if find_operation(exchange.method, exchange.target) is not None
]


def test_the_contract_is_valid_openapi() -> None:
    validate(contract())


@pytest.mark.parametrize("exchange", RECORDED, ids=str)
def test_recorded_exchanges_keep_the_contract(exchange: Http) -> None:
    assert violations(exchange) == []


def test_the_contract_is_strict_enough_to_notice_mistakes() -> None:
    [created, *_] = [
        x for x in RECORDED if x.method == "POST" and "/actors" in x.target
    ]

    assert violations(replace(created, target="/actors?namespace=default&foo=1"))
    assert violations(replace(created, target="/actors"))
    assert violations(replace(created, request_body=b'{"name":1}'))
    assert violations(replace(created, response_body=b"{}"))
    assert violations(replace(created, status=418))
    assert violations(replace(created, target="/nothing"))
    assert violations(replace(created, response_headers={"content-type": "text/plain"}))


def test_every_operation_has_what_a_reader_needs() -> None:
    for path, item in contract()["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            assert operation["summary"], (path, method)
            assert operation["operationId"], (path, method)
            is_raw = "default" in operation["responses"]
            assert is_raw or "200" in operation["responses"], (path, method)


def test_every_schema_and_field_is_described() -> None:
    for name, schema in contract()["components"]["schemas"].items():
        assert schema["description"], name
        for field, described in schema.get("properties", {}).items():
            assert "$ref" in described or described["description"], (name, field)


def error_examples(status: str, response: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every example of an error in a response, with the status it is for."""
    name = response.get("$ref", "").rpartition("/")[2]
    described = contract()["components"]["responses"].get(name, {"content": {}})
    json_content = described["content"].get("application/json", {})
    for example in json_content.get("examples", {}).values():
        yield status, example["value"]


# One description stands for every kind of absence.
ABSENT = {"503", "504", "507"}


def test_examples_of_errors_have_the_status_of_the_table() -> None:
    operation = contract()["paths"]["/gateway/{actor}/action/{action}"]["post"]
    for described in operation["responses"].items():
        for status, error in error_examples(*described):
            if status in ABSENT or error["code"] == "internal_error":
                continue  # undecodable requests have that code and status 400
            group, code = error["group"], error["code"]
            statuses = {http_status(group, code, origin=origin) for origin in Origin}
            assert int(status) in statuses, error


def test_names_in_the_contract_are_those_of_the_tables() -> None:
    components = contract()["components"]
    parameters = components["parameters"]
    described = {
        *(parameter["name"] for parameter in parameters.values()),
        headers.RAY_ID,
        headers.ERROR,
    }

    assert components["schemas"]["CrashPolicy"]["enum"] == list(CrashPolicy)
    assert parameters["RvtMethod"]["schema"]["enum"] == list(GetMethod)
    assert set(parameters["Encoding"]["schema"]["enum"]) == set(Encoding)
    assert {
        headers.ENCODING,
        headers.CONNECTION_PARAMS,
        headers.TOKEN,
        headers.TARGET,
        headers.ACTOR,
        headers.SKIP_READY_WAIT,
    } <= described
    assert ("actor", "not_registered") in ERROR_RULES
