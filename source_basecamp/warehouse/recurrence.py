"""When an event that repeats takes place, from its rule: Basecamp sends that and the first occurrence.

Each occurrence has the time of day of the first one in UTC: which time zone the event is in is not said, so an event in
a zone with daylight saving time is an hour off in the other half of the year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

Span = tuple[date, date] | tuple[datetime, datetime]
"""First and last day of an event that lasts all day; beginning and end of another, in UTC."""

_WEEKS = {"every_week": 1, "custom_week": None, "every_other_week": 2}
_MONTHS = {"every_month": 1, "every_day_of_month": 1, "custom_month": None}
"""The frequencies, and how many weeks or months lie between two occurrences if the rule does not say it."""

_LONGEST_INTERVAL = 120
_LONGEST = timedelta(days=366)
"""Of an occurrence. A rule for longer ones is not understood."""

_FARTHEST_ZONE = timedelta(hours=14)


def occurrences(starts_at: Any, ends_at: Any, rule: Any, first: date, last: date) -> list[Span]:
    """What takes place between two days, both included, of an entry with these times, as Basecamp sends them.

    The times of the entry are always its first occurrence. A rule that is not understood adds none to it.
    """
    begin, end = _moment(starts_at), _moment(ends_at)
    if begin is None:
        return []
    # Also where one is a day and the other a time.
    length = max(end - begin, timedelta()) if type(end) is type(begin) else timedelta()
    try:
        own, days = _days(begin, length, rule, first, last)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        own, days = _day(begin), set()
    spans = ((begin + (day - own), begin + (day - own) + length) for day in sorted({own, *days}))
    return [span for span in spans if _day(span[1]) >= first and _day(span[0]) <= last]


def _moment(text: Any) -> Any:
    """A day, or a time in UTC; None for what is neither."""
    try:
        if len(text) == len("2026-03-01"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (OverflowError, TypeError, ValueError):
        return None


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _days(begin: date, length: timedelta, rule: Any, first: date, last: date) -> tuple[date, set[date]]:
    """The day of the first occurrence, and those of the others, where the rule was made. An error if not understood."""
    if not isinstance(rule, Mapping) or length > _LONGEST:
        raise ValueError(rule)
    own, margin = _own_day(begin, rule), timedelta(days=1)
    until = last + margin if rule.get("end_date") is None else date.fromisoformat(rule["end_date"])
    since = max(own, first - length - margin)
    return own, set(_repeated(rule, own, since, min(until, last + margin)))


def _own_day(begin: date, rule: Mapping[str, Any]) -> date:
    """The day of the first occurrence where the rule was made: by that day a rule means Monday, or the first.

    In UTC, an evening in America is the next day. `start_date`, `hour` and `minute` are that beginning in the other
    zone, if they are less than a day from it.
    """
    if not isinstance(begin, datetime):
        return begin
    try:
        told = datetime.combine(date.fromisoformat(rule["start_date"]), time(rule["hour"], rule["minute"]), UTC)
    except (LookupError, TypeError, ValueError):
        return begin.date()
    return (told if abs(told - begin) <= _FARTHEST_ZONE else begin).date()


def _repeated(rule: Mapping[str, Any], own: date, since: date, until: date) -> Iterator[date]:
    """The days of a rule from `since` until `until`."""
    wanted = _wanted(rule, own)
    start, step = own, wanted.get("interval", 1)
    # Nearer to what is wanted, so that an old event takes no longer than a new one.
    if wanted["freq"] == DAILY:
        start = since
    elif wanted["freq"] == WEEKLY:
        monday = own - timedelta(days=own.weekday())
        start = monday + timedelta(weeks=(since - monday).days // (7 * step) * step)
    else:
        start = own.replace(day=1)
    found = rrule(dtstart=datetime.combine(start, time()), until=datetime.combine(until, time()), **wanted)
    return (moment.date() for moment in found if moment.date() >= since)


def _wanted(rule: Mapping[str, Any], own: date) -> dict[str, Any]:
    """A rule as dateutil has it. Raises an error for one that is not understood."""
    frequency = rule["frequency"]
    if frequency == "every_day":
        return {"freq": DAILY, "byweekday": _weekdays(rule) or None}
    if frequency == "every_weekday":
        return {"freq": DAILY, "byweekday": range(5)}
    if frequency == "every_year":
        return {"freq": YEARLY, "bymonth": own.month, "bymonthday": own.day}
    if frequency in _WEEKS:
        interval = _interval(rule.get("week_interval"), _WEEKS[frequency])
        return {"freq": WEEKLY, "interval": interval, "byweekday": _weekdays(rule) or own.weekday()}
    interval = _interval(rule.get("month_interval"), _MONTHS[frequency])
    instance = rule.get("week_instance")
    if instance is None:
        days = _integers(rule.get("days"), range(1, 32)) or [own.day]
        return {"freq": MONTHLY, "interval": interval, "bymonthday": days}
    (week,) = _integers([instance], (-1, 1, 2, 3, 4, 5))
    days = [weekday(day)(week) for day in _weekdays(rule) or [own.weekday()]]
    return {"freq": MONTHLY, "interval": interval, "byweekday": days}


def _weekdays(rule: Mapping[str, Any]) -> list[int]:
    """From 0 for Monday. Basecamp begins with Sunday."""
    return [(day - 1) % 7 for day in _integers(rule.get("days"), range(7))]


def _interval(value: Any, usual: int | None) -> int:
    return _integers([usual if value is None else value], range(1, _LONGEST_INTERVAL + 1))[0]


def _integers(values: Any, allowed: range | tuple[int, ...]) -> list[int]:
    """The integers of a list, none for null. Raises ValueError if something else is in it."""
    if values is not None and not (isinstance(values, list) and all(type(v) is int and v in allowed for v in values)):
        raise ValueError(values)
    return values or []
