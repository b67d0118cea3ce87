"""What could not be carried over, and where it stands in the document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from rivetgen_schema.findings import Finding

if TYPE_CHECKING:
    from rivetgen.importing.documents import Value
    from rivetgen_schema.source import Position, SourceFile

CODE: Final = "import"


@dataclass(slots=True)
class Notes:
    """Collects findings about a document that is read."""

    source: SourceFile
    _findings: dict[tuple[str, Position], Finding] = field(
        default_factory=dict["tuple[str, Position]", Finding]
    )

    def add(self, at: Value, message: str, *, fix: str) -> None:
        """Note one thing that the schema will not say."""
        finding = Finding(
            code=CODE,
            severity="warning",
            message=message,
            fix=fix,
            position=at.position,
            excerpt=self.source.excerpt(at.position),
        )
        self._findings.setdefault((message, at.position), finding)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings in the order of the document."""
        return tuple(sorted(self._findings.values(), key=_line))


def _line(finding: Finding) -> tuple[int, int]:
    position = finding.position
    return (position.line, position.column) if position else (0, 0)
