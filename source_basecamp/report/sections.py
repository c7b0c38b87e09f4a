"""The sections of a report."""

from __future__ import annotations

from collections.abc import Callable

from source_basecamp.report import projects, work
from source_basecamp.report.contents import Rows, Section

SECTIONS: tuple[tuple[Callable[[Rows], Section], dict[str, str]], ...] = (
    (work.overdue, {"slipped": "what is overdue"}),
    (work.workload, {"workload": "workload"}),
    (work.completed, {"completed_per_week": "what was completed"}),
    (work.cycle_time, {"cycle_time": "the time to complete"}),
    (projects.projects, {"project_activity": "projects"}),
    (projects.hours, {"hours": "hours"}),
    (projects.upcoming, {"upcoming_schedule": "events to come", "open_todos": "what falls due"}),
    (projects.checkins, {"checkin_gaps": "check-ins"}),
)
"""In the order of the page: each with the views that it reads, one of which has to be there, and what they show."""
