"""When cron expressions fire, against tables and against a brute-force oracle."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rivetgen_runtime.core.cron import CronCadence
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS, ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
NOON = "2026-01-10T12:00Z"  # a Saturday


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def text(instant_ms: int) -> str:
    instant = datetime.fromtimestamp(instant_ms / 1000, UTC)
    return instant.strftime("%Y-%m-%dT%H:%MZ")


def runs(
    expression: str, *, after: str, count: int = 1, timezone: str = "UTC"
) -> list[str]:
    cadence = CronCadence(expression, timezone)
    found = list[str]()
    now_ms = ms(after)
    for _ in range(count):
        now_ms = cadence.first_after(now_ms)
        found.append(text(now_ms))
    return found


def refusal(expression: str, timezone: str = "UTC") -> ScheduleError:
    with pytest.raises(ScheduleError) as caught:
        CronCadence(expression, timezone).first_after(ms(NOON))
    assert caught.value.group == "schedule"
    return caught.value


# --- Grammar --------------------------------------------------------------------------

ACCEPTED = [
    # Every minute, in the ways to say so; the run is strictly after now.
    ("* * * * *", ["2026-01-10T12:01Z", "2026-01-10T12:02Z"]),
    ("? ? ? ? ?", ["2026-01-10T12:01Z"]),
    ("0-59 0-23 1-31 1-12 0-7", ["2026-01-10T12:01Z"]),
    ("0 12 * * *", ["2026-01-11T12:00Z"]),
    # Bounds of the fields, lists, ranges, steps.
    ("59 23 31 12 *", ["2026-12-31T23:59Z"]),
    ("0 0 1 1 *", ["2027-01-01T00:00Z"]),
    ("5,35 * * * *", ["2026-01-10T12:05Z", "2026-01-10T12:35Z", "2026-01-10T13:05Z"]),
    ("10-12 * * * *", ["2026-01-10T12:10Z", "2026-01-10T12:11Z", "2026-01-10T12:12Z"]),
    ("*/15 * * * *", ["2026-01-10T12:15Z", "2026-01-10T12:30Z"]),
    ("5/20 * * * *", ["2026-01-10T12:05Z", "2026-01-10T12:25Z", "2026-01-10T12:45Z"]),
    ("5-20/10 * * * *", ["2026-01-10T12:05Z", "2026-01-10T12:15Z"]),
    ("5-5/10 * * * *", ["2026-01-10T12:05Z", "2026-01-10T13:05Z"]),
    ("1,40-42/2 * * * *", ["2026-01-10T12:01Z", "2026-01-10T12:40Z"]),
    ("05 09 * * *", ["2026-01-11T09:05Z"]),
    # Names in any case, Sunday as 0, 7 and end of a range.
    ("0 0 1 feb,MAR-Apr *", ["2026-02-01T00:00Z", "2026-03-01T00:00Z"]),
    ("0 0 * * mon", ["2026-01-12T00:00Z", "2026-01-19T00:00Z"]),
    ("0 0 * * 0", ["2026-01-11T00:00Z", "2026-01-18T00:00Z"]),
    ("0 0 * * 7", ["2026-01-11T00:00Z", "2026-01-18T00:00Z"]),
    (
        "0 0 * * SUN-TUE",
        ["2026-01-11T00:00Z", "2026-01-12T00:00Z", "2026-01-13T00:00Z"],
    ),
    (
        "0 0 * * FRI-SUN",
        ["2026-01-11T00:00Z", "2026-01-16T00:00Z", "2026-01-17T00:00Z"],
    ),
    ("0 0 * * 5-7", ["2026-01-11T00:00Z", "2026-01-16T00:00Z", "2026-01-17T00:00Z"]),
    ("0 0 * * 6-7", ["2026-01-11T00:00Z", "2026-01-17T00:00Z", "2026-01-18T00:00Z"]),
    # Blanks.
    ("  0\t0   * * *  ", ["2026-01-11T00:00Z"]),
    # The last day, weekdays nearest to a day, n-th and last weekdays.
    ("0 0 L * *", ["2026-01-31T00:00Z", "2026-02-28T00:00Z", "2026-03-31T00:00Z"]),
    ("0 0 l,15 * *", ["2026-01-15T00:00Z", "2026-01-31T00:00Z"]),
    ("0 0 15W * *", ["2026-01-15T00:00Z", "2026-02-16T00:00Z", "2026-03-16T00:00Z"]),
    ("0 0 14w 3 *", ["2026-03-13T00:00Z"]),
    ("0 0 1W * *", ["2026-02-02T00:00Z", "2026-03-02T00:00Z", "2026-04-01T00:00Z"]),
    ("0 0 1W 8 *", ["2026-08-03T00:00Z"]),
    ("0 0 31W * *", ["2026-01-30T00:00Z", "2026-03-31T00:00Z", "2026-05-29T00:00Z"]),
    ("0 0 15W,20 2 *", ["2026-02-16T00:00Z", "2026-02-20T00:00Z"]),
    ("0 0 15W,16 2 *", ["2026-02-16T00:00Z", "2027-02-15T00:00Z"]),
    ("0 0 * * MON#2", ["2026-01-12T00:00Z", "2026-02-09T00:00Z"]),
    ("0 0 * * 1#5", ["2026-03-30T00:00Z"]),
    ("0 0 * * 7#1", ["2026-02-01T00:00Z", "2026-03-01T00:00Z"]),
    ("0 0 * * 5L", ["2026-01-30T00:00Z", "2026-02-27T00:00Z"]),
    ("0 0 * * FRIL", ["2026-01-30T00:00Z"]),
    ("0 0 * * MON,5L", ["2026-01-12T00:00Z", "2026-01-19T00:00Z", "2026-01-26T00:00Z"]),
    # Two restricted day fields are united, also with a step or a plus sign.
    ("0 0 13 * FRI", ["2026-01-13T00:00Z", "2026-01-16T00:00Z", "2026-01-23T00:00Z"]),
    ("0 0 13 * +FRI", ["2026-01-13T00:00Z", "2026-01-16T00:00Z"]),
    ("0 0 13 * *", ["2026-01-13T00:00Z", "2026-02-13T00:00Z"]),
    ("0 0 * * 5", ["2026-01-16T00:00Z", "2026-01-23T00:00Z"]),
    ("0 0 */10 * MON", ["2026-01-11T00:00Z", "2026-01-12T00:00Z", "2026-01-19T00:00Z"]),
    ("0 0 1 * */6", ["2026-01-11T00:00Z", "2026-01-17T00:00Z", "2026-01-18T00:00Z"]),
    ("0 0 15W * MON", ["2026-01-12T00:00Z", "2026-01-15T00:00Z", "2026-01-19T00:00Z"]),
    # Far away.
    ("0 0 29 2 *", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]),
    ("0 0 * 2 MON#5", ["2044-02-29T00:00Z", "2072-02-29T00:00Z", "2112-02-29T00:00Z"]),
]


@pytest.mark.parametrize(("expression", "expected"), ACCEPTED)
def test_expressions_fire_when_the_grammar_says(
    expression: str, expected: list[str]
) -> None:
    assert runs(expression, after=NOON, count=len(expected)) == expected


REFUSED = [
    # Another number of fields.
    *("", "* * * *", "0 * * * * *", "0 0 * * * * 2026", "@daily", "@every 5m"),
    # Out of range, or wrapped.
    *("60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 0 *"),
    *("* * * 13 *", "* * * * 8", "* * 5-1 * *", "* * * * 5-1", "* * * NOV-FEB *"),
    # Not of the grammar.
    *("H * * * *", "-5 * * * *", "+5 * * * *", "a * * * *", "1,,2 * * * *"),
    *("1- * * * *", "*/ * * * *", "/5 * * * *", "1-2-3 * * * *", "1/2/3 * * * *"),
    *(
        "*-5 * * * *",
        "1_0 * * * *",
        "1.5 * * * *",
        "\u0663 * * * *",
        "0 0 * * fr\u0131",
        "000 * * * *",
    ),
    *("*/0 * * * *", "5-5/0 * * * *", "0/0 * * * *", "5-10/00 * * * *"),
    # Modifiers in the wrong place or with a wrong number.
    *("0 0 LW * *", "0 0 L-3 * *", "0 0 L/2 * *", "0 0 W * *", "0 0 32W * *"),
    *("0 0 0W * *", "0 0 1-5W * *", "0 0 * * L", "0 0 * * 15W", "0 0 * * 1#0"),
    *("0 0 * * 1#6", "0 0 * * #1", "0 0 * * 8L", "0 L * * *", "L 0 * * *"),
    # Names in the wrong place or run together.
    *("JAN * * * *", "0 0 * MON *", "0 0 * * JAN", "0 0 * JANFEB *", "0 0 * XYZ *"),
    # Days that no calendar has.
    *("0 0 30 2 *", "0 0 31 2 *", "0 0 31 4,6,9,11 *", "0 0 30W 2 *"),
]


@pytest.mark.parametrize("expression", REFUSED)
def test_everything_else_is_refused_with_a_reason(expression: str) -> None:
    error = refusal(expression)
    assert error.code == "invalid_cron_expression"
    assert isinstance(error.metadata, dict)
    assert set(error.metadata) == {"reason"}


def test_a_wrong_number_of_fields_is_named() -> None:
    assert refusal("@daily").metadata == {"reason": "expected exactly five fields"}


def test_overlong_expressions_are_refused_before_they_are_read() -> None:
    limit = SCHEDULE_LIMITS.expression_bytes
    longest = "1," * ((limit - len("1 * * * *")) // 2) + "1 * * * *"
    assert runs(longest, after=NOON) == ["2026-01-10T12:01Z"]
    too_long = longest + " " * (limit - len(longest) + 1)
    assert refusal(too_long).metadata == {"reason": f"longer than {limit} bytes"}


# --- Time zones -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "timezone",
    ["UTC", "America/New_York", "EST", "US/Pacific", "Etc/GMT+5", "Asia/Kathmandu"],
)
def test_iana_names_are_time_zones(timezone: str) -> None:
    assert CronCadence("* * * * *", timezone).first_after(ms(NOON)) > ms(NOON)


@pytest.mark.parametrize(
    "timezone",
    [
        *("", "utc", "america/new_york", "America", "+02:00", "CEST", "Mars/Olympus"),
        *("right/UTC", "posix/UTC", "../UTC", "/usr/share/zoneinfo/UTC", "UTC\0"),
    ],
)
def test_other_names_are_refused(timezone: str) -> None:
    error = refusal("* * * * *", timezone)
    assert error.code == "invalid_timezone"
    assert error.metadata == {"timezone": timezone}


def test_cadences_are_equal_when_they_are_spelled_alike() -> None:
    assert CronCadence("0 9 * * *") == CronCadence("0 9 * * *", "UTC")
    assert CronCadence("0 9 * * *") != CronCadence("0 9 * * ?")
    assert CronCadence("0 9 * * *") != CronCadence("0 9 * * *", "Europe/Berlin")


# --- Clock changes --------------------------------------------------------------------

CLOCK_CHANGES = [
    # An ordinary day: nine in the morning where the schedule lives.
    ("0 9 * * *", "America/Los_Angeles", "2026-01-01T16:00Z", ["2026-01-01T17:00Z"]),
    # A wall-clock time that is left out does not fire that day.
    ("30 2 * * *", "America/New_York", "2026-03-07T12:00Z", ["2026-03-09T06:30Z"]),
    (
        *("0 0 * * *", "America/Havana", "2026-03-07T12:00Z"),
        ["2026-03-09T04:00Z", "2026-03-10T04:00Z"],
    ),
    (
        *("*/30 2 * * *", "America/New_York", "2026-03-07T06:00Z"),
        ["2026-03-07T07:00Z", "2026-03-07T07:30Z", "2026-03-09T06:00Z"],
    ),
    # A gap of half an hour takes away half an hour.
    (
        *("*/15 2 * * *", "Australia/Lord_Howe", "2026-10-03T15:00Z"),
        ["2026-10-03T15:30Z", "2026-10-03T15:45Z", "2026-10-04T15:00Z"],
    ),
    # A day that a zone never had.
    ("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00Z", ["2012-12-29T22:00Z"]),
    # A wall-clock time that is repeated fires the first time, once.
    (
        *("30 1 * * *", "America/Los_Angeles", "2026-11-01T00:00Z"),
        ["2026-11-01T08:30Z", "2026-11-02T09:30Z"],
    ),
    # Steps jump over the repeated hour: 01:00, 01:30 EDT, then 02:00 EST.
    (
        *("*/30 * * * *", "America/New_York", "2026-11-01T04:45Z"),
        ["2026-11-01T05:00Z", "2026-11-01T05:30Z", "2026-11-01T07:00Z"],
    ),
    # Looking from inside the second pass never answers with the first.
    ("*/30 * * * *", "America/New_York", "2026-11-01T06:05Z", ["2026-11-01T07:00Z"]),
    ("15 1 * * *", "America/New_York", "2026-11-01T06:05Z", ["2026-11-02T06:15Z"]),
    ("* * * * *", "America/New_York", "2026-11-01T06:00Z", ["2026-11-01T07:00Z"]),
    ("* * * * *", "America/New_York", "2026-11-01T06:59Z", ["2026-11-01T07:00Z"]),
]


@pytest.mark.parametrize(("expression", "timezone", "after", "expected"), CLOCK_CHANGES)
def test_clock_changes(
    expression: str, timezone: str, after: str, expected: list[str]
) -> None:
    found = runs(expression, after=after, count=len(expected), timezone=timezone)
    assert found == expected


def test_a_schedule_whose_only_runs_are_left_out_is_refused() -> None:
    error = refusal("30 2 * 3 SUN#2", "America/New_York")
    assert error.metadata == {"reason": "no run within 50 years"}


def test_a_repeated_hour_holds_no_hot_loop() -> None:
    cadence = CronCadence("*/30 * * * *", "America/New_York")
    now_ms, fired = ms("2026-11-01T05:00Z"), list[int]()
    while now_ms < ms("2026-11-01T07:00Z"):
        now_ms = cadence.next_after(now_ms, now_ms + 1)
        fired.append(now_ms)
    assert [text(run) for run in fired] == ["2026-11-01T05:30Z", "2026-11-01T07:00Z"]


# --- Oracle ---------------------------------------------------------------------------

ORACLE_ZONES = (
    *("America/New_York", "Europe/Berlin", "America/Havana"),
    *("Australia/Lord_Howe", "Australia/Sydney", "UTC"),
)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """An expression as sets, for an oracle that shares no code with the parser."""

    minutes: Sequence[int] = range(60)
    hours: Sequence[int] = range(24)
    days: Sequence[int] | None = None
    weekdays: Sequence[int] | None = None

    @property
    def expression(self) -> str:
        day, weekday = listed(self.days), listed(self.weekdays)
        return f"{listed(self.minutes)} {listed(self.hours)} {day} * {weekday}"

    def match(self, wall: datetime) -> bool:
        return (
            wall.minute in self.minutes
            and wall.hour in self.hours
            and self._day_matches(wall)
        )

    def _day_matches(self, wall: datetime) -> bool:
        in_days = self.days is None or wall.day in self.days
        in_weekdays = self.weekdays is None or wall.isoweekday() % 7 in self.weekdays
        if self.days is None or self.weekdays is None:
            return in_days and in_weekdays
        return in_days or in_weekdays


def listed(values: Iterable[int] | None) -> str:
    return "*" if values is None else ",".join(map(str, values))


FIXED_FIELDS = (
    Fields(),
    Fields(minutes=range(0, 60, 30)),
    Fields(minutes=[0]),
    Fields(minutes=[59]),
    Fields(minutes=[0], hours=[0]),
    Fields(minutes=[30], hours=[1]),
    Fields(minutes=[45], hours=[1, 2, 3]),
    Fields(minutes=range(0, 60, 7), hours=range(0, 24, 2)),
    Fields(minutes=[15], hours=[1, 2], weekdays=[0]),
    Fields(minutes=[15], hours=[0, 1, 2], days=[1, 8, 29], weekdays=[1]),
)


def random_fields(rng: random.Random) -> Fields:
    def some(values: range, most: int) -> list[int]:
        return sorted(rng.sample(values, rng.randint(1, most)))

    return Fields(
        minutes=some(range(60), 12),
        hours=some(range(24), 12),
        days=some(range(1, 32), 20) if rng.random() < 0.3 else None,
        weekdays=some(range(7), 5) if rng.random() < 0.3 else None,
    )


@cache
def windows(timezone: str) -> list[list[tuple[int, datetime]]]:
    """Minutes around each clock change of 2026: the instant and what clocks show."""
    zone = ZoneInfo(timezone)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [(start + timedelta(hours=hour)).astimezone(zone) for hour in range(8760)]
    changes = [
        late.astimezone(UTC)
        for early, late in pairwise(hours)
        if early.utcoffset() != late.utcoffset()
    ]
    return [minutes_around(change, zone) for change in changes or [start]]


def minutes_around(change: datetime, zone: ZoneInfo) -> list[tuple[int, datetime]]:
    first = change - timedelta(hours=12)
    instants = (first + timedelta(minutes=minute) for minute in range(30 * 60))
    return [
        (round(instant.timestamp() * 1000), instant.astimezone(zone))
        for instant in instants
    ]


def expected_runs(fields: Fields, window: list[tuple[int, datetime]]) -> list[int]:
    """What fires: matching minutes, in their first pass when clocks repeat them."""
    return [now_ms for now_ms, wall in window if not wall.fold and fields.match(wall)]


def found_runs(cadence: CronCadence, first_ms: int, last_ms: int) -> Iterator[int]:
    now_ms = cadence.first_after(first_ms - 1)
    while now_ms <= last_ms:
        yield now_ms
        now_ms = cadence.next_after(now_ms, now_ms)


@pytest.mark.parametrize("timezone", ORACLE_ZONES)
def test_runs_equal_those_of_a_minute_by_minute_search(timezone: str) -> None:
    rng = random.Random(f"runs {timezone}")
    changes = windows(timezone)
    assert len(changes) == (1 if timezone == "UTC" else 2)
    for fields in (*FIXED_FIELDS, *(random_fields(rng) for _ in range(15))):
        cadence = CronCadence(fields.expression, timezone)
        for window in changes:
            first_ms, last_ms = window[0][0], window[-1][0]
            expected = expected_runs(fields, window)
            assert [*found_runs(cadence, first_ms, last_ms)] == expected, fields
            backwards = cadence.due_newest_first(first_ms, last_ms)
            assert [*backwards] == expected[::-1], fields


@pytest.mark.parametrize("timezone", ORACLE_ZONES)
def test_every_moment_around_a_clock_change_sees_the_right_neighbours(
    timezone: str,
) -> None:
    rng = random.Random(f"moments {timezone}")
    random_minutes = Fields(minutes=sorted(rng.sample(range(60), 9)))
    for fields in (FIXED_FIELDS[1], FIXED_FIELDS[6], random_minutes):
        cadence = CronCadence(fields.expression, timezone)
        for window in windows(timezone):
            expected = expected_runs(fields, window)
            for now_ms in rng.sample(range(window[0][0], expected[-1]), 60):
                later = next(run for run in expected if run > now_ms)
                assert cadence.first_after(now_ms) == later
                due = cadence.due_newest_first(window[0][0], now_ms)
                assert [*due] == [run for run in expected if run <= now_ms][::-1]


def test_the_next_run_is_after_now_in_every_zone_and_year() -> None:
    rng = random.Random("zones")
    zones = sorted(available_timezones())
    horizon_ms = range(ms("1990-01-01T00:00Z"), ms("2040-01-01T00:00Z"))
    for _ in range(1500):
        cadence = CronCadence(random_fields(rng).expression, rng.choice(zones))
        now_ms = rng.choice(horizon_ms)
        next_ms = cadence.first_after(now_ms)
        assert now_ms < next_ms < now_ms + 366 * DAY_MS, (cadence, now_ms)
        assert next_ms % MINUTE_MS == 0
