"""Projects, and who can open them."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS, NEWEST_MS
from sandbox.account.records import Record
from sandbox.account.texts import title
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import HISTORY_MS, loose, moment

_START_PAGES = ("log", "all", "todos", "milestones", "files")


def new_project(store: ClassicStore, n: int, status: str, created: int | None = None) -> Record:
    """The n-th project, with its people: everyone in the first one, its company's in others, nobody in some."""
    companies = store.all("companies")
    company = companies[n % len(companies)]
    started = period(store, n)[0] if created is None else created
    record: Record = {
        "id": store.ids.next(),
        "name": title(n),
        "created_on": loose(started, n),
        "status": status,
        "last_changed_on": moment(max(started, NEWEST_MS - n * 9 * DAY_MS)),
        "company": {"id": company["id"], "name": company["name"]},
        "announcement": ("", "<p>We moved &amp; grew.</p>", None, "Read me: “first”")[n % 4],
        "start_page": _START_PAGES[n % len(_START_PAGES)],
        "show_writeboards": n % 2 == 0,
        "show_announcement": n % 4 == 1,
    }
    people = [person for person in store.all("people") if not person["deleted"]]
    if n:
        people = [person for person in people if n % 5 != 3 and person["company_id"] == company["id"]]
    store.members[record["id"]] = [person["id"] for person in people]
    return record


def period(store: ClassicStore, n: int) -> tuple[int, int]:
    """From when to when something happens in the n-th project."""
    statuses = store.size.statuses()
    start = NEWEST_MS - HISTORY_MS + HISTORY_MS * n // (len(statuses) + 1)
    over = n < len(statuses) and statuses[n] == "archived"
    return start, (start + NEWEST_MS) // 2 if over else NEWEST_MS
