"""Figures that people keep by hand: hours, and where a project stands."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.recordings import Cast, Record, Recording
from sandbox.texts import attachments, paragraph, title

_HOURS = ("2.0", "0.25", "7.5", "1.33", "10.0")
_COLORS = ("green", "yellow", "red")
_POSITIONS = (60, 40, 75, 10, 100, 0)


def build_timesheet_entry(recording: Recording, cast: Cast) -> Record:
    """Hours are text; the day is that of the work, not of the entry."""
    n = recording.serial
    return {
        "date": worked_on(recording),
        "description": title(n) if n % 4 else "",
        "hours": _HOURS[n % len(_HOURS)],
        "person": cast.person(n + n % 2),
    }


def worked_on(recording: Recording) -> str:
    """The day of an entry, without all the rest of it."""
    if recording.fields and "date" in recording.fields:
        return str(recording.fields["date"])
    return (date.fromisoformat(recording.created_at[:10]) - timedelta(days=recording.serial % 3)).isoformat()


def build_gauge(recording: Recording, cast: Cast) -> Record:
    """Where a project stands, as the project's own record says it."""
    n, project = recording.serial, recording.project.record
    return {
        "description": paragraph(n + 2),
        "description_attachments": attachments(recording.id, cast.account_id, n),
        "enabled": True,
        "last_needle_color": project.get("last_needle_color"),
        "last_needle_position": project.get("last_needle_position"),
        "previous_needle_position": project.get("previous_needle_position") if n % 4 else None,
    }


def build_needle(recording: Recording, cast: Cast) -> Record:
    """One reading of a gauge."""
    n = recording.serial
    return {
        "description": paragraph(n),
        "description_attachments": attachments(recording.id, cast.account_id, n),
        "color": _COLORS[n % len(_COLORS)],
        "position": _POSITIONS[n % len(_POSITIONS)],
        "comment_count": n % 4,
    }
