"""Every kind of change to an account, many at once, chosen at random."""

from __future__ import annotations

from random import Random
from typing import Any

from integration_tests.support.connector import Record
from sandbox.account import Account
from sandbox.account.records import ABSENT

WORK = ("Todo", "Kanban::Card", "Kanban::Step")
OTHERS = (
    "Message", "Comment", "Document", "Upload", "Vault", "Schedule::Entry", "Question::Answer", "Question",
    "Chat::Lines::Text", "Inbox::Forward", "Inbox::Forward::Reply", "Gauge::Needle", "Client::Approval",
    "Client::Correspondence", "Client::Reply",
)  # fmt: skip
PLACES = {"Todo": ("Todolist",), "Kanban::Card": ("Kanban::Column", "Kanban::DoneColumn", "Kanban::Triage")}
"""What each can be moved to."""


def storm(account: Account, random: Random) -> None:
    """Renames, moves, assigns, completes, reopens, trashes, archives, restores, deletes and adds, all over it."""
    _rename(account, random)
    for type in WORK:
        for record in random.sample(found := account.records(type), len(found) // 2):
            _work(account, random, type, record)
    for type in OTHERS:
        for record in random.sample(found := account.records(type), len(found) // 4):
            _retire(account, random, record["id"])
    for type in ("Todo", "Kanban::Card", "Kanban::Step", "Comment", "Message", "Timesheet::Entry"):
        account.create(type)
    _projects(account, random)


def _work(account: Account, random: Random, type: str, record: Record) -> None:
    id, people = record["id"], account.people()
    deed = random.choice(("retire", "move", "assign", "complete", "reopen", "due", "rename"))
    if deed == "retire":
        _retire(account, random, id)
    elif deed == "move":
        _move(account, random, type, record)
    elif deed == "assign":
        account.update(id, assignees=random.sample(people, random.randrange(4)))
    elif deed == "complete":
        account.complete(id, random.randrange(len(people)))
    elif deed == "reopen":
        account.update(id, completed=False, completion=ABSENT)
    elif deed == "due":
        account.update(id, due_on=random.choice(("2025-06-01", "2026-02-28", "2099-01-01", None)))
    else:
        account.update(id, **{"content" if type == "Todo" else "title": f"Renamed {random.random()}"})


def _move(account: Account, random: Random, type: str, record: Record) -> None:
    places = [
        place
        for kind in PLACES.get(type, ())
        for place in account.records(kind)
        if place["bucket"]["id"] == record["bucket"]["id"] and place["status"] == "active"
    ]
    if not places:
        return
    place = random.choice(places)
    parent: dict[str, Any] = {key: place[key] for key in ("id", "title", "type", "url", "app_url")}
    if place["type"] == "Kanban::Column" and random.random() < 0.5:
        parent |= {"id": 5_000_000_000_000 + random.randrange(1000), "title": "On hold", "type": "Kanban::OnHold"}
    account.update(record["id"], parent=parent)


def _retire(account: Account, random: Random, id: int) -> None:
    random.choice((account.trash, account.archive, account.restore, account.delete))(id)


def _rename(account: Account, random: Random) -> None:
    for project in random.sample(projects := account.projects(), len(projects) // 2):
        account.update(project["id"], name=f"{project['name']} again")
        for tool in project["dock"]:
            account.set_tool(tool["id"], title=f"{tool['title']} of the project")
    for type, field in (("Todolist", "name"), ("Kanban::Column", "title"), ("Question", "title")):
        for record in random.sample(found := account.records(type), len(found) // 2):
            account.update(record["id"], **{field: f"{record['title']} {random.randrange(9)}"})
    for entry in random.sample(found := account.records("Timesheet::Entry"), len(found) // 2):
        parent = entry["parent"]
        account.update(parent["id"], **{"content" if parent["type"] == "Todo" else "title": f"Timed {random.random()}"})
    for person in random.sample(people := account.people(), len(people) // 3):
        # The account has no other way: a record that shows the person does not change by it.
        with account.lock:
            person["name"] += " the Second"


def _projects(account: Account, random: Random) -> None:
    """One project each is archived, trashed, restored and deleted for good; others lose and gain people."""
    archived, (trashed, *deleted) = account.projects("archived")[0], account.projects("trashed")
    active = random.sample(found := account.projects(), len(found))
    account.archive(active[0]["id"])
    account.trash(active[1]["id"])
    for project in (archived, trashed):
        account.restore(project["id"])
    for project in deleted:
        account.delete(project["id"])
    # As when something was trashed: no record says so any more.
    account.add_event(bucket={"id": active[2]["id"], "name": active[2]["name"], "type": "Project"})
    people = account.people()
    for project in active[2:]:
        account.set_members(project["id"], {person["id"] for person in random.sample(people, len(people) // 2)})
