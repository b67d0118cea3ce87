"""Models of HTTP bodies, generated from the contract."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from rivetgen_client.wire import models
from wire_captures import Http, http_exchanges

SCRIPT = Path(__file__).parents[4] / "clients" / "python" / "regenerate_models.py"


def test_models_are_current() -> None:
    finished = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert finished.returncode == 0, finished.stderr


BODIES: dict[tuple[str, str], tuple[type[BaseModel] | None, type[BaseModel]]] = {
    ("GET", "/actors"): (None, models.ActorList),
    ("PUT", "/actors"): (
        models.ActorGetOrCreateRequest,
        models.ActorGetOrCreateResponse,
    ),
    ("POST", "/actors"): (models.ActorCreateRequest, models.ActorCreateResponse),
    ("GET", "/actors/names"): (None, models.ActorNameList),
    ("GET", "/metadata"): (None, models.Metadata),
}
MANAGED = [
    exchange
    for exchange in http_exchanges("management_js", "management_raw", "min_sequence")
    if (exchange.method, exchange.target.partition("?")[0]) in BODIES
    and exchange.response_body is not None
]


def models_of(exchange: Http) -> tuple[type[BaseModel] | None, type[BaseModel]]:
    return BODIES[exchange.method, exchange.target.partition("?")[0]]


@pytest.mark.parametrize("exchange", MANAGED, ids=str)
def test_recorded_bodies_fit_the_models(exchange: Http) -> None:
    request_model, response_model = models_of(exchange)
    if exchange.status >= 400:
        response_model = models.ErrorResponse

    answer = response_model.model_validate_json(exchange.response_body or b"")

    recorded = json.loads(exchange.response_body or b"")
    assert without_unknown(answer, recorded) == answer.model_dump(
        mode="json", by_alias=True, exclude_unset=True
    )
    if request_model is not None and exchange.status == 200:
        request_model.model_validate_json(exchange.request_body or b"")


def without_unknown(model: BaseModel, recorded: dict[str, Any]) -> dict[str, Any]:
    """What of a recorded body the model has a field for."""
    known = {info.alias or name for name, info in type(model).model_fields.items()}
    return {name: value for name, value in recorded.items() if name in known}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": 1},
        {"name": "a", "key": None},
        {"name": "a", "key": "b", "crash_policy": "x"},
        {"name": "a", "key": "b", "crash_policy": "sleep", "foo": 1},
    ],
)
def test_requests_of_another_shape_are_refused(body: dict[str, Any]) -> None:
    body = {"runner_name_selector": "default", **body}

    with pytest.raises(ValidationError):
        models.ActorGetOrCreateRequest.model_validate(body)


def test_fields_are_written_with_their_wire_names() -> None:
    error = models.ErrorResponse(
        group="user",
        code="x",
        message="m",
        actor=models.ActorReference(actor_id="a", generation=1),
    )

    assert error.model_dump(by_alias=True, exclude_unset=True) == {
        "group": "user",
        "code": "x",
        "message": "m",
        "actor": {"actorId": "a", "generation": 1},
    }
