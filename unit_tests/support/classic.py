"""Reads the Classic site of the sandbox over HTTP, for tests: by the types of fields, not by attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element as Node

import requests

from sandbox import Sandbox
from sandbox.classic.elements import STREAMS, Element, Many, Scalar

Record = dict[str, Any]

_VALUES: dict[Scalar, Callable[[str], Any]] = {
    "text": str,
    "unbounded": str,
    "integer": int,
    "boolean": lambda text: {"true": True, "false": False}[text],
    "float": float,
    "date": str,
    "datetime": lambda text: text if "T" in text else f"{text}T00:00:00Z",
}
_COMMENTS = {"messages": "posts", "todo_items": "todo_items"}


class ClassicClient:
    """A plain client, on one connection."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._session = requests.Session()
        self._session.headers.update(sandbox.headers(Accept="application/xml"))

    def get(self, path: str, **headers: str) -> requests.Response:
        """The answer at a path, with its query."""
        return self._session.get(f"{self.sandbox.url}{path}", headers=headers, timeout=5)

    def root(self, path: str) -> Node:
        """The root of a document."""
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return ElementTree.fromstring(answer.content)

    def listed(self, stream: str, path: str, **added: Any) -> list[Record]:
        """The records of one document."""
        root = self.root(path)
        assert root.tag == STREAMS[stream].root
        return [parsed(STREAMS[stream].element, node) | added for node in root]

    def offsets(self, stream: str, path: str, length: int) -> list[Record]:
        """Every record of a listing that goes by offsets."""
        found: list[Record] = []
        while True:
            page = self.listed(stream, f"{path}?n={len(found)}")
            found += page
            if len(page) < length:
                return found

    def pages(self, stream: str, path: str) -> list[Record]:
        """Every record of a listing that has pages of 50."""
        found: list[Record] = []
        for number in range(1, 100):
            page = self.listed(stream, f"{path}?page={number}")
            found += page
            if len(page) < 50:
                break
        return found

    def comments(self, path: str | None, **added: Any) -> list[Record]:
        """A thread from its newest comment to its oldest."""
        found: list[Record] = []
        while path:
            root = self.root(path)
            found += [parsed(STREAMS["comments"].element, node) | added for node in root]
            path = root.get("continued-at")
        return found

    def everything(self, stream: str) -> list[Record]:
        """All records of a stream, read listing by listing."""
        if stream == "account":
            return [parsed(STREAMS[stream].element, self.root("/account.xml"))]
        if stream in ("projects", "companies"):
            return self.listed(stream, f"/{stream}.xml")
        if stream == "people":
            return self.listed(stream, "/people.xml?include_deleted=true")
        return list(self._in_projects(stream))

    def _in_projects(self, stream: str) -> Iterator[Record]:
        for id in [project["id"] for project in self.listed("projects", "/projects.xml")]:
            project = f"/projects/{id}"
            match stream:
                case "project_people":
                    yield from self.listed(stream, f"{project}/people.xml", project_id=id)
                case "messages":
                    yield from self.offsets(stream, f"{project}/posts.xml", 25)
                case "attachments":
                    yield from self.offsets(stream, f"{project}/attachments.xml", 100)
                case "calendar_entries" | "time_entries":
                    yield from self.pages(stream, f"{project}/{stream}.xml")
                case "todo_items":
                    for todo_list in self.listed("todo_lists", f"{project}/todo_lists.xml?filter=all"):
                        path = f"/todo_lists/{todo_list['id']}/todo_items.xml"
                        yield from self.listed(stream, path, project_id=id)
                case _:
                    yield from self.listed(stream, f"{project}/{stream}.xml")


def thread(stream: str, record: Record) -> str:
    """Where the comments on a record are."""
    entries = {"Milestone": "milestones", "CalendarEvent": "calendar_events"}
    return f"/{_COMMENTS.get(stream) or entries[record['type']]}/{record['id']}/comments.xml"


def parsed(element: Element, node: Node) -> Record:
    """A record with every field of it: None where the element is not there."""
    children = {child.tag.replace("-", "_"): child for child in node}
    assert len(children) == len(node)
    assert children.keys() <= element.fields.keys() - element.unsent
    return {name: _value(kind, children.get(name)) for name, kind in element.fields.items()}


def _value(kind: Scalar | Element | Many, node: Node | None) -> Any:
    if node is None or node.get("nil") == "true":
        return None
    if isinstance(kind, Element):
        return parsed(kind, node)
    if isinstance(kind, Many):
        assert {child.tag for child in node} <= {kind.tag}
        return [_value(kind.of, child) for child in node]
    text = node.text or ""
    return _VALUES[kind](text) if text or kind == "text" else None
