"""The addresses of the API that the sandbox answers, once a request has been let in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.routing import Match, Route

from sandbox.account import Account
from sandbox.answers import Answer, json_answer, not_found
from sandbox.feeds import SORTS
from sandbox.kinds import KINDS
from sandbox.pages import next_link, page_bounds, page_number
from sandbox.size import STATUSES

Handler = Callable[[Request], Answer]


class Api:
    """Routes below `/{account_id}`; `.json` has been taken off the path by then."""

    def __init__(self, account: Account) -> None:
        self._account = account
        handlers: dict[str, Handler] = {
            "/projects": self._projects,
            "/projects/recordings": self._recordings,
            "/projects/{id:int}": self._project,
            "/people": self._people,
            "/schedules/{id:int}": self._schedule,
            "/schedules/{id:int}/entries": self._schedule_entries,
            "/account": lambda request: json_answer(account.info()),
        }
        for kind in KINDS.values():
            handlers[f"/{kind.path}/{{id:int}}"] = self._item_handler(kind.type)
        self._handlers = handlers
        self._routes = [Route(path, _unused) for path in handlers]

    def answer(self, request: Request, path: str) -> Answer:
        """The answer to a GET below the account; 404 for whatever is not there."""
        for route in self._routes:
            match, found = route.matches({"type": "http", "method": request.method, "path": path})
            if match is Match.FULL:
                request.scope["path_params"] = found["path_params"]
                return self._handlers[route.path](request)
        return not_found()

    def _projects(self, request: Request) -> Answer:
        status = request.query_params.get("status")
        if status not in (None, "archived", "trashed"):
            return _bad_request("status must be archived or trashed; leave it out for active projects")
        return _page(request, self._account.projects(status or "active"))

    def _project(self, request: Request) -> Answer:
        return _item(self._account.project(request.path_params["id"]))

    def _recordings(self, request: Request) -> Answer:
        asked = {"status": "active", "sort": "created_at", "direction": "desc", **request.query_params}
        allowed = {"type": KINDS, "status": STATUSES, "sort": SORTS, "direction": ("asc", "desc")}
        for name, values in allowed.items():
            if asked.get(name) not in values:
                return _bad_request(f"{name} must be one of: {', '.join(values)}")
        buckets = {int(id) for id in asked["bucket"].split(",") if id.isdecimal()} if "bucket" in asked else None
        start, stop = page_bounds(page_number(asked))
        records, total = self._account.feed_page(
            asked["type"], asked["status"], asked["sort"], asked["direction"], start, stop, buckets
        )
        return _listing(request, records, total, stop)

    def _people(self, request: Request) -> Answer:
        return _page(request, self._account.people())

    def _schedule(self, request: Request) -> Answer:
        return _item(self._account.schedule(request.path_params["id"]))

    def _schedule_entries(self, request: Request) -> Answer:
        id = request.path_params["id"]
        if self._account.schedule(id) is None:
            return not_found()
        status = request.query_params.get("status", "active")
        if status not in STATUSES:
            return _bad_request(f"status must be one of: {', '.join(STATUSES)}")
        return _page(request, self._account.schedule_entries(id, status))

    def _item_handler(self, type: str) -> Handler:
        return lambda request: _item(self._account.record(request.path_params["id"], type))


async def _unused(request: Request) -> None:
    """Starlette's routes want an endpoint; here they only match."""


def _bad_request(error: str) -> Answer:
    return json_answer({"error": error}, 400)


def _item(record: dict[str, Any] | None) -> Answer:
    return not_found() if record is None else json_answer(record)


def _page(request: Request, everything: Sequence[dict[str, Any]]) -> Answer:
    start, stop = page_bounds(page_number(dict(request.query_params)))
    return _listing(request, everything[start:stop], len(everything), stop)


def _listing(request: Request, records: Sequence[dict[str, Any]], total: int, stop: int) -> Answer:
    headers = {"x-total-count": str(total)}
    if stop < total:
        query = dict(request.query_params)
        origin = f"http://{request.headers.get('host', '')}"
        headers["link"] = next_link(origin, request.url.path, query, page_number(query))
    return json_answer(records, headers=headers)
