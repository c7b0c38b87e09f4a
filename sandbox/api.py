"""The addresses of the API that the sandbox answers, once a request has been let in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Match, Route

from sandbox.account import Account
from sandbox.answers import Answer, bad_request, item, json_answer, not_found
from sandbox.feeds import SORTS
from sandbox.kinds import ALL_KINDS, KINDS
from sandbox.lists import Handler, Lists, admitted, listing, page
from sandbox.pages import page_bounds, page_number
from sandbox.size import STATUSES


class Api:
    """Routes below `/{account_id}`; `.json` has been taken off the path by then."""

    def __init__(self, account: Account) -> None:
        self._account = account
        handlers: dict[str, Handler] = {
            "/projects": self._projects,
            "/projects/recordings": self._recordings,
            "/projects/{id:int}": admitted(account, self._project, from_trash=True),
            "/people": self._people,
            "/schedules/{id:int}": admitted(account, self._schedule),
            "/schedules/{id:int}/entries": admitted(account, self._schedule_entries),
            "/account": lambda request: json_answer(account.info()),
            **Lists(account).handlers(),
        }
        for kind in ALL_KINDS.values():
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
            return bad_request("status must be archived or trashed; leave it out for active projects")
        return page(request, self._account.projects(status or "active"))

    def _project(self, request: Request) -> Answer:
        return item(self._account.project(request.path_params["id"]))

    def _recordings(self, request: Request) -> Answer:
        asked = {"status": "active", "sort": "created_at", "direction": "desc", **request.query_params}
        allowed = {"type": KINDS, "status": STATUSES, "sort": SORTS, "direction": ("asc", "desc")}
        for name, values in allowed.items():
            if asked.get(name) not in values:
                return bad_request(f"{name} must be one of: {', '.join(values)}")
        buckets = {int(id) for id in asked["bucket"].split(",") if id.isdecimal()} if "bucket" in asked else None
        start, stop = page_bounds(page_number(asked))
        records, total = self._account.feed_page(
            asked["type"], asked["status"], asked["sort"], asked["direction"], start, stop, buckets
        )
        return listing(request, records, total, stop)

    def _people(self, request: Request) -> Answer:
        return page(request, self._account.people())

    def _schedule(self, request: Request) -> Answer:
        return item(self._account.schedule(request.path_params["id"]))

    def _schedule_entries(self, request: Request) -> Answer:
        id = request.path_params["id"]
        if self._account.schedule(id) is None:
            return not_found()
        status = request.query_params.get("status", "active")
        if status not in STATUSES:
            return bad_request(f"status must be one of: {', '.join(STATUSES)}")
        return page(request, self._account.schedule_entries(id, status))

    def _item_handler(self, type: str) -> Handler:
        return lambda request: item(self._account.record(request.path_params["id"], type))


async def _unused(request: Request) -> None:
    """Starlette's routes want an endpoint; here they only match."""
