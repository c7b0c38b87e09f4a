"""The addresses of a Classic site, and what is answered there to a request that has been let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.routing import Match, Route

from sandbox.account.records import Record
from sandbox.classic import ClassicSite
from sandbox.classic.elements import BRIEF_POST, STREAMS
from sandbox.classic.listings import ordered
from sandbox.classic.store import COMMENTABLE
from sandbox.server.answers import Answer, not_found, text_answer
from sandbox.server.classic_xml import ClassicXml

Handler = Callable[[Request], Answer]

MESSAGES_PAGE, FILES_PAGE, PAGE = 25, 100, 50
_REPORT_MONTHS = 6
_COMMENTED = {
    "posts": "Post",
    "todo_items": "TodoItem",
    "milestones": "Milestone",
    "calendar_events": "CalendarEvent",
}
"""By the first part of an address, what is commented on there."""
_ITEMS = {
    "posts": "messages",
    **{name: name for name in ("projects", "companies", "people", "categories", "comments", "time_entries")},
    **{name: name for name in ("todo_lists", "todo_items")},
}
"""By the first part of an address, the stream of which one record is answered there."""


class ClassicApi:
    """Routes, without the `.xml` at the end."""

    def __init__(self, site: ClassicSite) -> None:
        self._site = site
        self._xml = ClassicXml(site.size.seed)
        self._handlers = dict(self._all_handlers())
        self._routes = [Route(path, _unused) for path in self._handlers]

    def answer(self, request: Request) -> Answer:
        """The answer to a GET; 404 for an unknown address, 403 in a forbidden project."""
        path = request.url.path.removesuffix(".xml")
        for route in self._routes:
            match, found = route.matches({"type": "http", "method": "GET", "path": path})
            if match is Match.FULL:
                request.scope["path_params"] = found["path_params"]
                with self._site.lock:
                    return self._handlers[route.path](request)
        return not_found()

    def _all_handlers(self) -> Iterator[tuple[str, Handler]]:
        yield "/account", lambda request: self._one(request, "account", self._site.account())
        yield "/projects", self._whole("projects")
        yield "/companies", self._whole("companies")
        yield "/people", self._people
        yield "/me", lambda request: self._one(request, "people", self._site.render("people", self._me())[0])
        yield "/time_entries/report", self._report
        in_project = {
            "people": lambda request, id: self._listed(request, "project_people", self._site.project_people(id)),
            "companies": self._project_companies,
            "categories": self._categories,
            "posts": lambda request, id: self._offsets(request, "messages", id, MESSAGES_PAGE),
            "posts/archive": self._archive,
            "attachments": lambda request, id: self._offsets(request, "attachments", id, FILES_PAGE),
            "todo_lists": self._todo_lists,
            "calendar_entries": self._calendar,
            "calendar_entries/milestones": self._milestones,
            "calendar_entries/calendar_events": lambda request, id: self._calendar(request, id, "CalendarEvent"),
            "time_entries": self._time_entries,
        }
        for name, handler in in_project.items():
            yield f"/projects/{{id:int}}/{name}", self._inside("projects", handler)
        yield "/todo_lists/{id:int}/todo_items", self._inside("todo_lists", self._todo_items)
        yield "/todo_items/{id:int}/time_entries", self._inside("todo_items", self._time_of_item)
        for prefix, type in _COMMENTED.items():
            yield f"/{prefix}/{{id:int}}/comments", self._inside(COMMENTABLE[type], self._comments, type)
        for prefix, stream in _ITEMS.items():
            yield f"/{prefix}/{{id:int}}", self._inside(stream, self._item(stream))

    def _inside(self, stream: str, handler: Callable[[Request, int], Answer], type: str = "") -> Handler:
        """Answers 404 where there is no such record of that type, and 403 where it is in a forbidden project."""

        def answer(request: Request) -> Answer:
            id: int = request.path_params["id"]
            record = self._site.store.find(stream, id)
            if record is None or (type and record.get("type", type) != type):
                return not_found()
            if record.get("project_id", id) in self._site.forbidden:
                return _refused()
            return handler(request, id)

        return answer

    def _one(self, request: Request, stream: str, record: Record) -> Answer:
        return _xml_answer(self._xml.one(STREAMS[stream].element, record, request.url.path))

    def _listed(
        self,
        request: Request,
        stream: str,
        kept: list[Record],
        attributes: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        records = self._site.render(stream, kept)
        described = STREAMS[stream]
        body = self._xml.many(described.root, described.element, records, request.url.path, attributes)
        return _xml_answer(body, headers)

    def _whole(self, stream: str) -> Handler:
        return lambda request: self._listed(request, stream, self._site.store.all(stream))

    def _item(self, stream: str) -> Callable[[Request, int], Answer]:
        def answer(request: Request, id: int) -> Answer:
            record = self._site.record(stream, id)
            hidden = stream == "time_entries" and not self._site.time_tracking
            return not_found() if record is None or hidden else self._one(request, stream, record)

        return answer

    def _me(self) -> list[Record]:
        return self._site.people(deleted=True)[:1]

    def _people(self, request: Request) -> Answer:
        deleted = request.query_params.get("include_deleted") == "true"
        if deleted and not self._site.administrator:
            return _refused()
        return self._listed(request, "people", self._site.people(deleted=deleted))

    def _project_companies(self, request: Request, id: int) -> Answer:
        ids = {person["company_id"] for person in self._site.project_people(id)}
        return self._listed(
            request, "companies", [each for each in self._site.store.all("companies") if each["id"] in ids]
        )

    def _categories(self, request: Request, id: int) -> Answer:
        asked = {"post": "PostCategory", "attachment": "AttachmentCategory"}.get(request.query_params.get("type", ""))
        found = [each for each in self._site.inside("categories", id) if asked in (None, each["type"])]
        return self._listed(request, "categories", found)

    def _offsets(self, request: Request, stream: str, id: int, length: int) -> Answer:
        start = _number(request, "n")
        return self._listed(request, stream, self._site.inside(stream, id)[start : start + length])

    def _archive(self, request: Request, id: int) -> Answer:
        records = self._site.render("messages", self._site.inside("messages", id))
        return _xml_answer(self._xml.many("posts", BRIEF_POST, records, request.url.path))

    def _comments(self, request: Request, id: int) -> Answer:
        found, start = self._site.inside("comments", id), _number(request, "n")
        attributes = {"count": str(len(found))}
        if start + PAGE < len(found):
            attributes["continued-at"] = f"{request.url.path}?{urlencode({'n': start + PAGE})}"
        return self._listed(request, "comments", found[start : start + PAGE], attributes)

    def _todo_lists(self, request: Request, id: int) -> Answer:
        asked, lists = request.query_params.get("filter", "all"), self._site.inside("todo_lists", id)
        if asked != "all":
            pending = {item["todo_list_id"] for item in self._site.inside("todo_items", id) if not item["completed"]}
            lists = [each for each in lists if (each["id"] in pending) == (asked == "pending")]
        return self._listed(request, "todo_lists", lists)

    def _todo_items(self, request: Request, id: int) -> Answer:
        return self._listed(request, "todo_items", self._site.inside("todo_items", id))

    def _calendar(self, request: Request, id: int, type: str | None = None) -> Answer:
        found = [each for each in self._site.inside("calendar_entries", id) if type in (None, each["type"])]
        return self._listed(request, "calendar_entries", _page(found, _number(request, "page", 1)))

    def _milestones(self, request: Request, id: int) -> Answer:
        found = [each for each in self._site.inside("calendar_entries", id) if each["type"] == "Milestone"]
        return self._listed(request, "calendar_entries", found)

    def _time_entries(self, request: Request, id: int) -> Answer:
        if not self._site.time_tracking:
            return not_found()
        found, page = self._site.inside("time_entries", id), _number(request, "page", 1)
        pages = max(-(-len(found) // PAGE), 1)
        headers = {"x-records": str(len(found)), "x-pages": str(pages), "x-page": str(page)}
        return self._listed(request, "time_entries", _page(found, page), headers=headers)

    def _time_of_item(self, request: Request, id: int) -> Answer:
        if not self._site.time_tracking:
            return not_found()
        return self._listed(request, "time_entries", self._site.inside("time_entries", id))

    def _report(self, request: Request) -> Answer:
        """Of everything that the user may open, between two days, both included."""
        if not self._site.time_tracking:
            return not_found()
        try:
            first, last = (_day(request.query_params.get(name, "")) for name in ("from", "to"))
        except ValueError:
            return text_answer("from and to must be dates, as YYYYMMDD\n", 422)
        if not first <= last < _months_later(first, _REPORT_MONTHS):
            return text_answer(f"A report is of at most {_REPORT_MONTHS} months\n", 422)
        fields = {"subject_id": "person_id", "todo_item_id": "todo_item_id", "filter_project_id": "project_id"}
        asked = {
            fields[name]: value for name, value in request.query_params.items() if name in fields and value.strip()
        }
        found = [
            entry
            for entry in self._site.store.all("time_entries")
            if entry["project_id"] not in self._site.forbidden
            and first.isoformat() <= entry["date"] <= last.isoformat()
            and all(str(entry[field]) == value for field, value in asked.items())
        ]
        return self._listed(request, "time_entries", ordered("time_entries", found))


def _xml_answer(body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(200, {"content-type": "application/xml; charset=utf-8", **(headers or {})}, body)


def _refused() -> Answer:
    return text_answer("You don't have permission to see this.\n", 403)


def _number(request: Request, name: str, least: int = 0) -> int:
    """A parameter as a number; what is none, or too small, stands for the least."""
    asked = request.query_params.get(name, "")
    return max(int(asked), least) if asked.isdecimal() else least


def _page(found: list[Record], page: int) -> list[Record]:
    return found[(page - 1) * PAGE : page * PAGE]


def _day(text: str) -> date:
    if len(text) != 8 or not text.isdecimal():
        raise ValueError(f"not a day: {text}")
    return date.fromisoformat(text)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last one."""
    year, month = divmod(day.month - 1 + months, 12)
    last = date(day.year + year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


async def _unused(request: Request) -> None:
    """Starlette's routes want an endpoint; here they only match."""
