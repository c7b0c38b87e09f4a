"""The addresses of the API, and what is answered there to a request that has been let in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import attrgetter

from starlette.requests import Request
from starlette.routing import Match, Route

from sandbox.account import Account, schedule
from sandbox.account.listings import AccountList, ChildList, Form, Listed, is_forbidden
from sandbox.account.size import STATUSES
from sandbox.account.store import SORTS
from sandbox.account.streams import ACCOUNT_LISTS, ALL_KINDS, CHILD_LISTS, FEED_KINDS
from sandbox.server.answers import Answer, bad_request, forbidden, item, json_answer, not_found
from sandbox.server.event_feed import feed_answer
from sandbox.server.pages import page_answer, page_bounds, page_number

Handler = Callable[[Request], Answer]
_DIRECTIONS = ("asc", "desc")


class Api:
    """Routes below `/{account_id}`, without the `.json` at the end."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._handlers: dict[str, Handler] = {}
        for path, handler in self._all_handlers():
            # A recording that has an address of its own in its tool's file is served by that.
            self._handlers.setdefault(path, handler)
        self._routes = [Route(path, _unused) for path in self._handlers]

    def answer(self, request: Request, path: str) -> Answer:
        """The answer to a GET below the account; 404 for an unknown address, 400 for an unknown parameter."""
        for route in self._routes:
            match, found = route.matches({"type": "http", "method": request.method, "path": path})
            if match is Match.FULL:
                request.scope["path_params"] = found["path_params"]
                try:
                    with self._account.lock:
                        return self._handlers[route.path](request)
                except ValueError as error:
                    return bad_request(str(error))
        return not_found()

    def _all_handlers(self) -> Iterator[tuple[str, Handler]]:
        """By path. What belongs to a tool also answers below its project, at an older address."""
        yield "/projects/recordings", self._recordings
        yield "/events", lambda request: feed_answer(self._account.store, request)
        yield "/projects/{id:int}", self._admitted(self._project, from_trash=True)
        yield "/schedules/{id:int}/entries", self._admitted(self._schedule_entries)
        for listing in ACCOUNT_LISTS:
            yield listing.path, self._account_list(listing)
        for child in CHILD_LISTS:
            handler = self._admitted(self._child_list(child))
            yield child.path, handler
            if not child.path.startswith(("/buckets/", "/projects/")):
                yield "/buckets/{bucket:int}" + child.path, handler
        for kind in ALL_KINDS.values():
            yield f"/{kind.path}/{{id:int}}", self._recording(kind.type)

    def _admitted(self, handler: Handler, *, from_trash: bool = False) -> Handler:
        """Answers 403 where a test has forbidden it, and 404 in a trashed project unless `from_trash`."""

        def answer(request: Request) -> Answer:
            id, store = request.path_params["id"], self._account.store
            project = store.project_of(id)
            if project is not None and project.status == "trashed" and not from_trash:
                return not_found()
            if project is not None and is_forbidden(store, project, id):
                return forbidden()
            return handler(request)

        return answer

    def _project(self, request: Request) -> Answer:
        return item(self._account.project(request.path_params["id"]))

    def _recording(self, type: str) -> Handler:
        return lambda request: item(self._account.record(request.path_params["id"], type))

    def _recordings(self, request: Request) -> Answer:
        asked = {"status": "active", "sort": "created_at", "direction": "desc", **request.query_params}
        _check(asked, type=FEED_KINDS, status=STATUSES, sort=SORTS, direction=_DIRECTIONS)
        ids = asked["bucket"].split(",") if "bucket" in asked else []
        if not all(id.isdecimal() and self._account.store.takes_as_bucket(int(id)) for id in ids):
            return not_found()
        buckets = set(map(int, ids)) if ids else None
        start, stop = page_bounds(page_number(asked))
        records, total = self._account.feed_page(
            asked["type"], asked["status"], asked["sort"], asked["direction"], start, stop, buckets
        )
        return page_answer(request, records, total, stop)

    def _schedule_entries(self, request: Request) -> Answer:
        id, store = request.path_params["id"], self._account.store
        if schedule.item(store, id) is None:
            return not_found()
        asked = {"status": "active", **request.query_params}
        _check(asked, status=STATUSES)
        return self._listed(request, schedule.entries(store, id, asked["status"]), "pages")

    def _account_list(self, listing: AccountList) -> Handler:
        def answer(request: Request) -> Answer:
            store, query = self._account.store, dict(request.query_params)
            found = listing.answer(store, query) if listing.answer else listing.read(store)
            return self._listed(request, found, listing.form)

        return answer

    def _child_list(self, listing: ChildList) -> Handler:
        def answer(request: Request) -> Answer:
            id, store = request.path_params["id"], self._account.store
            project = store.project_of(id)
            if project is None or request.path_params.get("bucket", project.id) != project.id:
                return not_found()
            if id not in listing.owners(store, project):
                return not_found()
            found = listing.read(store, project, id)
            return self._listed(request, _sorted(request, found) if listing.sortable else found, listing.form)

        return answer

    def _listed(self, request: Request, found: Listed, form: Form) -> Answer:
        store = self._account.store
        if form == "pages":
            start, stop = page_bounds(page_number(request.query_params))
            return page_answer(request, store.render(found[start:stop]), len(found), stop)
        records = store.render(found)
        return json_answer(records[0] if form == "object" else records)


def _sorted(request: Request, found: Listed) -> Listed:
    """A listing in the order asked for. It comes with the newest created first, which is the order unless asked."""
    asked = {"sort": "created_at", "direction": "desc", **request.query_params}
    _check(asked, sort=SORTS, direction=_DIRECTIONS)
    if (asked["sort"], asked["direction"]) == ("created_at", "desc"):
        return found
    return sorted(found, key=attrgetter(asked["sort"], "id"), reverse=asked["direction"] == "desc")


def _check(asked: Mapping[str, str], **allowed: Collection[str]) -> None:
    """Raises ValueError for a parameter whose value Basecamp does not know."""
    for name, values in allowed.items():
        if asked.get(name) not in values:
            raise ValueError(f"{name} must be one of: {', '.join(values)}")


async def _unused(request: Request) -> None:
    """Starlette's routes want an endpoint; here they only match."""
