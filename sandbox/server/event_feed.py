"""How the event feed is answered: an envelope with a signed place in the feed, and not a list with a Link header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

from starlette.requests import Request

from sandbox.account.event_feed import served
from sandbox.account.store import AccountStore
from sandbox.server.answers import Answer, json_answer

PAGE = 100
_INT64 = 2**63


def feed_answer(store: AccountStore, request: Request) -> Answer:
    """A page of events after `since` or `position`, oldest first; a position is bound to the filter `buckets`."""
    query = request.query_params
    digest = sha256(query.get("buckets", "").encode()).hexdigest()[:16]
    after = _after(store, query, digest)
    if isinstance(after, Answer):
        return after
    if after < store.epoch:
        resume = _url(request, {**_filters(query), "since": str(store.epoch)})
        return json_answer({"error": "Gone", "epoch_after_id": store.epoch, "resume": resume}, 410)
    buckets = {int(id) for id in query["buckets"].split(",")} if "buckets" in query else None
    later = [event for event in served(store) if event["id"] > after]
    # A page is a part of the whole feed, so that it may be empty where others' events are filtered out.
    page = later[:PAGE]
    events = [event for event in page if buckets is None or event["bucket_id"] in buckets]
    position = f"at-{page[-1]['id'] if page else after}-{digest}"
    body = {"events": events, "position": position}
    headers = {"x-feed-position": position}
    if len(later) > PAGE:
        body["next"] = _url(request, {**_filters(query), "position": position})
        headers["link"] = f'<{body["next"]}>; rel="next"'
    return json_answer(body, headers=headers)


def _after(store: AccountStore, query: Mapping[str, str], digest: str) -> int | Answer:
    """The id after which the page begins, or why there is none."""
    if "position" in query:
        place = re.fullmatch(r"at-(\d+)-(\w{16})", query["position"])
        if place is None:
            return _unrecognised()
        if place[2] != digest:
            return json_answer({"position_digest": place[2], "filters_digest": digest}, 409)
        return int(place[1])
    since = query.get("since", "now")
    if since == "now":
        return max((event["id"] for event in store.feed_events), default=0)
    if not since.isdecimal() or int(since) >= _INT64:
        return _unrecognised()
    return int(since) or store.epoch


def _unrecognised() -> Answer:
    error = "Unrecognized position. Resume with since=<id> or since=now."
    return json_answer({"error": error, "reason": "invalid_position"}, 400)


def _filters(query: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in query.items() if key not in ("since", "position")}


def _url(request: Request, query: Mapping[str, str]) -> str:
    return f"http://{request.headers.get('host', '')}{request.url.path}?{urlencode(query)}"
