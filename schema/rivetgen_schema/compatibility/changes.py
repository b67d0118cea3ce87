"""Changes between two schemas, and the log that collects them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rivetgen_schema.compatibility.rules import FAILING, LEVELS, RULES, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.source import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference that somebody may notice.

    Attributes:
        rule: Code of the rule, a key of `RULES`.
        levels: What the change breaks, the gravest first.
        element: Path of the element, such as `counter.increment.amount`.
        message: One sentence that names the element.
        position: Where the element is now; where it was when it is gone.
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
        element: str,
        position: Position | None,
        *,
        old: object = "",
        new: object = "",
    ) -> None:
        """Record a change under a rule of the table."""
        row = RULES[rule]
        message = row.message.format(element=element, old=old, new=new)
        change = Change(
            rule=rule,
            levels=row.levels,
            element=element,
            message=message,
            position=position,
        )
        self._changes.setdefault((rule, element, message), change)

    def changes(self) -> tuple[Change, ...]:
        """Return the changes, the gravest first, otherwise in order of discovery."""
        return tuple(sort_changes(self._changes.values()))


def sort_changes(changes: Iterable[Change]) -> list[Change]:
    """Return changes with the gravest first."""
    return sorted(changes, key=lambda change: LEVELS.index(change.level))
