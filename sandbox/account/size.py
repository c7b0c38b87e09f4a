"""How large a generated account is."""

from __future__ import annotations

from dataclasses import dataclass

Counts = int | tuple[int, ...]
"""`n` active recordings, or `(active, archived, trashed)`, of which those that are left out are 0."""

_SOME: Counts = (18, 3, 2)
_FEW: Counts = (18, 1, 1)
_MANY: Counts = (60, 1, 1)
# An account without projects cannot hold these, so `AccountSize(projects=0)` alone stands for none of them.
_DEFAULTS = {_SOME, _FEW, _MANY}

STATUSES = ("active", "archived", "trashed")


@dataclass(frozen=True)
class AccountSize:
    """What to generate. The figures of the recordings are those of active projects.

    A type whose tool is switched on in no project (a check-in, a chat line) is left out.

    Every archived and trashed project holds `hidden_per_project` more active recordings of each type.
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
    """In each project."""
    timeline_events: int = 60
    events: int = 6
    """How many recordings of each type have events in the event feed."""
    hidden_per_project: int = 2

    def __post_init__(self) -> None:
        if self.people < 1:
            raise ValueError("an account has at least one person: its owner")

    def counts(self, stream: str) -> tuple[int, int, int]:
        """`(active, archived, trashed)` of one stream, e.g. `counts("todos")`."""
        given: Counts = getattr(self, stream)
        if not self.projects and given in _DEFAULTS:
            return 0, 0, 0
        figures = (given,) if isinstance(given, int) else given
        active, archived, trashed = (*figures, 0, 0, 0)[:3]
        return active, archived, trashed

    def project_counts(self) -> tuple[int, int, int]:
        """`(active, archived, trashed)` projects."""
        return self.projects, self.archived_projects, self.trashed_projects


def statuses(counts: tuple[int, int, int]) -> list[str]:
    """The status of each record of so many, active ones first."""
    return [status for status, count in zip(STATUSES, counts, strict=True) for _ in range(count)]
