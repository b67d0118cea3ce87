"""Explanations of findings about what a generator cannot emit yet."""

from __future__ import annotations

from typing import Final

from rivetgen_schema.catalogue.explanation import Explanation

_NOTHING = """
actors:
  room: {}
"""

_EXAMPLES: Final[dict[str, tuple[str, str]]] = {
    "RG900": ("queues", "queues: { jobs: { message: { id: string } } }"),
    "RG901": (
        "schedules",
        "actions: { tick: {} }, schedules: { often: { every: 5m, action: tick } }",
    ),
    "RG902": ("run handlers", "run: loop"),
    "RG903": ("raw HTTP", "http: true"),
    "RG904": ("raw WebSockets", "websocket: true"),
    "RG905": ("databases", "db: true"),
    "RG906": ("JSON Schema types", "state: { jsonSchema: { type: object } }"),
    "RG908": ("state versions", "state: { count: int = 0 }, stateVersion: 2"),
    "RG909": ("event guards", "events: { typing: { payload: string, guard: true } }"),
    "RG910": ("interval durability", "durability: interval"),
    "RG911": ("choices of scalars", "events: { changed: string | int }"),
    "RG912": ("connection state", "connState: { user: string }"),
    "RG914": ("connection parameters", "connParams: { token: string }"),
    "RG915": (
        "options of other features",
        "options: { connectionLivenessTimeout: 5s }",
    ),
    "RG916": ("workflows", "run: workflow"),
}

UNSUPPORTED: Final[dict[str, Explanation]] = {
    code: Explanation(
        f"This version of the generator cannot emit {feature} for the chosen targets.",
        f"\nactors:\n  room: {{ {example} }}\n",
        _NOTHING,
    )
    for code, (feature, example) in _EXAMPLES.items()
} | {
    "RG907": Explanation(
        "This version of the generator cannot emit pagination for the chosen targets.",
        """
        actors:
          room:
            actions:
              find:
                args: [cursor: string | absent]
                returns: { items: list<int>, nextCursor: string | null }
                paginate: cursor
        """,
        _NOTHING,
    ),
    "RG913": Explanation(
        "This version of the generator cannot emit unions for the chosen targets.",
        """
        types:
          Shape: { union: kind, variants: { circle: { radius: float } } }
        actors:
          room: { events: { drawn: Shape } }
        """,
        _NOTHING,
    ),
}
