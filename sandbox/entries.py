"""Schedule entries."""

from __future__ import annotations

from typing import Any

from sandbox.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.recordings import Cast, Record, Recording
from sandbox.recurrence import recurrence
from sandbox.texts import API, APP, attachments, paragraph, title


def build_schedule_entry(recording: Recording, cast: Cast) -> Record:
    """Timed or all-day; some recurring, some with a video call."""
    n = recording.serial
    own: dict[str, Any] = {
        "description": paragraph(n + 2),
        "description_attachments": attachments(recording.id, cast.account_id, n + 1),
        "summary": title(n),
        "all_day": n % 4 == 1,
        "highlighted": n % 8 == 3,
        "join_url": f"https://meet.example.com/{recording.id}" if n % 3 == 0 else None,
        "participants": cast.some_people(n + 1),
    }
    own["starts_at"], own["ends_at"] = _span(n, own["all_day"])
    if n % 6 == 4:
        own |= _recurring(n, recording, cast, own["starts_at"])
    return own


def _span(n: int, all_day: bool) -> tuple[str, str]:
    """All-day entries carry plain dates and may last several days."""
    start = NEWEST_MS + (n % 200 - 100) * DAY_MS + n % 10 * 1_800_000
    if all_day:
        return timestamp(start)[:10], timestamp(start + n % 3 * DAY_MS)[:10]
    return timestamp(start), timestamp(start + 3_600_000)


def _recurring(n: int, recording: Recording, cast: Cast, starts_at: str) -> Record:
    """A recurring entry's own addresses already point at an occurrence."""
    day = starts_at[:10].replace("-", "")
    entry = f"buckets/{recording.project.id}/schedule_entries/{recording.id}"
    path = f"{cast.account_id}/{entry}/occurrences/{day}"
    return {
        "recurrence_schedule": recurrence(n),
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
    }
