"""Findings: what is wrong with a schema, where, and how to repair it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from rivetgen_schema.codes import severity_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.source import Excerpt, Position, SourceFile

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a reader should know about a schema.

    Attributes:
        code: Stable code, such as `RG010`; the catalogue explains it.
        severity: Only an `error` keeps a schema from being used.
        message: One sentence that says what is wrong.
        fix: One sentence that says what to do.
        position: Where it is; `None` when no file could be read.
        excerpt: The lines around the position.
        related: Other places that take part, such as the first use of a name.
        repeats: How many more findings with the same cause were folded into this.
    """

    code: str
    severity: Severity
    message: str
    fix: str
    position: Position | None = None
    excerpt: Excerpt | None = None
    related: tuple[Position, ...] = ()
    repeats: int = 0


@dataclass(slots=True)
class FindingLog:
    """Collects the findings of one run.

    Attributes:
        files: The files that were read, by name, for excerpts.
    """

    files: dict[str, SourceFile] = field(default_factory=dict[str, "SourceFile"])
    _findings: list[Finding] = field(default_factory=list[Finding])

    def add(
        self,
        code: str,
        position: Position | None,
        message: str,
        *,
        fix: str,
        related: Iterable[Position] = (),
    ) -> None:
        """Record a finding; its severity comes from the table of codes."""
        self._findings.append(
            Finding(
                code=code,
                severity=severity_of(code),
                message=message,
                fix=fix,
                position=position,
                related=tuple(related),
            )
        )

    @property
    def has_errors(self) -> bool:
        """Whether anything recorded so far is an error."""
        return any(finding.severity == "error" for finding in self._findings)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings in file order, with excerpts, repeats folded."""
        folded: dict[tuple[str, str], Finding] = {}
        for finding in sorted(self._findings, key=self._order):
            cause = (finding.code, finding.message)
            first = folded.get(cause)
            if first is None:
                folded[cause] = replace(finding, excerpt=self._excerpt(finding))
            elif first.position != finding.position:
                folded[cause] = replace(first, repeats=first.repeats + 1)
        return tuple(folded.values())

    def _order(self, finding: Finding) -> tuple[int, int, int, str]:
        position = finding.position
        if position is None:
            return (0, 0, 0, finding.code)
        file = (
            list(self.files).index(position.file) if position.file in self.files else 0
        )
        return (file, position.line, position.column, finding.code)

    def _excerpt(self, finding: Finding) -> Excerpt | None:
        if finding.position is None:
            return None
        file = self.files.get(finding.position.file)
        return file.excerpt(finding.position) if file else None


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return "Did you mean ...?" for the nearest known name, or `otherwise`."""
    near = nearest(name, known)
    return f"Did you mean `{near}`?" if near else otherwise


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most likely meant, ignoring case."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def list_names(names: Iterable[str], *, last: str = "or") -> str:
    """Return names for a sentence: "`a`, `b` or `c`"."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
