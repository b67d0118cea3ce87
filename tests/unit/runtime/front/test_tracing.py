"""Spans of requests, as the SDK of OpenTelemetry receives them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from fronts import running_front
from recorded_actors import ACTORS
from rivetgen_runtime.front import tracing

if TYPE_CHECKING:
    from collections.abc import Iterator

# Looked up by name so that whoever has no SDK can still check types.
sdk: Any = importlib.import_module("opentelemetry.sdk.trace")
export: Any = importlib.import_module("opentelemetry.sdk.trace.export")
in_memory: Any = importlib.import_module(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter"
)

QUERY = "?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=a"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


class Provider:
    """The part of OpenTelemetry's API that makes spans."""

    def __init__(self, api: Any) -> None:
        self._api = api
        self.spans = in_memory.InMemorySpanExporter()
        self._provider = sdk.TracerProvider()
        processor = export.SimpleSpanProcessor(self.spans)
        self._provider.add_span_processor(processor)

    def get_tracer_provider(self) -> Any:
        return self._provider

    def get_tracer(self, name: str) -> Any:
        return self._provider.get_tracer(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    provider = Provider(importlib.import_module("opentelemetry.trace"))
    monkeypatch.setattr(tracing, "_trace", provider)
    yield provider
    provider.spans.shutdown()


async def call(action: str, **headers: str) -> str:
    url = f"/gateway/counter/action/{action}{QUERY}"
    async with (
        running_front(ACTORS) as base,
        aiohttp.ClientSession() as session,
        session.post(base + url, json={"args": []}, headers=headers) as response,
    ):
        return response.headers["x-rivet-ray-id"]


async def test_a_request_is_a_span_below_that_of_its_caller(provider: Provider) -> None:
    ray_id = await call("get", traceparent=PARENT)

    [span] = provider.spans.get_finished_spans()
    assert span.name == "call_action"
    assert span.kind.name == "SERVER"
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert dict(span.attributes) == {
        "http.request.method": "POST",
        "http.route": "call_action",
        "http.response.status_code": 200,
        "rivetgen.actor.name": "counter",
        "rivetgen.request.ray_id": ray_id,
    }


@pytest.mark.parametrize(
    ("action", "status", "is_error"),
    [("noAction", 404, False), ("plainErr", 500, True)],
)
async def test_only_mistakes_of_the_server_are_errors_of_the_span(
    provider: Provider, action: str, status: int, is_error: bool
) -> None:
    await call(action)

    [span] = provider.spans.get_finished_spans()
    assert span.attributes["http.response.status_code"] == status
    assert (span.status.status_code.name == "ERROR") is is_error


async def test_nothing_is_made_without_the_api(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_trace", None)

    await call("get")

    assert provider.spans.get_finished_spans() == ()


async def test_nothing_is_made_before_an_application_sets_up_the_sdk(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused = importlib.import_module("opentelemetry.trace").ProxyTracerProvider()
    with monkeypatch.context() as patched:
        patched.setattr(provider, "get_tracer_provider", lambda: unused)
        await call("get")
    assert provider.spans.get_finished_spans() == ()

    await call("get")

    [span] = provider.spans.get_finished_spans()
    assert span.name == "call_action"
