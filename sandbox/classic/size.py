"""How large a generated Classic account is."""

from __future__ import annotations

from dataclasses import dataclass

Figures = int | tuple[int, ...]
"""The same figure for each, or several that are taken in turn, over and over."""

STATUSES = ("active", "on_hold", "archived", "template")


@dataclass(frozen=True)
class ClassicSize:
    """What to generate. By default one project in five is empty, and the first ones go over a page.

    Unless said otherwise, figures are those of the projects, in turn: active ones first, then as `STATUSES` go on.
    """

    seed: int = 37
    account_id: int = 1_999_991
    projects: int = 5
    """Active ones."""
    on_hold_projects: int = 1
    archived_projects: int = 2
    template_projects: int = 1
    companies: int = 3
    people: int = 9
    deleted_people: int = 2
    """Besides `people`."""
    categories: Figures = (4, 2, 1, 0, 3)
    """Of messages and of attachments, in turn."""
    messages: Figures = (60, 25, 26, 0, 1)
    todo_lists: Figures = (6, 1, 2, 0, 1)
    todo_items: Figures = (9, 0, 1, 4)
    """In each to-do list."""
    calendar_entries: Figures = (120, 50, 51, 0, 2)
    """Milestones and events, in turn."""
    time_entries: Figures = (130, 50, 51, 0, 3)
    attachments: Figures = (205, 100, 101, 0, 1)
    """Those of messages and comments among them."""
    comments: Figures = (120, 51, 50, 101, 2, 1, *[0] * 200)
    """On each record that can have some: a message, a to-do item, a milestone and an event, and so on in turn."""

    def __post_init__(self) -> None:
        if self.people < 1 or self.companies < 1:
            raise ValueError("a Classic account has at least one person, who holds it, and one company")

    def statuses(self) -> list[str]:
        """The status of each project."""
        counts = (self.projects, self.on_hold_projects, self.archived_projects, self.template_projects)
        return [status for status, count in zip(STATUSES, counts, strict=True) for _ in range(count)]

    def figure(self, name: str, n: int) -> int:
        """How many the n-th owner has, e.g. `figure("messages", 0)` for the first project."""
        given: Figures = getattr(self, name)
        return given if isinstance(given, int) else given[n % len(given)] if given else 0
