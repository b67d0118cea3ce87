"""Spans for OpenTelemetry where its SDK is set up; otherwise nothing at all.

An application that sets up the SDK gets one span per HTTP request, a child of the one
that the caller names in ``traceparent``. Spans that user code starts in an action are
its children in turn. Names follow the semantic conventions for HTTP servers.
"""

from __future__ import annotations

import importlib
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["RequestSpan", "Tracing"]

_LOOKS_EVERY_S: Final = 1.0

try:
    _propagate: Any = importlib.import_module("opentelemetry.propagate")
    _trace: Any = importlib.import_module("opentelemetry.trace")
except ModuleNotFoundError:
    _propagate = _trace = None


class RequestSpan:
    """The span of one request.

    Args:
        span: OpenTelemetry's; None where there is none.
    """

    def __init__(self, span: Any) -> None:
        self._span = span

    def end(self, *, actor: str, route: str, status: int) -> None:
        """Say how the request was answered.

        Args:
            actor: Name of the actor that answered; empty for none.
            route: Name of the route; empty for none.
            status: HTTP status.
        """
        if self._span is None or not self._span.is_recording():
            return
        if route:
            self._span.update_name(route)
            self._span.set_attribute("http.route", route)
        if actor:
            self._span.set_attribute("rivetgen.actor.name", actor)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:
            self._span.set_status(_trace.StatusCode.ERROR)


_NO_SPAN_AT_ALL = nullcontext(RequestSpan(None))


class Tracing:
    """Makes the spans of one front.

    An application may set up the SDK at any time. Asking for that costs as much as a
    tenth of a small call, so it is done once in a while.
    """

    def __init__(self) -> None:
        self._is_used = False
        self._looks_again_s = 0.0

    def request_span(
        self, method: str, request_headers: Mapping[str, str], ray_id: str
    ) -> AbstractContextManager[RequestSpan]:
        """A span that lasts as long as the block."""
        if _trace is None or not (self._is_used or self._look()):
            return _NO_SPAN_AT_ALL
        return _span(method, request_headers, ray_id)

    def _look(self) -> bool:
        now_s = monotonic()
        if now_s >= self._looks_again_s:
            self._looks_again_s = now_s + _LOOKS_EVERY_S
            provider = _trace.get_tracer_provider()
            # One that stands for what is not set up: its spans record nothing.
            self._is_used = not isinstance(provider, _trace.ProxyTracerProvider)
        return self._is_used


@contextmanager
def _span(
    method: str, request_headers: Mapping[str, str], ray_id: str
) -> Generator[RequestSpan]:
    carrier = {name.lower(): value for name, value in request_headers.items()}
    with _trace.get_tracer("rivetgen").start_as_current_span(
        method,
        context=_propagate.extract(carrier),
        kind=_trace.SpanKind.SERVER,
        attributes={"http.request.method": method, "rivetgen.request.ray_id": ray_id},
    ) as span:
        yield RequestSpan(span)
