"""Findings: what is wrong with a schema, where, and how to repair it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
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


MAXIMUM_SUGGESTIONS = 30
"""Findings of one run that get a suggestion: looking for near names takes time."""

MAXIMUM_CANDIDATES = 1_000
MAXIMUM_CANDIDATE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A fix that may become "Did you mean ...?".

    Attributes:
        name: The name that is not known.
        known: The known names.
        otherwise: The fix when no known name is near.
    """

    name: str
    known: Iterable[str]
    otherwise: str

    def __str__(self) -> str:
        """Look for the nearest name and return the fix."""
        return did_you_mean(self.name, self.known, otherwise=self.otherwise)


@dataclass(slots=True)
class FindingLog:
    """Collects the findings of one run.

    Attributes:
        files: The files that were read, by name, for excerpts.
    """

    files: dict[str, SourceFile] = field(default_factory=dict[str, "SourceFile"])
    _findings: list[Finding] = field(default_factory=list[Finding])
    _suggestions: dict[int, Suggestion] = field(default_factory=dict[int, Suggestion])

    def add(
        self,
        code: str,
        position: Position | None,
        message: str,
        *,
        fix: str | Suggestion,
        related: Iterable[Position] = (),
    ) -> None:
        """Record a finding; its severity comes from the table of codes."""
        finding = Finding(
            code=code,
            severity=severity_of(code),
            message=message,
            fix=fix if isinstance(fix, str) else fix.otherwise,
            position=position,
            related=tuple(related),
        )
        self._findings.append(finding)
        if isinstance(fix, Suggestion):
            self._suggestions[id(finding)] = fix

    @property
    def has_errors(self) -> bool:
        """Whether anything recorded so far is an error."""
        return any(finding.severity == "error" for finding in self._findings)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings in file order, with excerpts, repeats folded."""
        folded: dict[tuple[str, str], list[Finding]] = {}
        for finding in sorted(self._findings, key=self._order):
            folded.setdefault((finding.code, finding.message), []).append(finding)
        budget = MAXIMUM_SUGGESTIONS
        result: list[Finding] = []
        for first, *others in folded.values():
            suggestion = self._suggestions.get(id(first))
            fix = str(suggestion) if suggestion and budget > 0 else first.fix
            budget -= suggestion is not None
            places = {finding.position for finding in others} - {first.position}
            result.append(
                replace(
                    first,
                    fix=fix,
                    excerpt=self._excerpt(first),
                    repeats=len(places),
                )
            )
        return tuple(result)

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
    if len(name) > MAXIMUM_CANDIDATE_LENGTH:
        return None
    candidates = islice(known, MAXIMUM_CANDIDATES)
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    matches = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def list_names(names: Iterable[str], *, last: str = "or") -> str:
    """Return names for a sentence: "`a`, `b` or `c`"."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"
