"""Nearly right frames and bodies sent to a server: it answers each, and goes on."""

from __future__ import annotations

import pytest

from malformed_traffic import flood

SEED = 20_261_127
MESSAGES = 500


@pytest.mark.parametrize("kind", ["frames", "bodies"])
async def test_a_server_that_gets_nearly_right_messages_goes_on_serving(
    kind: str,
) -> None:
    outcomes = await flood(kind, MESSAGES, SEED)

    assert outcomes.total() == MESSAGES
