"""Messages, which the API calls posts, comments, and the categories of messages and files."""

from __future__ import annotations

from sandbox.account.records import Record
from sandbox.account.texts import paragraph, title
from sandbox.classic.people import by
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import loose, moment

_CATEGORIES = ("Design", "Documents & plans", "Übersicht", "Pictures", "Code <draft>", "Sounds")
_TEXTILE = (
    "h1. Hello\n\n*Bold* & _italic_, 3 < 4 > 2",
    "",
    "Plain, “curly” — and it’s ¼ done.\r\nSecond line.",
    "if (a && b) { return \"]]>\"; }\n\n\tbc. <pre>'code'</pre>",
    "שלום עולם 👩‍👩‍👧‍👦 日本語",
    "Line 1\n\n&amp; is written so already",
)


def new_category(store: ClassicStore, project: Record, n: int, at: int) -> Record:
    """The n-th category of a project, of messages and of files in turn."""
    return {
        "id": store.ids.next(),
        "name": _CATEGORIES[n % len(_CATEGORIES)],
        "project_id": project["id"],
        "type": ("PostCategory", "AttachmentCategory")[n % 2],
    }


def new_message(store: ClassicStore, project: Record, n: int, at: int) -> Record:
    """The n-th message of a project."""
    milestones = [entry for entry in store.inside("calendar_entries", project["id"]) if entry["type"] == "Milestone"]
    extended = n % 6 == 2
    return {
        "id": store.ids.next(),
        "title": title(n),
        "body": textile(n),
        "display_body": paragraph(n),
        "posted_on": loose(at, n),
        "project_id": project["id"],
        "category_id": category(store, project, "PostCategory", n),
        **by(store, n, "author"),
        "milestone_id": milestones[n % len(milestones)]["id"] if milestones and n % 3 == 0 else None,
        "use_textile": n % 4 != 3,
        "extended_body": textile(n + 3) if extended else "",
        "display_extended_body": paragraph(n + 3) if extended else "",
        "private": n % 5 == 4,
    }


def new_comment(store: ClassicStore, target: Record, type: str, n: int, at: int) -> Record:
    """The n-th comment on a message, a to-do item, a milestone or an event."""
    return {
        "id": store.ids.next(),
        **by(store, n, "author"),
        "commentable_id": target["id"],
        "commentable_type": type,
        "body": textile(n + target["id"]),
        "emailed_from": "person1@honcho.example" if n % 4 == 1 else None,
        "created_at": moment(at),
        "project_id": target["project_id"],
    }


def textile(n: int) -> str:
    """A text as somebody wrote it, sometimes empty."""
    return _TEXTILE[n % len(_TEXTILE)]


def category(store: ClassicStore, project: Record, type: str, n: int) -> int | None:
    """The category of the n-th message or file: none on every fourth, and where the project has none."""
    found = [each["id"] for each in store.inside("categories", project["id"]) if each["type"] == type]
    return int(found[n % len(found)]) if found and n % 4 else None
