"""Whether a cron expression is one that the runtime can follow.

Five fields: minute, hour, day of month, month, day of week, with `*`, `?`, lists,
ranges, steps, names, and `L`, `nW`, `d#n`, `dL` in the day fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, slots=True, kw_only=True)
class CronField:
    """The range of one field of a cron expression, both ends inclusive."""

    name: str
    minimum: int
    maximum: int
    words: tuple[str, ...] = ()


FIELDS: Final = (
    CronField(name="minute", minimum=0, maximum=59),
    CronField(name="hour", minimum=0, maximum=23),
    CronField(name="day of month", minimum=1, maximum=31),
    CronField(name="month", minimum=1, maximum=12, words=_MONTHS),
    CronField(name="day of week", minimum=0, maximum=7, words=_WEEKDAYS),
)

# Most days that each month can have; February counts its leap day.
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_STEP = re.compile(r"(.+?)(?:/([0-9]{1,3}))?")
_DAY_OF_MONTH_EXTRA = re.compile(r"L|([0-9]{1,2})W")
_WEEKDAY_EXTRA = re.compile(r"([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:#[1-5]|L)")


def cron_problem(expression: str) -> str | None:
    """Return what is wrong with a cron expression, or `None` when it is valid."""
    parts = expression.upper().split()
    if len(parts) != len(FIELDS):
        return f"a cron expression has five fields, this one has {len(parts)}"
    for part, field in zip(parts, FIELDS, strict=True):
        if not _is_field(part, field):
            return f"`{part[:40]}` is not a {field.name}"
    return None if _can_match(parts) else "no day ever matches"


def _is_field(part: str, field: CronField) -> bool:
    if field.name == "day of week":
        part = part.removeprefix("+")
    return all(_is_item(item, field) for item in part.split(","))


def _is_item(item: str, field: CronField) -> bool:
    if field.name == "day of month" and (extra := _DAY_OF_MONTH_EXTRA.fullmatch(item)):
        return extra[1] is None or 1 <= int(extra[1]) <= field.maximum
    if field.name == "day of week" and _WEEKDAY_EXTRA.fullmatch(item):
        return True
    match = _STEP.fullmatch(item)
    if match is None or (match[2] is not None and int(match[2]) < 1):
        return False
    return match[1] in {"*", "?"} or _is_range(match[1], field)


def _is_range(text: str, field: CronField) -> bool:
    numbers = [_number(part, field) for part in text.split("-")]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or len(known) > 2:
        return False
    return known == sorted(known)


def _number(text: str, field: CronField) -> int | None:
    if text in field.words:
        return field.words.index(text) + field.minimum
    if not re.fullmatch(r"[0-9]{1,2}", text):
        return None
    value = int(text)
    return value if field.minimum <= value <= field.maximum else None


def _can_match(parts: list[str]) -> bool:
    days, months, weekdays = parts[2], parts[3], parts[4]
    if weekdays not in {"*", "?"} or not re.fullmatch(r"[0-9,]+", days):
        return True
    numbers = [_number(month, FIELDS[3]) for month in months.split(",")]
    if any(number is None for number in numbers):
        return True
    longest = max(_LONGEST_MONTHS[number - 1] for number in numbers if number)
    return min(int(day) for day in days.split(",")) <= longest
