"""Makes a report in this process, and reads its page: figures, tables, charts, links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

from integration_tests.support.patches import like_a_process
from integration_tests.support.postgres import PASSWORD
from integration_tests.support.sync import Ended
from source_basecamp.run import run

VOID = {"meta", "br", "img"}

Row = dict[str, Any]


def report(place: str, *options: str) -> Ended:
    """`source-basecamp report --from PLACE`, in this process."""
    with like_a_process({}), redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as errors:
        try:
            run(["report", "--from", place, *options])
        except SystemExit as end:
            return Ended(int(end.code or 0), out.getvalue(), errors.getvalue())
    raise AssertionError("the command never ended")


def view_reader(place: str) -> Callable[[str], list[Row]]:
    """Reads all rows of a view, by column."""

    def read(view: str) -> list[Row]:
        if place.startswith("duckdb:"):
            with duckdb.connect(place.removeprefix("duckdb:"), read_only=True) as connection:
                found = connection.execute(f"FROM {view}")
                return [dict(zip((one[0] for one in found.description), row, strict=True)) for row in found.fetchall()]
        with closing(psycopg2.connect(place, password=PASSWORD)) as server, server.cursor() as cursor:
            cursor.execute(f"SELECT * FROM basecamp.{view}")
            return [dict(zip((one[0] for one in cursor.description), row, strict=True)) for row in cursor.fetchall()]

    return read


@dataclass
class Cell:
    text: str = ""
    note: str = ""
    link: str = ""
    bars: list[float] = field(default_factory=list)


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        texts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join("".join(texts).split())

    def all(self, *tags: str, **attributes: str) -> Iterator[Node]:
        """The elements inside of these tags, with these attributes, in their order."""
        for child in self.children:
            if isinstance(child, Node):
                wanted = {name.rstrip("_"): value for name, value in attributes.items()}
                if child.tag in tags and wanted.items() <= child.attributes.items():
                    yield child
                yield from child.all(*tags, **attributes)

    def one(self, *tags: str, **attributes: str) -> Node:
        (found,) = self.all(*tags, **attributes)
        return found


class _Parser(HTMLParser):
    """Fails where an element is not closed in its order, as a browser would not."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))  # type: ignore[arg-type]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


class Page:
    """A report's page."""

    def __init__(self, file: Path) -> None:
        self.html = file.read_text("utf-8")
        parser = _Parser()
        parser.feed(self.html)
        (self.root,) = parser.open
        self.sections = {node.attributes["id"]: node for node in self.root.all("section")}

    @property
    def figures(self) -> dict[str, tuple[str, ...]]:
        """By section: the value, what it is, and the note."""
        return {
            link.attributes["href"][1:]: tuple(part.text for part in link.all("span", "small"))
            for link in self.root.one("ul").all("a")
        }

    def lead(self, section: str) -> str:
        return self.sections[section].one("p", class_="lead").text

    def table(self, section: str) -> list[list[Cell]]:
        body = self.sections[section].one("tbody")
        return [[_cell(cell) for cell in row.all("th", "td")] for row in body.all("tr")]

    def more(self, section: str) -> str:
        """What is said of the rows that are not shown."""
        return "".join(foot.text for foot in self.sections[section].all("tfoot"))

    def letters(self, section: str, size: str = "wide") -> list[str]:
        """What is written in a section's chart."""
        return [text.text for text in self.sections[section].one("div", class_=size).all("text")]


def _cell(node: Node) -> Cell:
    (text, *_), notes = node.all("bdi"), [small.text for small in node.all("small")]
    links = [link.attributes["href"] for link in node.all("a")]
    bars = [float(bar.attributes["style"].removeprefix("width:").removesuffix("%")) for bar in node.all("i")]
    return Cell(text.text, "".join(notes), "".join(links), bars)
