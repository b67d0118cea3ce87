"""The form of an explanation."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

HEADER = "rivet: 1\ninfo: { name: example, version: 1.0.0 }\n"
"""What stands before every example that is not a whole file."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a finding appears, with a schema that has it and one that does not.

    Attributes:
        cause: What leads to the finding and why it matters.
        example: The part of a schema that has the finding; empty where a short text
            cannot show it.
        fixed: The same part without the finding.
        whole: Whether the texts are whole files, without `HEADER` before them.
    """

    cause: str
    example: str = ""
    fixed: str = ""
    whole: bool = False

    def example_text(self) -> str:
        """Return the schema that has the finding."""
        return self._text(self.example)

    def fixed_text(self) -> str:
        """Return the schema that does not have it any more."""
        return self._text(self.fixed)

    def _text(self, part: str) -> str:
        text = dedent(part).lstrip("\n")
        return text if self.whole or not text else HEADER + text
