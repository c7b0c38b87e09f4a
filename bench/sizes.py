"""The accounts that are measured."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import AccountSize, ClassicSize

SMALL = AccountSize(
    projects=10,
    archived_projects=3,
    trashed_projects=1,
    todos=(400, 40, 10),
    messages=(80, 5, 2),
    schedule_entries=(60, 2, 1),
    hidden_per_project=0,
)
MEDIUM = AccountSize(
    projects=200,
    archived_projects=100,
    trashed_projects=5,
    todos=(20_000, 2_000, 200),
    messages=(3_000, 200, 30),
    schedule_entries=(2_000, 50, 20),
    hidden_per_project=0,
)
LARGE = AccountSize(
    projects=2_000,
    archived_projects=3_000,
    trashed_projects=20,
    todos=(200_000, 20_000, 1_500),
    messages=(30_000, 2_000, 200),
    schedule_entries=(15_000, 300, 100),
    hidden_per_project=0,
)
WHOLE = AccountSize(
    projects=200,
    archived_projects=20,
    trashed_projects=5,
    people=60,
    todos=(20_000, 400, 100),
    messages=(3_000, 100, 20),
    schedule_entries=(2_000, 50, 10),
    comments=(15_000, 100, 50),
    documents=(1_000, 20, 5),
    uploads=(2_000, 20, 5),
    vaults=(400, 10, 2),
    todolists=(800, 50, 10),
    cards=(3_000, 50, 20),
    steps=(1_000, 20, 5),
    question_answers=(2_000, 10, 5),
    external_links=(100, 5, 5),
    hidden_per_project=0,
)
"""With something in every stream."""

IDLE = AccountSize(
    projects=12,
    archived_projects=0,
    trashed_projects=0,
    todos=(240, 30, 10),
    messages=(60, 8, 4),
    schedule_entries=(40, 6, 2),
    comments=(90, 5, 5),
)
"""Whose idle sync is not held up by the rate limit."""


def classic(projects: int) -> ClassicSize:
    """A site with so many projects, and ten to-do lists in each."""
    rest = projects // 4
    return ClassicSize(
        projects=projects - rest - 1,
        on_hold_projects=0,
        archived_projects=rest,
        people=40,
        companies=12,
        messages=(60, 12, 25, 0, 3),
        todo_lists=10,
        calendar_entries=(60, 12, 4, 0, 2),
        time_entries=(130, 20, 50, 0, 0),
        attachments=(120, 30, 3, 0, 8),
    )


def one_feed(todos: int) -> AccountSize:
    """An account with so many active to-dos."""
    return AccountSize(projects=200, todos=todos, messages=0, schedule_entries=0, hidden_per_project=0)


@dataclass(frozen=True)
class Plan:
    """The accounts and numbers of records of one benchmark."""

    accounts: dict[str, AccountSize]
    middling: str
    """The one of them that is read at the real rate limit, and as fast as it goes."""
    feed: int
    """Records of the one feed that is read as fast as it goes."""
    little: int
    much: int
    """Records of the two feeds whose memory is compared."""
    whole: AccountSize
    archived: tuple[int, ...]
    """How many archived projects the small account has, once each."""
    files: int
    """How many are copied."""
    repeats: int
    classic: tuple[ClassicSize, ...]


FULL = Plan(
    accounts={"small": SMALL, "medium": MEDIUM, "large": LARGE},
    middling="medium",
    feed=50_000,
    little=5_000,
    much=200_000,
    whole=WHOLE,
    archived=(0, 50, 1_500),
    files=10_000,
    repeats=3,
    classic=(classic(20), classic(500)),
)
QUICK = Plan(
    accounts={"small": SMALL, "tried": AccountSize(todos=4_000, messages=1_000, schedule_entries=800)},
    middling="tried",
    feed=5_000,
    little=500,
    much=5_000,
    whole=AccountSize(),
    archived=(0, 50),
    files=100,
    repeats=1,
    classic=(classic(5),),
)
"""For trying the benchmark itself: its figures say little."""
