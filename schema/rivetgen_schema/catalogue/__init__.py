"""What every finding code means: cause, an example that has it, and its repair."""

from __future__ import annotations

from typing import Final

from rivetgen_schema.catalogue.declarations import DECLARATIONS
from rivetgen_schema.catalogue.documents import DOCUMENTS
from rivetgen_schema.catalogue.explanation import Explanation
from rivetgen_schema.catalogue.unsupported import UNSUPPORTED

__all__ = ["EXPLANATIONS", "Explanation", "explain"]

EXPLANATIONS: Final[dict[str, Explanation]] = dict(
    sorted((DECLARATIONS | DOCUMENTS | UNSUPPORTED).items())
)
"""Code to explanation, for every code of `rivetgen_schema.codes`."""


def explain(code: str) -> Explanation | None:
    """Return the explanation of a code, in any case, or `None` when there is none."""
    return EXPLANATIONS.get(code.upper())
