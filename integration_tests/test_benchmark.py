"""The benchmark measures what it says: the plain manifest reads the same records, and the floor is the floor."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import classic, floor, measured
from bench.catalog import names
from bench.measured import OURS, PLAIN, Measured
from integration_tests.support.connector import ALL_FEEDS, BY_DEFAULT, CATALOG, FIVE, Connector, InProcess, by_id, truth
from integration_tests.support.fork_server import Python
from integration_tests.support.patches import no_waiting
from sandbox import AccountSize, ClassicSize, Sandbox
from sandbox.classic import ClassicSite

SMALL = AccountSize(todos=(120, 20, 3), messages=(40, 2, 1), schedule_entries=(30, 1, 0), hidden_per_project=0)


class ForkedOnly:
    """Takes the place of the module `subprocess`: forks `python -m MODULE ARGUMENTS` instead of starting it."""

    PIPE = subprocess.PIPE

    @staticmethod
    def Popen(command: list[str], **options: Any) -> Python:  # noqa: N802
        _, _, module, *arguments = command
        return Python(f"import runpy; runpy.run_module({module!r}, run_name='__main__')", *arguments, **options)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "subprocess", ForkedOnly)


def test_the_plain_manifest_reads_the_active_records_of_the_five_streams(tmp_path: Path) -> None:
    with Sandbox(SMALL, rate_limit=False) as sandbox:
        connector, plain = Connector(sandbox, tmp_path, PLAIN), Measured(sandbox, tmp_path, PLAIN)
        connector.config, connector.environment = plain.config, plain.environment
        output = connector.read()
        assert output.exit_code == 0
        active = {project["id"] for project in sandbox.account.projects("active")}
        for stream in FIVE:
            expected = [
                record
                for record in truth(sandbox, stream)
                if record.get("status", "active") == "active" and record.get("project_id", next(iter(active))) in active
            ]
            assert by_id(output.records(stream)) == by_id(expected), stream
        # Once for each project and each schedule.
        asked_one_by_one = {
            request.path for request in sandbox.log.find(r"/(projects/\d+|schedules/\d+/entries)\.json")
        }
        assert len(asked_one_by_one) == len(active) + len(output.records("schedules"))


def test_what_is_counted_is_what_was_printed_and_asked_for(tmp_path: Path) -> None:
    with Sandbox(SMALL, rate_limit=False) as sandbox:
        connector = Measured(sandbox, tmp_path, OURS)
        full = connector.sync()
        assert full.emitted == {stream: len(truth(sandbox, stream)) for stream in FIVE}
        assert (full.requests, full.token_requests) == (len(sandbox.log.api), 1)
        idle = connector.sync(state=full.state)
        assert idle.token_requests == 0
        assert full.requests == floor.first_sync(sandbox.account)
        assert idle.requests == floor.idle_sync(sandbox.account)
        assert 50 < idle.megabytes < 500
        assert 0.5 < idle.cpu_seconds < 60


@pytest.mark.usefixtures("forked")
def test_a_failed_sync_is_no_figure(tmp_path: Path) -> None:
    with Sandbox(SMALL, rate_limit=False) as sandbox:
        connector = Measured(sandbox, tmp_path, OURS)
        connector.config["account_id"] = "1"
        with pytest.raises(RuntimeError, match="Account 1 is not among the accounts"):
            connector.sync()


@pytest.mark.parametrize(
    ("records", "pages"), [(0, 1), (15, 1), (16, 2), (45, 2), (46, 3), (95, 3), (96, 4), (195, 4), (196, 5)]
)
def test_a_full_listing_has_no_page_more_than_its_records_fill(records: int, pages: int) -> None:
    assert floor.pages(records) == pages


def test_no_stream_can_be_read_in_fewer_requests_than_its_floor(tmp_path: Path) -> None:
    with Sandbox(SMALL, rate_limit=False) as sandbox, no_waiting():
        connector = InProcess(sandbox, tmp_path)
        for stream in ("schedules", "todos", "templates", "timeline_events", "events"):
            sandbox.log.clear()
            first = connector.read([stream])
            # A feed has to know which projects there are.
            projects = 2 if stream in ALL_FEEDS else 0
            assert len(sandbox.log.api) == projects + (floor.first(sandbox.account, stream) or 0), stream
            sandbox.log.clear()
            connector.read([stream], first.state)
            assert len(sandbox.log.api) == projects + (floor.again(sandbox.account, stream) or 0), stream


@pytest.mark.parametrize(("archived", "first", "idle"), [(0, 18, 12), (50, 29, 23), (400, 42, 36)])
def test_archived_projects_cost_a_request_for_each_feed_status_and_range_of_ids(
    tmp_path: Path, archived: int, first: int, idle: int
) -> None:
    """And their own pages in the list of projects: 3 for 50, 7 for 400, whose ids fill two addresses."""
    size = replace(SMALL, archived_projects=archived)
    with Sandbox(size, rate_limit=False) as sandbox, no_waiting():
        connector = InProcess(sandbox, tmp_path)
        output = connector.read(FIVE)
        full = len(sandbox.log.api)
        connector.read(FIVE, output.state)
        assert (full, len(sandbox.log.api) - full) == (first, idle)


def test_what_is_asked_for_one_by_one_has_no_floor() -> None:
    account = Sandbox(SMALL).account
    without = {stream for stream in BY_DEFAULT if floor.first(account, stream) is None}
    assert without == {stream for stream in BY_DEFAULT if CATALOG[stream].parent}


def test_the_least_of_classic_is_what_a_plain_walk_of_its_lists_takes() -> None:
    """4 of the site; of 9 projects people, categories and lists once, and pages; 19 lists; 44 pages of comments."""
    pages = {"messages": 17, "attachments": 17, "calendar_entries": 31, "time_entries": 15}
    assert classic.least_requests(ClassicSite()) == 4 + 3 * 9 + sum(pages.values()) + 19 + 44


@pytest.mark.usefixtures("forked")
def test_a_sync_of_classic_is_measured_against_its_least(tmp_path: Path) -> None:
    size = ClassicSize(projects=2, archived_projects=1, messages=(60, 3), calendar_entries=(20, 2), comments=(3, 0, 1))
    with Sandbox(rate_limit=False, classic=size) as sandbox:
        connector = Measured(sandbox, tmp_path, OURS)
        connector.config = sandbox.classic_config()
        run = connector.sync(names("classic"))
        assert run.emitted == {stream: len(sandbox.classic.records(stream)) for stream in names("classic")}
        assert run.requests == classic.least_requests(sandbox.classic)
