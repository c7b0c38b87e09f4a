"""Where a list leads: links and redirects that are wrong lose nothing, and take no token to another host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration_tests.support.connector import Connector, truth
from integration_tests.support.faults import (
    KINDS,
    SMALL,
    RequestKind,
    Start,
    assert_complete,
    assert_failed,
    assert_mended,
    first_pages,
    on,
)
from integration_tests.support.messages import REDIRECTED
from sandbox import Fault, Sandbox
from source_basecamp import pagination

pytestmark = pytest.mark.usefixtures("unhurried")


NOT_FOLLOWED = (
    "Basecamp's answer names a next page that this connector does not follow, because it is not an address of the same "
    "host. No request was made to it. If a proxy rewrites Basecamp's answers, exclude Basecamp's hosts from it."
)
ENDLESS = "Basecamp's list cannot be read to its end: {}. Nothing is lost: the next sync tries again."
MOVING = (
    "Basecamp's list kept changing, or did not bring as many records as it counts, while it was read 5 times over. "
    "Nothing is lost: the next sync starts from the last saved state. Run it when fewer records are being trashed or "
    "archived."
)
LINKS = {
    "no link": "garbage",
    "no target": '; rel="next"',
    "another relation": '<{url}/1/projects.json>; rel="prev"',
    "an impossible port": '<{url}99999/1/projects.json>; rel="next"',
    "a foreign host": '<{evil}/1/projects.json>; rel="next"',
    "another scheme": '<https://{netloc}/1/projects.json>; rel="next"',
    "no scheme": '<//{evil_netloc}/1/projects.json>; rel="next"',
    "Basecamp as the user": '<http://{netloc}@{evil_netloc}/1/projects.json>; rel="next"',
    "a name that begins alike": '<http://127.0.0.1.evil.example:80/1/projects.json>; rel="next"',
    "another name of the same machine": '<http://localhost:{port}/1/projects.json>; rel="next"',
    "an address without a host": '</1/projects.json>; rel="next"',
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_that_is_not_a_page_of_the_same_host_is_not_asked_and_fails_the_stream(
    connect: Start, link: str
) -> None:
    not_asked(connect(SMALL), connect(SMALL).sandbox, KINDS["a feed"], link)


@first_pages
def test_no_kind_of_list_leads_to_another_host(connect: Start, kind: RequestKind) -> None:
    not_asked(connect(SMALL), connect(SMALL).sandbox, kind, LINKS["a foreign host"])


@pytest.mark.parametrize("location", ["{evil}/1/projects.json", "{url}/1/projects.json", "/1/projects.json"])
def test_a_redirect_is_not_followed_and_fails_the_stream(connect: Start, location: str) -> None:
    not_followed(connect(SMALL), connect(SMALL).sandbox, KINDS["a feed"], location)


@first_pages
def test_no_kind_of_request_is_redirected(connect: Start, kind: RequestKind) -> None:
    not_followed(connect(SMALL), connect(SMALL).sandbox, kind, "{evil}/1/projects.json")


def not_asked(connector: Connector, evil: Sandbox, kind: RequestKind, link: str) -> None:
    here, there = urlsplit(connector.sandbox.url), urlsplit(evil.url)
    header = link.format(
        url=here.geturl(), netloc=here.netloc, port=here.port, evil=there.geturl(), evil_netloc=there.netloc
    )
    connector.sandbox.faults.add(Fault(kind.path, headers={"Link": header}, times=None))
    output = connector.read(kind.streams)
    assert_failed(connector, output, kind.streams, "system_error", NOT_FOLLOWED)
    assert not evil.log.requests
    assert {request.host for request in connector.sandbox.log.requests} == {here.netloc}
    assert_mended(connector, output, kind.streams)


def not_followed(connector: Connector, evil: Sandbox, kind: RequestKind, location: str) -> None:
    url = connector.sandbox.url
    target = location.format(evil=evil.url, url=url)
    connector.sandbox.faults.add(
        Fault(kind.path, status=302, body="", headers={"Location": target, "X-Total-Count": "0"}, times=None)
    )
    output = connector.read(kind.streams)
    says = REDIRECTED.format(url=url, target=evil.url if target.startswith(evil.url) else url)
    assert_failed(connector, output, kind.streams, "transient_error", says)
    assert not evil.log.requests
    assert not connector.sandbox.log.count("/1/projects.json$", status=404)
    assert_mended(connector, output, kind.streams)


def numbered(url: str, page: int) -> str:
    """A link to a page of the active to-dos, in the sandbox's own spelling."""
    query = f"type=Todo&sort=updated_at&direction=desc&status=active&page={page}"
    return f'<{url}/{SMALL.account_id}/projects/recordings.json?{query}>; rel="next"'


def leading(url: str, pages: Mapping[int, int], times: int | None = 1, **more: Any) -> list[Fault]:
    """Faults by which the one page's link names the other. The first page comes last: its pattern fits all pages."""
    link = {page: {"Link": numbered(url, to), **more.get("headers", {})} for page, to in pages.items()}
    rest = {name: value for name, value in more.items() if name != "headers"}
    return [Fault(on(page), headers=link[page], times=times, **rest) for page in sorted(pages, reverse=True)]


@pytest.mark.parametrize("todos", [30, 40, 100, 200])
def test_a_link_that_once_repeats_a_page_loses_nothing(connect: Start, todos: int) -> None:
    connector = connect(replace(SMALL, todos=todos))
    # The first page's own address has no number: only its records tell that it came again.
    connector.sandbox.faults.add(*leading(connector.sandbox.url, {1: 1}))
    assert_complete(connector, connector.read(["todos"]), ["todos"])


BACK = ENDLESS.format("a page's link leads back to an earlier page")
WALKS = [
    ("a page that names itself", 100, {2: 2}, BACK),
    ("a page that names an earlier one", 100, {3: 2}, BACK),
    ("the first page under another name", 40, {1: 1}, MOVING),
    ("an empty page", 40, {1: 9}, MOVING),
]


@pytest.mark.parametrize(("todos", "pages", "says"), [row[1:] for row in WALKS], ids=[row[0] for row in WALKS])
def test_links_that_lead_nowhere_end_the_stream_as_transient(
    connect: Start, monkeypatch: pytest.MonkeyPatch, todos: int, pages: Mapping[int, int], says: str
) -> None:
    monkeypatch.setattr(pagination, "MAX_REREADS", 5)
    connector = connect(replace(SMALL, todos=todos))
    connector.sandbox.faults.add(*leading(connector.sandbox.url, pages, None))
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", says)
    assert_mended(connector, output, ["todos"])


def test_pages_that_never_end_and_are_not_counted_end_the_stream_as_transient(
    connect: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "MAX_PAGES", 20)
    connector = connect(SMALL)
    todos = truth(connector.sandbox, "todos")
    for page in range(20, 0, -1):
        bodies = {"body": json.dumps([todos[page]]), "headers": {"X-Total-Count": None}}
        connector.sandbox.faults.add(*leading(connector.sandbox.url, {page: page + 1}, None, **bodies))
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", ENDLESS.format("its pages go on after 20 of them"))
    assert_mended(connector, output, ["todos"])


def test_an_empty_page_after_the_last_record_ends_the_list(connect: Start) -> None:
    connector = connect(replace(SMALL, todos=40))
    uncounted = {"headers": {"X-Total-Count": None}}
    connector.sandbox.faults.add(*leading(connector.sandbox.url, {2: 3}, **uncounted))
    assert_complete(connector, connector.read(["todos"]), ["todos"])
