"""What a target is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rivetgen.output import GeneratedFile
    from rivetgen.python.modules import Origin
    from rivetgen.settings import Settings
    from rivetgen_schema import Feature, Finding
    from rivetgen_schema.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is generated in one run.

    Attributes:
        origin: The schema and its digest.
        settings: What to generate and where.
        files: The files of the schema, for excerpts of findings.
    """

    origin: Origin
    settings: Settings
    files: tuple[SourceFile, ...] = ()


class Target(Protocol):
    """A module that emits one kind of output."""

    @property
    def SUPPORTED(self) -> frozenset[Feature]:  # noqa: N802 - a constant of a module
        """The parts of the language it can express."""
        ...

    def is_wanted(self, settings: Settings, /) -> bool:
        """Whether the settings ask for this target."""
        ...

    def findings(self, job: Job, /) -> tuple[Finding, ...]:
        """Return what this target has against a schema, beside missing features."""
        ...

    def notes(self, job: Job, written: frozenset[str], /) -> Iterable[str]:
        """Return what is left to do by hand after these files were written."""
        ...

    def emit(self, job: Job, /) -> Iterator[GeneratedFile]:
        """Yield the files, not yet formatted."""
        ...
