"""When durable schedules fire: cron expressions, intervals, catch-up and overlap.

Nothing here reads a clock: callers say what time it is, in Unix milliseconds.

A cron expression stands for a set of wall-clock minutes in a time zone. A minute that a
clock change leaves out does not fire; a minute that a clock change repeats fires the
first time only. So the instants of a schedule are strictly ordered, and the next run is
the first instant after now: also when now lies in a repeated hour, where the official
stack answers with an instant of the past and fires in a hot loop.

The search over the calendar is ``cronsim``, on wall-clock times without a zone. It is
the engine of a cron monitoring service, typed, without dependencies and small enough to
read. The others on PyPI: ``croniter`` is as well kept, but untyped, stands on dateutil,
and reads hashes, ``@daily`` and wrapped ranges that have to be refused here;
``cron-converter`` knows no ``L``, ``W`` and ``#``; ``aiocron`` wraps ``cronsim``, and
``apscheduler`` brings a scheduler along.

Clock changes are our own business, because no library has the rules above: ``croniter``
fires 01:30 twice when clocks go back, both move a run out of a gap instead of skipping
it, and ``cronsim`` asked from within a repeated hour answers with the past. What our
grammar has and ``cronsim`` has not (``?``, ``FRI-SUN``, ``FRIL``, ``15W``) is rewritten
before it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from heapq import merge
from itertools import takewhile
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from .schedule_rules import SCHEDULE_LIMITS, ScheduleError, ScheduleErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CronCadence"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MINUTE: Final = timedelta(minutes=1)
_SATURDAY: Final = 5
_SUNDAY: Final = 6

_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES: Final = {
    "month": {name: str(number) for number, name in enumerate(_MONTHS, 1)},
    "day-of-week": {name: str(number) for number, name in enumerate(_WEEKDAYS)},
}
_NAME: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{3}(?=L?(?:[-,/#]|$))")

_NUMBERS: Final = r"(?:\*|\d{1,2}(?:-\d{1,2})?)(?:/\d{1,2})?"
_TERMS: Final = {
    "minute": re.compile(_NUMBERS, re.ASCII),
    "hour": re.compile(_NUMBERS, re.ASCII),
    "day-of-month": re.compile(rf"{_NUMBERS}|L|(?:0?[1-9]|[12]\d|3[01])W", re.ASCII),
    "month": re.compile(_NUMBERS, re.ASCII),
    "day-of-week": re.compile(rf"{_NUMBERS}|[0-7]L|[0-7]#[1-5]", re.ASCII),
}
"""What one item of a comma-separated list may look like, by field, in field order."""
_RANGE_OF_ONE: Final = re.compile(r"(\d+)-(\d+)/0*[1-9]\d*", re.ASCII)

_EVERY_DAY: Final = {"day-of-month": "1-31", "day-of-week": "0-7"}


@dataclass(frozen=True, slots=True)
class CronCadence:
    """A cron expression in a time zone; both are checked on construction.

    Equal when expression and zone are spelled alike: a schedule that is set again with
    an equal cadence keeps its pending run.

    Attributes:
        expression: Five fields: minute, hour, day of month, month, day of week.
        timezone: IANA name, case-sensitive.

    Raises:
        ScheduleError: ``invalid_cron_expression`` or ``invalid_timezone``.
    """

    expression: str
    timezone: str = "UTC"
    _rules: tuple[_Rule, ...] = field(init=False, repr=False, compare=False)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rules", _parse(self.expression))
        object.__setattr__(self, "_zone", _time_zone(self.timezone))

    def first_after(self, now_ms: int) -> int:
        """The first run of a schedule that is set now.

        Raises:
            ScheduleError: ``invalid_cron_expression``: no run within the horizon of
                ``SCHEDULE_LIMITS``, for instance on 31 February.
        """
        wall = self._wall_time(now_ms)
        years = SCHEDULE_LIMITS.search_horizon_years
        rules = (rule.after(wall, wall.year + years) for rule in self._rules)
        for candidate in merge(*rules):
            instant_ms = self._instant(candidate)
            if instant_ms is not None and instant_ms > now_ms:
                return instant_ms
        raise _invalid_expression(f"no run within {years} years")

    def next_after(self, _trigger_at_ms: int, now_ms: int, /) -> int:
        """The first run after now, wherever the pending one was.

        Raises:
            ScheduleError: As ``first_after``.
        """
        return self.first_after(now_ms)

    def due_newest_first(self, trigger_at_ms: int, now_ms: int, /) -> Iterator[int]:
        """Yield the runs from ``trigger_at_ms`` to now, both included, backwards."""
        newest = self._latest_wall_time(now_ms) + _MINUTE
        oldest = self._wall_time(trigger_at_ms)
        rules = (rule.before(newest, oldest) for rule in self._rules)
        previous_ms: int | None = None
        for candidate in merge(*rules, reverse=True):
            instant_ms = self._instant(candidate)
            if instant_ms is None or not trigger_at_ms <= instant_ms <= now_ms:
                continue
            if instant_ms != previous_ms:
                yield instant_ms
            previous_ms = instant_ms

    def _instant(self, wall: datetime) -> int | None:
        """When the clocks of the zone show a time first; None when they never do."""
        instant = wall.replace(tzinfo=self._zone).astimezone(UTC)
        shown = instant.astimezone(self._zone).replace(tzinfo=None)
        return (instant - _EPOCH) // _MILLISECOND if shown == wall else None

    def _local_time(self, now_ms: int) -> datetime:
        return (_EPOCH + now_ms * _MILLISECOND).astimezone(self._zone)

    def _wall_time(self, now_ms: int) -> datetime:
        return self._local_time(now_ms).replace(tzinfo=None, fold=0)

    def _latest_wall_time(self, now_ms: int) -> datetime:
        """A time that clocks have not gone past so far: later than now in a fold."""
        local = self._local_time(now_ms)
        offsets = [local.replace(fold=fold).utcoffset() for fold in (0, 1)]
        first, second = (offset or timedelta() for offset in offsets)
        ahead = first - second if local.fold else timedelta()
        return local.replace(tzinfo=None, fold=0) + ahead


@dataclass(frozen=True, slots=True)
class _Rule:
    """What ``cronsim`` searches for; an expression is the union of its rules.

    Attributes:
        expression: Five fields that ``cronsim`` reads as we do.
        nearest_weekday_of: Keep only the weekday nearest to this day of the month.
    """

    expression: str
    nearest_weekday_of: int | None = None

    def after(self, wall: datetime, last_year: int) -> Iterator[datetime]:
        found = CronSim(self.expression, wall)
        near = takewhile(lambda candidate: candidate.year <= last_year, found)
        return filter(self._keeps, near)

    def before(self, wall: datetime, oldest: datetime) -> Iterator[datetime]:
        found = CronSim(self.expression, wall, reverse=True)
        near = takewhile(lambda candidate: candidate >= oldest, found)
        return filter(self._keeps, near)

    def _keeps(self, wall: datetime) -> bool:
        target = self.nearest_weekday_of
        return target is None or wall.day == _nearest_weekday(wall, target)


def _nearest_weekday(wall: datetime, day: int) -> int | None:
    """The day of Monday to Friday nearest to a day, without leaving the month."""
    first_weekday, last_day = monthrange(wall.year, wall.month)
    if day > last_day:
        return None
    weekday = (first_weekday + day - 1) % 7
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < last_day else day - 2
    return day


def _parse(expression: str) -> tuple[_Rule, ...]:
    limit = SCHEDULE_LIMITS.expression_bytes
    if len(expression) > limit:
        raise _invalid_expression(f"longer than {limit} bytes")
    if not expression.isascii():
        # Upper case would make names of letters that only look alike.
        raise _invalid_expression("not plain ASCII")
    parts = expression.upper().split()
    if len(parts) != len(_TERMS):
        raise _invalid_expression("expected exactly five fields")
    minute, hour, day, month, weekday = map(_canonical_field, _TERMS, parts)
    rules = tuple(_rules(minute, hour, day=day, month=month, weekday=weekday))
    for rule in rules:
        _check(rule)
    return rules


def _canonical_field(name: str, text: str) -> str:
    """Spell one field as ``cronsim`` reads it, after checking its form."""
    spelled = text.replace("?", "*")
    if name in _NAMES:
        spelled = _with_numbers(name, spelled)
    terms = spelled.split(",")
    if not all(_TERMS[name].fullmatch(term) for term in terms):
        raise _invalid_expression(f"bad {name} {text!r}")
    spelled = ",".join(map(_canonical_term, terms))
    if name in _EVERY_DAY and spelled != "*":
        # A day field restricts unless it is a lone star, and two restricted day fields
        # are united. cronsim intersects as soon as one of them starts with a star.
        return spelled.replace("*", _EVERY_DAY[name])
    return spelled


def _canonical_term(term: str) -> str:
    # cronsim reads "5-5/10" as "5/10", which has no end.
    bounds = _RANGE_OF_ONE.fullmatch(term)
    return bounds[1] if bounds and int(bounds[1]) == int(bounds[2]) else term


def _with_numbers(name: str, text: str) -> str:
    if name == "day-of-week":
        # The sign that asks for an intersection elsewhere is read, but changes nothing.
        text = text.removeprefix("+").replace("-SUN", "-7")
    numbers = _NAMES[name]
    return _NAME.sub(lambda match: numbers.get(match[0], match[0]), text)


def _rules(
    minute: str, hour: str, *, day: str, month: str, weekday: str
) -> Iterator[_Rule]:
    terms = day.split(",")
    plain = ",".join(term for term in terms if not term.endswith("W"))
    if plain or weekday != "*":
        yield _Rule(f"{minute} {hour} {plain or '*'} {month} {weekday}")
    for term in terms:
        if term.endswith("W"):
            target = int(term.removesuffix("W"))
            days = f"{max(target - 2, 1)}-{min(target + 2, 31)}"
            yield _Rule(f"{minute} {hour} {days} {month} *", target)


def _check(rule: _Rule) -> None:
    try:
        CronSim(rule.expression, datetime.min)  # noqa: DTZ901 - wall-clock time
    except CronSimError as error:
        reason = f"{str(error).lower()} in {rule.expression!r}"
        raise _invalid_expression(reason) from error


def _invalid_expression(reason: str) -> ScheduleError:
    return ScheduleError(ScheduleErrorCode.INVALID_CRON_EXPRESSION, reason=reason)


def _time_zone(name: str) -> ZoneInfo:
    # Opening a file by the name would accept "utc" on some file systems, and the leap
    # second zones of others.
    if name not in _time_zone_names():
        raise ScheduleError(ScheduleErrorCode.INVALID_TIMEZONE, timezone=name)
    return ZoneInfo(name)


@cache
def _time_zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
