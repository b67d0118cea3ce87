"""Versions of a schema: which one comes next, and whether one was raised enough."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rivetgen_schema.compatibility import Change

# Semantic Versioning 2.0.0, section 2, with the suffixes of sections 9 and 10.
_VERSION: Final = re.compile(
    r"(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})(-[0-9A-Za-z.-]+)?"
    r"(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Major, minor and patch; what follows them plays no part."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Return the usual form."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def raised(self, bump: str) -> Version:
        """Return the next version after a `major`, `minor`, `patch` or no change.

        Before 1.0.0 breaking changes raise the minor version and everything else the
        patch, as package managers read ranges such as `^0.4`.
        """
        if bump == "none":
            return self
        if self.major == 0:
            bump = {"major": "minor", "minor": "patch"}.get(bump, "patch")
        if bump == "major":
            return Version(self.major + 1, 0, 0)
        if bump == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


def parse_version(text: str) -> Version | None:
    """Return a version, or `None` when the text has another form."""
    match = _VERSION.fullmatch(text)
    return Version(*(int(match[part]) for part in (1, 2, 3))) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionAdvice:
    """What the version of a schema should be.

    Attributes:
        old: Version of the last release, as it is written.
        new: Version of the schema now, as it is written.
        bump: Part to raise: `major`, `minor`, `patch` or `none`.
        suggested: Least version that fits; `None` when `old` has another form.
    """

    old: str
    new: str
    bump: str
    suggested: str | None

    @property
    def is_enough(self) -> bool:
        """Whether the version was raised as far as the changes ask for."""
        least, now = parse_version(self.suggested or ""), parse_version(self.new)
        if least is None or now is None:
            return self.bump == "none" or self.old != self.new
        return now >= least


def advise(old: str, new: str, changes: tuple[Change, ...]) -> VersionAdvice:
    """Return what the version should be after some changes."""
    from rivetgen_schema.compatibility import version_bump  # noqa: PLC0415

    bump = version_bump(changes)
    version = parse_version(old)
    suggested = str(version.raised(bump)) if version else None
    return VersionAdvice(old=old, new=new, bump=bump, suggested=suggested)
