"""The connector pointed at the Classic site of a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from integration_tests.support.connector import Connector, Forked, InProcess, Output, Record, described_catalog
from sandbox import ClassicSize, Sandbox
from source_basecamp.catalog import all_streams
from source_basecamp.product import CLASSIC

CATALOG = {stream.name: stream for stream in all_streams(CLASSIC)}
STREAMS = tuple(CATALOG)
OF_THE_SITE = ("account", "companies", "people")
"""Streams that `project_ids` does not narrow."""

ONE_PROJECT = {"projects": 1, "on_hold_projects": 0, "archived_projects": 0, "template_projects": 0}
NOTHING = ClassicSize(**ONE_PROJECT | {"projects": 0}, companies=1, people=1, deleted_people=0)
SMALL = ClassicSize(
    **ONE_PROJECT | {"projects": 3},
    categories=2,
    messages=(30, 3, 2),
    todo_lists=2,
    todo_items=3,
    calendar_entries=4,
    time_entries=5,
    attachments=4,
    comments=(2, 1, 0, 1, *[0] * 200),
)
PAGED = ClassicSize(
    **ONE_PROJECT,
    messages=60,
    todo_lists=3,
    calendar_entries=120,
    time_entries=130,
    attachments=205,
    comments=(120, *[0] * 500),
)
"""One project, in which each list is longer than two pages."""

Start = Callable[..., "ClassicConnector"]


class _Classic(Connector):
    """Reads the Classic site of the sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        super().__init__(sandbox, folder)
        self.config = sandbox.classic_config()

    def read(self, streams: Iterable[str] = STREAMS, **config: Any) -> Output:  # type: ignore[override]
        return self.read_catalog(described_catalog(CATALOG[name] for name in streams), **config)


class ClassicConnector(_Classic, InProcess):
    """In this process."""


class ClassicProcess(_Classic, Forked):
    """As a process of its own."""


def keyed(stream: str, records: Iterable[Record]) -> dict[tuple[int, ...], Record]:
    """Records by primary key, without fields that are null, which the CDK leaves out."""
    key = CATALOG[stream].key
    return {
        tuple(record[field] for field in key): {name: value for name, value in record.items() if value is not None}
        for record in records
    }


def truth(sandbox: Sandbox, stream: str, projects: Iterable[int] = ()) -> dict[tuple[int, ...], Record]:
    """What a perfect sync of a stream holds, by key; of these projects, if any are given."""
    field = "id" if stream == "projects" else "project_id"
    wanted = set() if stream in OF_THE_SITE else set(projects)
    return keyed(stream, [each for each in sandbox.classic.records(stream) if not wanted or each[field] in wanted])


def assert_whole(connector: Connector, output: Output, streams: Iterable[str] = STREAMS, **narrowed: Any) -> None:
    """Every record with every field, each once."""
    assert (output.exit_code, output.errors) == (0, [])
    assert output.statuses == dict.fromkeys(streams, "COMPLETE")
    for stream in streams:
        expected, records = truth(connector.sandbox, stream, **narrowed), output.records(stream)
        assert keyed(stream, records) == expected, stream
        assert len(records) == len(expected), stream


def warnings(output: Output) -> list[str]:
    return [log["message"] for log in output.of_type("LOG") if log["level"] not in ("INFO", "DEBUG")]
