"""Requests that schemathesis makes up: no 5xx, and no status that is not described."""

from __future__ import annotations

import pytest

from generated_requests import fuzz


@pytest.mark.timeout(300)
async def test_whatever_is_asked_is_answered_as_described() -> None:
    findings = await fuzz(examples=8, seed=1)

    assert findings.failures == []
    assert findings.requests > 200
