"""What the Python targets cannot express, beside whole features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_schema.findings import FindingLog
from rivetgen_schema.ir import ScalarType

if TYPE_CHECKING:
    from rivetgen_schema import Finding
    from rivetgen_schema.ir import Member, Schema

TEXTS = frozenset({"string", "uri", "email"})
"""Types of key parts that are text in Python already."""


def key_findings(schema: Schema) -> tuple[Finding, ...]:
    """Return a finding for each key part that is no text."""
    log = FindingLog()
    for actor in schema.actors:
        for part in actor.key:
            if not _is_text(part):
                log.add(
                    "RG915",
                    part.position,
                    f"The key part `{part.name}` of `{actor.name}` is no text.",
                    fix="Make it a `string` for now.",
                )
    return log.findings()


def _is_text(part: Member) -> bool:
    return isinstance(part.type, ScalarType) and part.type.name in TEXTS
