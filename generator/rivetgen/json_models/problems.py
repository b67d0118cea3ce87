"""What is in the way of models for a JSON Schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason why a JSON Schema has no models.

    Attributes:
        code: Code of the finding.
        pointer: Place in the schema, such as `/properties/a`; empty for all of it.
        message: What is wrong, without a full stop.
        fix: What to do instead.
    """

    pointer: str
    message: str
    fix: str = "Write it another way, or use the types of the language."
    code: Literal["RG021", "RG152", "RG154"] = "RG154"


class ModelError(Exception):
    """The models that were made hold something that is not on the list."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
