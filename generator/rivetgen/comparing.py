"""A schema beside an earlier version of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.versions import VersionAdvice, advise
from rivetgen_schema import compare

if TYPE_CHECKING:
    from rivetgen.baselines import Baseline
    from rivetgen.places import UsableSchema
    from rivetgen_schema import Change, Schema
    from rivetgen_schema.source import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed since an earlier version.

    Attributes:
        old: The earlier version.
        new: The schema now.
        against: Where the earlier version came from, for people.
        changes: Every difference that somebody may notice, the gravest first.
        files: The files of the schema now.
    """

    old: Schema
    new: Schema
    against: str
    changes: tuple[Change, ...]
    files: tuple[SourceFile, ...]

    @property
    def advice(self) -> VersionAdvice:
        """What the version should be."""
        return advise(self.old.version, self.new.version, self.changes)

    @property
    def differs_in_text_only(self) -> bool:
        """Whether descriptions and the like are all that changed."""
        return not self.changes and self.old != self.new


def compare_with(old: Schema, baseline: Baseline, now: UsableSchema) -> Comparison:
    """Compare a schema with an earlier version."""
    return Comparison(
        old=old,
        new=now.schema,
        against=baseline.name,
        changes=compare(old, now.schema),
        files=now.files,
    )
