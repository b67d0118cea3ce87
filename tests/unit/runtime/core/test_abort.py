"""The abort signal: set once, and everyone who listens is told once."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from rivetgen_runtime.core.abort import AbortSignal

if TYPE_CHECKING:
    import pytest


async def test_whoever_waits_is_released() -> None:
    signal = AbortSignal()
    waiting = asyncio.create_task(signal.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    signal.abort()
    await waiting
    assert signal.aborted


def test_listeners_are_called_once_in_their_order() -> None:
    signal, calls = AbortSignal(), list[str]()
    signal.add_listener(lambda: calls.append("first"))
    signal.add_listener(lambda: calls.append("second"))
    assert calls == []
    signal.abort()
    signal.abort()
    assert calls == ["first", "second"]


def test_a_listener_sees_the_signal_set() -> None:
    signal, seen = AbortSignal(), list[bool]()
    signal.add_listener(lambda: seen.append(signal.aborted))
    signal.abort()
    assert seen == [True]


def test_a_listener_that_comes_too_late_is_called_at_once() -> None:
    signal, calls = AbortSignal(), list[str]()
    signal.abort()
    signal.add_listener(lambda: calls.append("late"))
    assert calls == ["late"]


def test_a_removed_listener_is_not_called() -> None:
    signal, calls = AbortSignal(), list[str]()

    def listener() -> None:
        calls.append("called")

    signal.add_listener(listener)
    signal.remove_listener(listener)
    signal.remove_listener(listener)
    signal.abort()
    assert calls == []


def test_a_listener_that_fails_keeps_nobody_from_being_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    signal, calls = AbortSignal(), list[str]()
    signal.add_listener(lambda: sys.exit("enough"))
    signal.add_listener(lambda: calls.append("told"))
    signal.abort()
    assert calls == ["told"]
    assert "a listener of an abort signal failed" in caplog.text
