"""Changes between two schemas, and the log that collects them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from rivetgen_schema.compatibility.rules import FAILING, LEVELS, RULES, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.source import Position

Direction: TypeAlias = Literal["input", "output", "stored"]
"""The way of a value: to the server, from the server, or to disk."""


@dataclass(frozen=True, slots=True)
class Place:
    """An element under comparison.

    Attributes:
        path: Path of the element, such as `counter.increment.amount`.
        position: Where the element is now.
        direction: The way of its values.
    """

    path: str
    position: Position | None
    direction: Direction = "input"

    def inside(self, name: str, position: Position | None) -> Place:
        """Return the place of something in here."""
        return Place(f"{self.path}.{name}", position, self.direction)

    def part(self, name: str) -> Place:
        """Return the place of a part without a position, or of one that is gone."""
        return self.inside(name, self.position)

    def of(self, direction: Direction) -> Place:
        """Return this place for values that go another way."""
        return replace(self, direction=direction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference that somebody may notice.

    Attributes:
        rule: Code of the rule, a key of `RULES`.
        levels: What the change breaks, the gravest first.
        element: Path of the element, such as `counter.increment.amount`.
        message: One sentence that names the element.
        position: Where the element is now, or what contained it when it is gone.
    """

    rule: str
    levels: tuple[Level, ...]
    element: str
    message: str
    position: Position | None = None

    @property
    def level(self) -> Level:
        """The gravest level."""
        return self.levels[0]

    @property
    def fails(self) -> bool:
        """Whether the change breaks deployed clients or stored data."""
        return not FAILING.isdisjoint(self.levels)


@dataclass(slots=True)
class ChangeLog:
    """Collects changes; the same change of the same element counts once."""

    _changes: dict[tuple[str, str, str], Change] = field(
        default_factory=dict[tuple[str, str, str], Change]
    )

    def add(
        self,
        rule: str,
        place: Place,
        *,
        old: object = "",
        new: object = "",
    ) -> None:
        """Record a change under a rule of the table."""
        row = RULES[rule]
        message = row.message.format(element=place.path, old=old, new=new)
        change = Change(
            rule=rule,
            levels=row.levels,
            element=place.path,
            message=message,
            position=place.position,
        )
        self._changes.setdefault((rule, place.path, message), change)

    def changes(self) -> tuple[Change, ...]:
        """Return the changes, the gravest first, otherwise in order of discovery."""
        return tuple(sort_changes(self._changes.values()))


def sort_changes(changes: Iterable[Change]) -> list[Change]:
    """Return changes with the gravest first."""
    return sorted(changes, key=lambda change: LEVELS.index(change.level))
