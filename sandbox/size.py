"""How large a generated account is."""

from __future__ import annotations

from dataclasses import dataclass

Counts = int | tuple[int, ...]
"""`n` active recordings, or `(active, archived, trashed)` with missing figures taken as 0."""

_SOME: Counts = (18, 3, 2)
_FEW: Counts = (18, 1, 1)
_MANY: Counts = (60, 1, 1)
# What an account without projects cannot hold, and is not asked for by those who name only projects=0.
_TAKEN_AS_READ = {_SOME, _FEW, _MANY}

STATUSES = ("active", "archived", "trashed")


@dataclass(frozen=True)
class AccountSize:
    """What to generate. Recordings are counted where the feeds list them: in active projects.

    What lives in a tool that no project has switched on (a check-in, a chat line) is left out.

    Every archived and trashed project holds `hidden_per_project` more of each type, which no feed lists
    until the project is restored.
    """

    seed: int = 37
    account_id: int = 1_999_990
    projects: int = 6
    archived_projects: int = 2
    trashed_projects: int = 1
    people: int = 12
    todos: Counts = (120, 12, 6)
    messages: Counts = (60, 6, 4)
    schedule_entries: Counts = (50, 5, 3)
    comments: Counts = _SOME
    documents: Counts = _SOME
    uploads: Counts = _SOME
    vaults: Counts = _SOME
    todolists: Counts = _SOME
    cards: Counts = _SOME
    steps: Counts = _SOME
    question_answers: Counts = _SOME
    external_links: Counts = _SOME
    questions: Counts = _FEW
    campfire_lines: Counts = _MANY
    inbox_forwards: Counts = _FEW
    forward_replies: Counts = _FEW
    timesheet_entries: Counts = _MANY
    gauge_needles: Counts = _FEW
    client_approvals: Counts = _FEW
    client_correspondences: Counts = _FEW
    client_replies: Counts = _FEW
    templates: Counts = (4, 2, 1)
    lineup_markers: int = 5
    message_types: int = 3
    """Of each project."""
    timeline_events: int = 60
    hidden_per_project: int = 2

    def __post_init__(self) -> None:
        if self.people < 1:
            raise ValueError("an account has at least one person: its owner")

    def counts(self, plural: str) -> tuple[int, int, int]:
        """`(active, archived, trashed)` of one record type, e.g. `counts("todos")`."""
        given: Counts = getattr(self, plural)
        if not self.projects and given in _TAKEN_AS_READ:
            return 0, 0, 0
        figures = (given,) if isinstance(given, int) else given
        active, archived, trashed = (*figures, 0, 0, 0)[:3]
        return active, archived, trashed

    def project_counts(self) -> tuple[int, int, int]:
        """`(active, archived, trashed)` projects."""
        return self.projects, self.archived_projects, self.trashed_projects
