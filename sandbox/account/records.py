"""A record as it is served, and what the account keeps of those that are no recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

Record = dict[str, Any]

ABSENT: Final[Any] = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""`update(id, position=ABSENT)` takes the key out of the record."""


def with_fields(record: Record, fields: Record) -> Record:
    """The record with the fields in place of its own; those that are `ABSENT` are taken out."""
    return {key: value for key, value in (record | fields).items() if value is not ABSENT}


@dataclass
class Project:
    """A project in the form in which `projects.json` lists it, and what its recordings share with each other."""

    id: int
    record: Record
    bucket: Record
    """What its recordings say about it."""
    number: int
    """How many projects were made before it. Everything that is made up for it follows from this."""
    members: list[Record]
    """The people who can open it."""
    parents: dict[str, list[Record]] = field(default_factory=dict)
    """Its tools, as recordings show them as a parent, by type; the first of a type is where new recordings go."""

    @property
    def status(self) -> str:
        return str(self.record["status"])

    def tools(self, name: str) -> list[Record]:
        """The tools of that name in its dock that are switched on."""
        return [tool for tool in self.record["dock"] if tool["name"] == name and tool["enabled"]]


def has_tool(name: str) -> Callable[[Project], bool]:
    """Whether a project has a tool of that name which is switched on."""
    return lambda project: bool(project.tools(name))


@dataclass
class PlainRecord:
    """A template, a marker of the lineup, or a type of messages: a record that is no recording."""

    type: str
    record: Record
    project_id: int | None = None
    """The project it belongs to, if it belongs to one."""
