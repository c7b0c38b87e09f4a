"""docs/scaling.md: what is to be copied from it works."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest
import yaml

from integration_tests.support.log_lines import CLOSING, SYNC
from source_basecamp.protocol import _log_sync
from unit_tests.support.pages import ROOT, fenced, table

PAGE = (ROOT / "docs" / "scaling.md").read_text()
ERROR = {"type": "TRACE", "trace": {"type": "ERROR", "error": {"failure_type": "config_error", "message": "Do this."}}}


def ended(stream: str, status: str) -> dict[str, object]:
    told = {"stream_descriptor": {"name": stream}, "status": status}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": told}}


def said(message: str) -> dict[str, object]:
    return {"type": "LOG", "log": {"level": "INFO", "message": message}}


def sync_line(caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.INFO, logger="airbyte"):
        _log_sync(1239, 6.0)
    return caplog.messages[-1]


def test_the_sample_lines_are_lines_as_a_sync_prints_them() -> None:
    (sample,) = fenced(PAGE, "text")
    listing, sync = sample.split("\n")
    assert CLOSING.fullmatch(listing)
    assert SYNC.fullmatch(sync)


def test_the_log_query_finds_its_figures_in_the_last_line_of_a_sync(caplog: pytest.LogCaptureFixture) -> None:
    (query,) = fenced(PAGE, "logql")
    (pattern,) = re.findall(r"regexp `(.*?)`", query)
    found = re.search(pattern, sync_line(caplog))
    assert found
    assert found["emitted"] == "1,239"
    assert set(re.findall(r"unwrap (\w+)|\{\{ \.(\w+)", query)) <= {("refused", ""), ("", "refused")}
    assert "refused" in found.groupdict()


@pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")
def test_each_program_for_jq_finds_what_it_is_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    messages = [
        ended("todos", "COMPLETE"),
        ended("cards", "INCOMPLETE"),
        ERROR,
        said("no figures"),
        said(sync_line(caplog)),
    ]
    (tmp_path / "sync.jsonl").write_text("".join(f"{json.dumps(message)}\n" for message in messages))
    (script,) = fenced(PAGE, "bash")
    printed = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert printed.stdout.splitlines() == ["cards", "config_error: Do this.", sync_line(caplog)]


def test_each_query_finds_what_it_is_for() -> None:
    database = duckdb.connect()
    database.execute("""
        create table projects as select * from (values
            (1, 'active', timestamptz '2026-03-01 12:00Z'), (2, 'archived', timestamptz '2026-03-01 12:00Z'),
            (3, 'archived', timestamptz '2026-03-01 11:59Z')) as _(id, status, _airbyte_extracted_at);
        create table todos as select * from (values
            (10, 'fine', 'active', '{"id": 1}'::json, timestamptz '2026-02-01 00:00Z'),
            (11, 'looks active', 'active', '{"id": 2}'::json, timestamptz '2026-02-02 00:00Z'),
            (12, 'trashed', 'trashed', '{"id": 2}'::json, timestamptz '2026-01-01 00:00Z')
        ) as _(id, content, status, bucket, updated_at);
        create table messages as select timestamptz '2026-02-03 00:00Z' as updated_at;
        create table comments as select timestamptz '2026-01-03 00:00Z' as updated_at;
        set timezone = 'UTC';
    """)
    last_sync, last_change, projects, stuck = (database.execute(query).fetchall() for query in fenced(PAGE, "sql"))
    assert last_sync[0][0].isoformat() == "2026-03-01T12:00:00+00:00"
    assert last_change[0][0].isoformat() == "2026-02-03T00:00:00+00:00"
    assert sorted(projects) == [("active", 1), ("archived", 2)]
    assert stuck == [(11, "looks active")]


def test_the_source_for_dbt_is_yaml() -> None:
    (source,) = yaml.safe_load(fenced(PAGE, "yaml")[0])["sources"]
    assert source["loaded_at_field"] == "_airbyte_extracted_at"


def test_splitting_and_crowding_cost_what_the_page_says_of_them() -> None:
    """The words around the tables hold for the figures that were measured."""
    split = [[int(cell.replace(",", "")) for cell in row] for row in table(PAGE, "split")]
    records, full, idle = zip(*(row[1:] for row in split), strict=True)
    assert len(set(records)) == 1
    assert list(full) == sorted(set(full))
    assert list(idle) == sorted(set(idle))
    fit = {int(at_once) for at_once, *_, complete in table(PAGE, "together") if complete == f"{at_once} of {at_once}"}
    assert fit >= {1, 2, 4}, "the page recommends four at once"
