"""Files: of a project, of a message or of a comment."""

from __future__ import annotations

from sandbox.account.records import Record
from sandbox.classic.messages import category, textile
from sandbox.classic.people import by
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import loose

_FILES = ("site-plan.png", "Q3 – Überblick.pdf", "a & b <c>.doc", "エクスポート.csv")


def new_attachment(store: ClassicStore, project: Record, n: int, at: int) -> Record:
    """The n-th file of a project; every fifth belongs to a message, every seventh to a comment, where there are any."""
    id, name = store.ids.next(), _FILES[n % len(_FILES)]
    before = store.inside("attachments", project["id"])[-1:] if n % 11 == 8 else []
    first = before[0]["collection"] if before else id
    if before:
        store.put("attachments", before[0] | {"current": False})
    return {
        "id": id,
        "name": name,
        "description": textile(n),
        "byte_size": (0, 812, 3_000_000_000)[n % 3],
        "download_url": f"https://honcho.basecamphq.com/projects/{project['id']}/file/{id}/?a=1&name={name[:3]}",
        "project_id": project["id"],
        "category_id": category(store, project, "AttachmentCategory", n),
        "person_id": by(store, n, "person")["person_id"],
        "private": n % 6 == 5,
        "created_on": loose(at, n),
        **_owner(store, project, n),
        "collection": first,
        "version": before[0]["version"] + 1 if before else 1,
        "current": True,
    }


def _owner(store: ClassicStore, project: Record, n: int) -> Record:
    for every, stream, type in ((5, "messages", "Post"), (7, "comments", "Comment")):
        found = store.inside(stream, project["id"])
        if n % every == 0 and found:
            return {"owner_id": found[n // every % len(found)]["id"], "owner_type": type}
    return {}
