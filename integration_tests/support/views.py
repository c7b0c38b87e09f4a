"""The rows of each view, worked out in Python from the account that was synced."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from integration_tests.support.connector import Record
from sandbox import Sandbox
from sandbox.account.cards import column_of
from source_basecamp.catalog import all_streams

GONE = ("trashed", "deleted")
CHANGING = (
    "todos", "messages", "comments", "documents", "uploads", "schedule_entries", "cards", "question_answers", "steps",
    "todolists", "vaults", "external_links", "questions", "campfire_lines", "inbox_forwards", "forward_replies",
    "client_approvals", "client_correspondences", "client_replies", "gauge_needles", "timesheet_entries",
)  # fmt: skip
"""The streams of what people write, which have a creator and change."""
_CONTENT = (
    "messages", "comments", "documents", "question_answers", "inbox_forwards", "forward_replies", "client_approvals",
    "client_correspondences", "client_replies",
)  # fmt: skip
_DESCRIPTION = ("todos", "todolists", "cards", "schedule_entries", "uploads", "external_links", "gauge_needles")
WITH_FILES = {
    **dict.fromkeys(_CONTENT, "content_attachments"),
    **dict.fromkeys(_DESCRIPTION, "description_attachments"),
    "campfire_lines": "attachments",
}
"""By stream: the field that lists the files of a record."""


_COLUMNS = ("previous_column_id", "column_id")


class Live:
    """What the account holds, in the streams that were loaded, seen on a day in a time zone."""

    def __init__(self, sandbox: Sandbox, zone: str, streams: Collection[str] | None = None) -> None:
        self._zone = ZoneInfo(zone)
        self.today = datetime.now(self._zone).date()
        self._sandbox = sandbox
        self._streams = streams or [stream.name for stream in all_streams() if not stream.on_request]
        self.listing = cache(self._listing)
        self.by_id = cache(self._by_id)
        self.events_by_recording = cache(lambda: events_by_recording(self))
        self.projects = {id: one for id, one in self.by_id("projects").items() if one["status"] == "active"}

    def _listing(self, stream: str) -> list[Record]:
        return self._sandbox.account.listing(stream) if stream in self._streams else []

    def _by_id(self, stream: str) -> dict[int, Record]:
        return {record["id"]: record for record in self.listing(stream)}

    def live(self, stream: str) -> list[Record]:
        """Active records of active projects."""
        return [r for r in self.listing(stream) if r["status"] == "active" and r["bucket"]["id"] in self.projects]

    def kept(self, stream: str) -> list[Record]:
        """What was neither trashed nor deleted, and is not of such a project."""
        return [r for r in self.listing(stream) if r["status"] not in GONE and self._is_kept(r["bucket"]["id"])]

    def _is_kept(self, project: int) -> bool:
        return self.by_id("projects")[project]["status"] not in GONE

    def moment(self, text: str) -> datetime:
        return datetime.fromisoformat(text)

    def day(self, moment: str) -> date:
        return self.moment(moment).astimezone(self._zone).date() if len(moment) > 10 else parsed(moment)

    def is_overdue(self, record: Record) -> bool:
        return bool(record["due_on"]) and parsed(record["due_on"]) < self.today

    def project_of(self, record: Record) -> str:
        return str(self.by_id("projects")[record["bucket"]["id"]]["name"])

    def name(self, person: Record) -> str:
        return str(self.by_id("people").get(person["id"], person)["name"])

    def names(self, people: list[Record] | None) -> str | None:
        return ", ".join(map(self.name, people or [])) or None

    def place(self, kind: str, record: Record) -> Record:
        """The list of a to-do or the column of a card, as views name it."""
        parent = record["parent"]
        list_id = parent["id"] if kind == "todos" and parent["type"] == "Todolist" else None
        column_id = column_of(record) if kind == "cards" else None
        return {
            "list_id": list_id,
            "list": self.by_id("todolists").get(list_id, parent)["title"] if list_id else None,
            "column_id": column_id,
            "card_column": self.by_id("card_columns").get(column_id, parent)["title"] if column_id else None,
        }


def parsed(day: str) -> date:
    return date.fromisoformat(day)


def project(account: Live, record: Record) -> Record:
    return {"project_id": record["bucket"]["id"], "project": account.project_of(record)}


def open_todos(account: Live) -> Iterator[Record]:
    for todo in account.live("todos"):
        if not todo["completed"]:
            due = parsed(todo["due_on"]) if todo["due_on"] else None
            place = account.place("todos", todo)
            yield {
                **{name: todo[name] for name in ("id", "title", "app_url")},
                **project(account, todo),
                "assignees": account.names(todo["assignees"]),
                "list": place["list"],
                "list_id": place["list_id"],
                "due_on": due,
                "days_overdue": max((account.today - due).days, 0) if due else 0,
                "starts_on": parsed(todo["starts_on"]) if todo["starts_on"] else None,
                "created_at": account.moment(todo["created_at"]),
                "updated_at": account.moment(todo["updated_at"]),
                "creator_id": todo["creator"]["id"],
                "creator": account.name(todo["creator"]),
            }


def completed(account: Live, kind: str) -> list[Record]:
    return [record for record in account.kept(kind) if record["completed"]]


def completed_per_week(account: Live) -> Iterator[Record]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for todo in completed(account, "todos"):
        day, by = account.day(todo["completion"]["created_at"]), todo["completion"]["creator"]
        week = day - timedelta(days=day.weekday())
        counts[week, account.name(by), by["id"], todo["bucket"]["id"], account.project_of(todo)] += 1
    for (week, name, by_id, *of), count in counts.items():
        yield {"week": week, "completed_by": name, "completed": count, "completed_by_id": by_id} | dict(
            zip(("project_id", "project"), of, strict=True)
        )


def workload(account: Live) -> Iterator[Record]:
    work: defaultdict[int, list[tuple[str, Record]]] = defaultdict(list)
    names: dict[int, str] = {}
    for kind in ("todos", "cards", "steps"):
        for record in account.live(kind):
            for person in record["assignees"] if not record["completed"] else []:
                work[person["id"]].append((kind, record))
                names[person["id"]] = account.name(person)
    for id, items in work.items():
        kinds = Counter(kind for kind, _ in items)
        due = [parsed(record["due_on"]) for _, record in items if record["due_on"]]
        yield {
            "person_id": id,
            "person": names[id],
            **{f"open_{kind}": kinds[kind] for kind in ("todos", "cards", "steps")},
            "overdue": sum(account.is_overdue(record) for _, record in items),
            "next_due_on": min((day for day in due if day >= account.today), default=None),
        }


def slipped(account: Live) -> Iterator[Record]:
    for kind in ("todos", "cards"):
        late = {r["id"]: account.day(r["completion"]["created_at"]) for r in completed(account, kind)}
        late |= {r["id"]: account.today for r in account.live(kind) if not r["completed"]}
        for record in account.listing(kind):
            day = late.get(record["id"])
            if day and record["due_on"] and day > parsed(record["due_on"]):
                done = record["completion"] if record["completed"] else None
                yield {
                    "kind": kind,
                    **{name: record[name] for name in ("id", "title", "app_url")},
                    **project(account, record),
                    **account.place(kind, record),
                    "assignees": account.names(record["assignees"]),
                    "due_on": parsed(record["due_on"]),
                    "completed_at": account.moment(done["created_at"]) if done else None,
                    "days_late": (day - parsed(record["due_on"])).days,
                    "completed_by_id": done["creator"]["id"] if done else None,
                    "completed_by": account.name(done["creator"]) if done else None,
                }


def cycle_time(account: Live) -> Iterator[Record]:
    for kind in ("todos", "cards"):
        for record in completed(account, kind):
            begin, end = account.moment(record["created_at"]), account.moment(record["completion"]["created_at"])
            days = Decimal((end - begin) // timedelta(microseconds=1)) / Decimal(86_400_000_000)
            yield {
                "kind": kind,
                **{name: record[name] for name in ("id", "title", "app_url")},
                **project(account, record),
                **account.place(kind, record),
                "created_at": begin,
                "completed_at": end,
                "days": days.quantize(Decimal("0.01"), ROUND_HALF_UP),
                "completed_by_id": record["completion"]["creator"]["id"],
                "completed_by": account.name(record["completion"]["creator"]),
            }


def todolist_progress(account: Live) -> Iterator[Record]:
    for todolist in account.live("todolists"):
        todos = [todo for todo in account.live("todos") if todo["parent"]["id"] == todolist["id"]]
        done = [todo for todo in todos if todo["completed"]]
        parent = todolist["parent"]
        outer = account.by_id("todolists").get(parent["id"], parent) if parent["type"] == "Todolist" else None
        share = Decimal(len(done)) / len(todos) if todos else None
        yield {
            "list_id": todolist["id"],
            "list": todolist["title"],
            **project(account, todolist),
            "completed_todos": len(done),
            "all_todos": len(todos),
            "share": share.quantize(Decimal("0.0001"), ROUND_HALF_UP) if share is not None else None,
            "open_todos": len(todos) - len(done),
            "overdue_todos": sum(account.is_overdue(todo) for todo in todos if not todo["completed"]),
            "last_completed_at": max((account.moment(t["completion"]["created_at"]) for t in done), default=None),
            "outer_list_id": outer["id"] if outer else None,
            "outer_list": outer["title"] if outer else None,
            "app_url": todolist["app_url"],
        }


def card_flow(account: Live) -> Iterator[Record]:
    for column in account.live("card_columns"):
        cards = [c for c in account.live("cards") if column_of(c) == column["id"] and not c["completed"]]
        oldest = min((card["created_at"] for card in cards), default=None)
        came = list(filter(None, (arrival(account, card["id"]) for card in cards)))
        yield {
            "column_id": column["id"],
            "card_column": column["title"],
            "card_table_id": column["card_table_id"],
            "card_table": account.by_id("card_tables").get(column["card_table_id"], column["parent"])["title"],
            **project(account, column),
            "position": column["position"],
            "type": column["type"],
            "open_cards": len(cards),
            "on_hold": sum(card["parent"]["type"] == "Kanban::OnHold" for card in cards),
            "overdue_cards": sum(map(account.is_overdue, cards)),
            "oldest_created_on": account.day(oldest) if oldest else None,
            "app_url": column["app_url"],
            "known_arrivals": len(came),
            "longest_days_here": (account.today - account.day(min(came))).days if came else None,
        }


def arrival(account: Live, card: int) -> str | None:
    """When a card came into its column, as far as is known."""
    came = [e["created_at"] for e in events_of(account, card, "created", "moved") if len({*columns_of(e)}) != 1]
    return max(came, default=None)


def events_of(account: Live, id: int, *actions: str) -> list[Record]:
    """What happened to a record, oldest first: by its own history too, where that is loaded."""
    return [event for event in account.events_by_recording()[id] if event["action"] in actions]


def events_by_recording(account: Live) -> defaultdict[int, list[Record]]:
    """The events of the feed, and those of the records' own histories in its words."""
    columns = {one["on_hold"]["id"]: id for id, one in account.by_id("card_columns").items() if "on_hold" in one}
    told = {}
    for event in account.listing("recording_events"):
        told[event["id"]] = event | {"creator_id": event["creator"]["id"]}
        if event["action"] == "adopted":
            parents = event["details"]["parent_id_was"], event["details"]["new_parent_id"]
            moved = dict(zip(_COLUMNS, (columns.get(id, id) for id in parents), strict=True))
            told[event["id"]] |= {"action": "moved", "details": moved}
    told |= {event["id"]: event for event in account.listing("events")}
    found: defaultdict[int, list[Record]] = defaultdict(list)
    for event in sorted(told.values(), key=itemgetter("created_at", "id")):
        found[event["recording_id"]].append(event)
    return found


def columns_of(event: Record) -> list[int]:
    details = event.get("details", {})
    return [details[key] for key in _COLUMNS if key in details]


def card_moves(account: Live) -> Iterator[Record]:
    for card in account.kept("cards"):
        came = None
        for move in events_of(account, card["id"], "moved"):
            columns = columns_of(move)
            titles = [account.by_id("card_columns").get(id, {}).get("title") for id in columns]
            at = account.moment(move["created_at"])
            days = Decimal((at - came) // timedelta(microseconds=1)) / Decimal(86_400_000_000) if came else None
            yield {
                "event_id": move["id"],
                "card_id": card["id"],
                "card": card["title"],
                **project(account, card),
                **dict(zip(("from_column_id", "to_column_id"), columns, strict=True)),
                **dict(zip(("from_column", "to_column"), titles, strict=True)),
                "moved_at": at,
                "moved_by_id": move["creator_id"],
                "moved_by": account.by_id("people")[move["creator_id"]]["name"],
                "days_since_last_move": days if days is None else days.quantize(Decimal("0.01"), ROUND_HALF_UP),
                "app_url": card["app_url"],
            }
            came = at


def due_date_changes(account: Live) -> Iterator[Record]:
    actions = "scheduled", "rescheduled", "unscheduled", "due_on_changed"
    for kind, record in [(of, record) for of in ("todos", "cards") for record in account.kept(of)]:
        changes = events_of(account, record["id"], *actions)
        for number, change in enumerate(changes, start=1):
            last = number == len(changes)
            yield {
                "event_id": change["id"],
                "kind": kind,
                **{name: record[name] for name in ("id", "title", "app_url")},
                **project(account, record),
                "change": change["action"],
                "number": number,
                "is_last": last,
                "new_due_on": parsed(record["due_on"]) if last and record["due_on"] else None,
                "changed_at": account.moment(change["created_at"]),
                "changed_by_id": change["creator_id"],
                "changed_by": account.by_id("people")[change["creator_id"]]["name"],
            }


def hours(account: Live) -> Iterator[Record]:
    for entry in account.kept("timesheet_entries"):
        parent = entry["parent"]
        company = account.by_id("projects")[entry["bucket"]["id"]].get("client_company") or {}
        about = account.by_id("todos").get(parent["id"]) or account.by_id("cards").get(parent["id"]) or parent
        yield {
            **{name: entry[name] for name in ("id", "description", "app_url")},
            "date": parsed(entry["date"]),
            "hours": Decimal(entry["hours"]),
            "person_id": entry["person"]["id"],
            "person": account.name(entry["person"]),
            **project(account, entry),
            "client_company_id": company.get("id"),
            "client_company": company.get("name"),
            "spent_on_type": parent["type"],
            "spent_on_id": parent["id"],
            "spent_on": about["title"],
            "created_at": account.moment(entry["created_at"]),
        }


def checkin_gaps(account: Live) -> Iterator[Record]:
    days: defaultdict[tuple[int, int], list[date]] = defaultdict(list)
    for answer in account.listing("question_answers"):
        if answer["status"] not in GONE:
            days[answer["parent"]["id"], answer["creator"]["id"]].append(parsed(answer["group_on"]))
    members = account.listing("project_people")
    for question in account.live("questions"):
        last = max((max(given) for (id, _), given in days.items() if id == question["id"]), default=None)
        for person in members if not question["paused"] else []:
            kind, seen = person["personable_type"], question["visible_to_clients"]
            asked = kind == "User" or (kind == "Client" and seen)
            if person["project_id"] == question["bucket"]["id"] and asked:
                given = days.get((question["id"], person["id"]), [])
                yield {
                    "question_id": question["id"],
                    "question": question["title"],
                    **project(account, question),
                    "person_id": person["id"],
                    "person": account.name(person),
                    "last_answered_on": max(given, default=None),
                    "days_since": (account.today - max(given)).days if given else None,
                    "answers": len(given),
                    "last_round_on": last,
                    "answered_last_round": bool(given) and max(given) == last,
                    "frequency": question["schedule"]["frequency"],
                    "app_url": question["app_url"],
                }


def files(account: Live) -> Iterator[Record]:
    for kind, field in WITH_FILES.items():
        for record in account.kept(kind):
            attached = list(enumerate(record.get(field) or [], start=1))
            if kind == "uploads":
                attached.append((0, record | {"id": None}))
            for number, file in attached:
                yield {
                    "kind": kind,
                    "record_id": record["id"],
                    "number": number,
                    "file_id": file.get("id"),
                    "filename": file["filename"],
                    "content_type": file["content_type"],
                    "bytes": file["byte_size"],
                    "record": record["title"],
                    **project(account, record),
                    "creator_id": record["creator"]["id"],
                    "creator": account.name(record["creator"]),
                    "created_at": account.moment(record["created_at"]),
                    "app_url": record["app_url"],
                    "download_url": file.get("download_url") or file["url"],
                    "updated_at": account.moment(record["updated_at"]),
                }


def activity(account: Live) -> Iterator[Record]:
    for kind in CHANGING:
        for record in account.kept(kind):
            deeds = [("created", record)]
            if record.get("completed") and "completion" in record:
                deeds.append(("completed", record["completion"]))
            for action, deed in deeds:
                yield {
                    **project(account, record),
                    "person_id": deed["creator"]["id"],
                    "person": account.name(deed["creator"]),
                    "kind": kind,
                    "action": action,
                    "happened_at": account.moment(deed["created_at"]),
                    "record_id": record["id"],
                    "title": record["title"],
                    "app_url": record["app_url"],
                }


def project_activity(account: Live) -> Iterator[Record]:
    changes: defaultdict[int, list[str]] = defaultdict(list)
    open_work: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
    for stream in CHANGING:
        for record in account.live(stream):
            changes[record["bucket"]["id"]].append(record["updated_at"])
            if not record.get("completed"):
                open_work[stream, record["bucket"]["id"]].append(record)
    for event in account.listing("timeline_events"):
        changes[event.get("bucket", {}).get("id")].append(event["created_at"])
    for id, one in account.projects.items():
        todos, cards = open_work["todos", id], open_work["cards", id]
        yield {
            "id": id,
            "project": one["name"],
            "last_change": account.moment(max([one["updated_at"], *changes[id]])),
            "open_todos": len(todos),
            "overdue_todos": sum(map(account.is_overdue, todos)),
            "app_url": one["app_url"],
            "project_id": id,
            "open_cards": len(cards),
            "overdue_cards": sum(map(account.is_overdue, cards)),
        }


def project_members(account: Live) -> Iterator[Record]:
    for member in account.listing("project_people"):
        of, company = account.by_id("projects")[member["project_id"]], member.get("company") or {}
        told = ("email_address", "title", "personable_type", "client", "employee", "admin", "owner")
        yield {
            "project_id": of["id"],
            "project": of["name"],
            "project_status": of["status"],
            "person_id": member["id"],
            "person": account.name(member),
            **{name: member[name] for name in told},
            "company_id": company.get("id"),
            "company": company.get("name"),
        }


Rows = Callable[[Live], Iterable[Record]]
VIEWS: Mapping[str, Rows] = {
    rows.__name__: rows
    for rows in (
        activity, card_flow, card_moves, checkin_gaps, completed_per_week, cycle_time, due_date_changes, files, hours,
        open_todos, project_activity, project_members, slipped, todolist_progress, workload,
    )
}  # fmt: skip
"""By view: its rows, each with all its columns."""


def in_utc(value: Any) -> Any:
    """A value that is equal in every database: a time, whatever zone it is told in."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value
