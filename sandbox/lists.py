"""The listings beside the feeds: who may read them, in what order and in what portions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from starlette.requests import Request

from sandbox.account import Account
from sandbox.answers import Answer, bad_request, forbidden, json_answer, not_found
from sandbox.feeds import SORTS
from sandbox.pages import next_link, page_bounds, page_number
from sandbox.recordings import Record
from sandbox.scoped import INBOX, SCOPED, Scoped, is_forbidden
from sandbox.store import Store
from sandbox.wide import WIDE, Listed, Wide

Handler = Callable[[Request], Answer]
_ORDERS = {"sort": SORTS, "direction": ("asc", "desc")}


class Lists:
    """Handlers for every listing that is described in `wide` and `scoped`."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def handlers(self) -> dict[str, Handler]:
        """By path; what belongs to a tool also under its project, where it has been for longer."""
        handlers = {wide.path: self._wide(wide) for wide in WIDE}
        for scoped in (*SCOPED, INBOX):
            handlers[scoped.path] = self._scoped(scoped)
            if not scoped.path.startswith(("/buckets/", "/projects/")):
                handlers["/buckets/{bucket:int}" + scoped.path] = self._scoped(scoped)
        return handlers

    def _wide(self, wide: Wide) -> Handler:
        def answer(request: Request) -> Answer:
            store = self._account.store
            try:
                with self._account.lock:
                    found = wide.answer(store, dict(request.query_params))
                    return _page_of(store, request, found) if wide.paginated else json_answer(store.render(found))
            except ValueError as error:
                return bad_request(str(error))

        return answer

    def _scoped(self, scoped: Scoped) -> Handler:
        def answer(request: Request) -> Answer:
            id, store = request.path_params["id"], self._account.store
            project = store.home_of(id)
            if project is None or request.path_params.get("bucket", project.id) != project.id:
                return not_found()
            if id not in scoped.owners(store, project):
                return not_found()
            try:
                found = _sorted(request, scoped)(scoped.read(store, project, id))
            except ValueError as error:
                return bad_request(str(error))
            if scoped.paginated:
                return _page_of(store, request, found)
            records = store.render(found)
            return json_answer(records[0] if scoped.single else records)

        return admitted(self._account, answer)


def admitted(account: Account, handler: Handler, *, from_trash: bool = False) -> Handler:
    """The handler for those who may enter: 403 where tests say so, 404 in a project in the trash unless told."""

    def answer(request: Request) -> Answer:
        id = request.path_params["id"]
        with account.lock:
            project = account.store.home_of(id)
            if project is not None and project.status == "trashed" and not from_trash:
                return not_found()
            if project is not None and is_forbidden(account.store, project, id):
                return forbidden()
            return handler(request)

    return answer


def page(request: Request, everything: Sequence[Record]) -> Answer:
    """The page asked for."""
    start, stop = page_bounds(page_number(dict(request.query_params)))
    return listing(request, everything[start:stop], len(everything), stop)


def listing(request: Request, records: Sequence[Record], total: int, stop: int) -> Answer:
    """A page with what there is to know about the others."""
    headers = {"x-total-count": str(total)}
    if stop < total:
        query = dict(request.query_params)
        origin = f"http://{request.headers.get('host', '')}"
        headers["link"] = next_link(origin, request.url.path, query, page_number(query))
    return json_answer(records, headers=headers)


def _page_of(store: Store, request: Request, everything: Listed) -> Answer:
    """The page asked for, of what need not be rendered as a whole for it."""
    start, stop = page_bounds(page_number(dict(request.query_params)))
    return listing(request, store.render(everything[start:stop]), len(everything), stop)


def _sorted(request: Request, scoped: Scoped) -> Callable[[Listed], Listed]:
    """What brings a listing into the order asked for; newest created first is how it comes."""
    asked = {"sort": "created_at", "direction": "desc", **request.query_params}
    if not scoped.sortable:
        return lambda found: found
    for name, values in _ORDERS.items():
        if asked[name] not in values:
            raise ValueError(f"{name} must be one of: {', '.join(values)}")
    if (asked["sort"], asked["direction"]) == ("created_at", "desc"):
        return lambda found: found
    key = attrgetter(asked["sort"], "id")
    return lambda found: sorted(found, key=key, reverse=asked["direction"] == "desc")
