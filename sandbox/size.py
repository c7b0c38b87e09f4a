"""How large a generated account is."""

from __future__ import annotations

from dataclasses import dataclass

Counts = int | tuple[int, ...]
"""`n` active recordings, or `(active, archived, trashed)` with missing figures taken as 0."""

STATUSES = ("active", "archived", "trashed")


@dataclass(frozen=True)
class AccountSize:
    """What to generate. Recordings are counted where the feeds list them: in active projects.

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
    hidden_per_project: int = 2

    def __post_init__(self) -> None:
        if self.people < 1:
            raise ValueError("an account has at least one person: its owner")

    def counts(self, plural: str) -> tuple[int, int, int]:
        """`(active, archived, trashed)` of one record type, e.g. `counts("todos")`."""
        given: Counts = getattr(self, plural)
        figures = (given,) if isinstance(given, int) else given
        active, archived, trashed = (*figures, 0, 0, 0)[:3]
        return active, archived, trashed

    def project_counts(self) -> tuple[int, int, int]:
        """`(active, archived, trashed)` projects."""
        return self.projects, self.archived_projects, self.trashed_projects
