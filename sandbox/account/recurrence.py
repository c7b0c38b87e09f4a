"""How an entry, a to-do or a question repeats: ten keys."""

from __future__ import annotations

from sandbox.account.clock import day
from sandbox.account.records import Record

_NOT_SAID: Record = {"days": None, "week_instance": None, "week_interval": None, "month_interval": None}
_RULES: tuple[Record, ...] = (
    _NOT_SAID | {"frequency": "every_week", "days": [1, 4], "week_interval": 2},
    _NOT_SAID | {"frequency": "every_month", "days": [2], "week_instance": -1, "month_interval": 1},
    _NOT_SAID | {"frequency": "every_day"},
)


def recurrence(n: int) -> Record:
    """A `recurrence_schedule` or `repetition_schedule`; half of them never end."""
    rule = _RULES[n % 3]
    return {
        "frequency": rule["frequency"],
        "days": rule["days"],
        "hour": n % 24,
        "minute": n % 2 * 30,
        "week_instance": rule["week_instance"],
        "week_interval": rule["week_interval"],
        "month_interval": rule["month_interval"],
        "start_date": day(-118),
        "duration": 3600 if n % 3 else None,
        "end_date": day(305) if n % 2 else None,
    }
