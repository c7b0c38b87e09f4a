"""What `source-basecamp sync` says: while it runs, when it is over, and when it cannot go on."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet
import pytest

from integration_tests.support.connector import ROOT, Connector, truth
from integration_tests.support.fork_server import RUN, AtTerminal, run_python
from integration_tests.support.sync import TABLES, Syncing, expected, here, rows_of_file
from sandbox import AccountSize, Fault

SMALL = AccountSize(projects=4, archived_projects=0, todos=(40, 4, 2), messages=(12, 2, 1), schedule_entries=(8, 1, 1))
ONLY = ("--streams", "projects,todos")

Connect = Callable[..., Connector]


def test_the_summary_says_where_the_data_is_and_what_to_try(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    ended = syncing.sync(*ONLY)
    lines = [" ".join(line.split()) for line in ended.stdout.splitlines()]
    assert lines[0] == "stream new changed trashed requests time"
    assert lines[1].startswith("projects 5 0 0 3 ")
    assert lines[2].startswith("todos 46 0 0 4 ")
    assert lines[3].startswith("all 51 0 0 8 ")
    overlap, place, not_made, try_it, _ = lines[4:]
    assert overlap == "Streams are read side by side: their times overlap."
    assert (place, try_it) == (f"The tables are in {syncing.to}, schema main.", "Try:")
    assert not_made.startswith("Not made for want of tables: card_flow (card_columns, cards), ")
    assert shows_open_todos(ended.stdout)


def test_one_of_a_kind_is_told_as_one(connect: Connect, tmp_path: Path) -> None:
    ended = here(connect(SMALL), tmp_path).sync("--streams", "account")
    assert ended.stderr.startswith("account: 1 read, 1 new, 0 changed, 0 trashed; 1 request, ")
    assert "side by side" not in ended.stdout


def shows_open_todos(summary: str) -> bool:
    """Whether the command in the last line of a summary does."""
    command = summary.splitlines()[-1].strip()
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True)
    return "10 rows" in done.stdout


def test_without_a_terminal_each_stream_has_a_line_when_it_ends(connect: Connect, tmp_path: Path) -> None:
    ended = here(connect(SMALL), tmp_path).sync(*ONLY)
    # Whichever ends first.
    first, second = sorted(ended.stderr.splitlines())
    assert first.startswith("projects: 5 read, 5 new, 0 changed, 0 trashed; 3 requests, ")
    assert second.startswith("todos: 46 read, 46 new, 0 changed, 0 trashed; 4 requests, ")


NOISY = """
import os, sys
from source_basecamp.run import run
from source_basecamp.warehouse.dispatch import Dispatcher
usual = Dispatcher.run
def run_noisily(self, messages):
    print("noise")
    os.write(1, b"noise")
    usual(self, messages)
Dispatcher.run = run_noisily
run(sys.argv[1:])
"""


def test_standard_output_holds_the_result_only(connect: Connect, tmp_path: Path) -> None:
    """Whatever a library has to say, and in whatever language it is written."""
    syncing = Syncing(connect(SMALL).sandbox, tmp_path)
    done = run_python(NOISY, *syncing.arguments("--streams", "people", "--json"), **syncing.place)
    assert done.returncode == 0
    assert json.loads(done.stdout)["streams"][0]["read"] == 12


def on_a_terminal(syncing: Syncing, *options: str) -> str:
    """What a sync writes to the terminal that its standard error is."""
    syncing.env |= {"TERM": "xterm"}
    with AtTerminal(
        RUN, *syncing.arguments(*options), columns=100, stdout=subprocess.DEVNULL, **syncing.place
    ) as terminal:
        assert terminal.wait() == 0
    return terminal.screen.before


def test_a_terminal_shows_the_running_streams_with_their_figures(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(path="type=Todo.*page=2", delay=1.5))
    shown = on_a_terminal(Syncing(connector.sandbox, tmp_path), *ONLY)
    assert "of 2 streams" in shown
    assert "rows" in shown
    assert "requests" in shown
    assert "todos: 46 read" not in shown


def test_a_terminal_shows_how_long_the_rate_limit_holds_a_sync_up(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(path="type=Todo.*page=2", status=429, body="", headers={"Retry-After": "3"}))
    shown = on_a_terminal(Syncing(connector.sandbox, tmp_path), *ONLY)
    assert re.search(r", [2-9] s held up by the rate limit", shown)


def test_quiet_is_quiet_on_a_terminal_too(connect: Connect, tmp_path: Path) -> None:
    shown = on_a_terminal(Syncing(connect(SMALL).sandbox, tmp_path), *ONLY, "--quiet")
    assert "todos: 46 read" in shown
    assert "of 2 streams" not in shown


def test_a_skipped_project_is_a_warning(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    connector.sandbox.account.forbid(connector.sandbox.account.projects()[0]["id"])
    ended = here(connector, tmp_path).sync("--streams", "project_people")
    assert ended.exit_code == 0
    assert "Warning: project_people: Skipped /1999990/projects/" in ended.stderr


def test_parquet_files_hold_the_tables_and_the_views(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    folder = tmp_path / "out"
    syncing = here(connector, tmp_path, f"parquet:{folder}")
    ended = syncing.sync(*ONLY)
    assert f"The tables are files in {folder}." in ended.stdout
    assert shows_open_todos(ended.stdout)
    connector.sandbox.account.trash(connector.sandbox.account.feed("Todo")[0]["id"])
    syncing.sync(*ONLY)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        ".basecamp.duckdb",
        "activity.parquet",
        "completed_per_week.parquet",
        "cycle_time.parquet",
        "files.parquet",
        "open_todos.parquet",
        "project_activity.parquet",
        "projects.parquet",
        "slipped.parquet",
        "todo_assignees.parquet",
        "todo_completion_subscribers.parquet",
        "todos.parquet",
    ]
    assert rows_of_file(folder / "todos.parquet", "todos") == expected(connector.sandbox, "todos")
    table = pyarrow.parquet.read_table(folder / "todos.parquet")
    assert table.num_rows == len(truth(connector.sandbox, "todos"))
    assert str(table.schema.field("updated_at").type) == "timestamp[us, tz=UTC]"
    # JSON is text, which any reader of the files can take apart.
    assert str(table.schema.field("bucket").type) == "string"
    said = table.schema.metadata
    assert said[b"description"].decode() == TABLES["todos"].description
    described = {column.name: column.description for column in TABLES["todos"].columns}
    assert json.loads(said[b"columns"]) == described
    written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if "todo" in path.name}
    # As an earlier version wrote it.
    old = pyarrow.table({"id": [1], "_fingerprint": [1], "_deleted_at": [None]})
    pyarrow.parquet.write_table(old, folder / "projects.parquet")
    syncing.sync(*ONLY)
    assert written.items() - {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}.items() <= {
        ("open_todos.parquet", written["open_todos.parquet"])
    }
    assert rows_of_file(folder / "projects.parquet", "projects") == expected(connector.sandbox, "projects")


@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ("nowhere", 2, "'nowhere' is not a destination."),
        ("duckdb:", 2, "'duckdb:' is not a destination."),
        ("mysql://root:secret@localhost/x", 2, "'mysql://root@localhost/x' is not a destination."),
        ("duckdb:main.duckdb", 2, "DuckDB cannot tell schema 'main' from the database in main.duckdb"),
        ("duckdb:clock/x.duckdb", 1, "clock/x.duckdb cannot be made: there is no folder clock."),
        ("duckdb:missing/x.duckdb", 1, "missing/x.duckdb cannot be made: there is no folder missing."),
        ("duckdb:config.json", 1, "config.json is not a DuckDB database, or one of a newer DuckDB."),
        ("postgres://me:secret@localhost/x", 2, "The address on the command line holds a password, which"),
        ("postgres://me@localhost/x?password=secret", 2, "The address on the command line holds a password"),
        ("postgres://me@127.0.0.1:1/x", 1, "No PostgreSQL answers at postgres://me@127.0.0.1:1/x: Connection refused."),
        ("nonesuch:", 1, "dlt has no destination nonesuch, or its packages are not installed:"),
    ],
)
def test_a_place_that_cannot_be_used_is_told_in_words(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    connector = connect(SMALL)
    ended = here(connector, tmp_path, to).sync(*ONLY)
    assert ended.exit_code == code
    assert ended.stderr.startswith(f"Error: {words}")
    assert "secret" not in ended.stderr
    assert not connector.sandbox.log.requests


def test_a_stream_that_does_not_exist_is_named(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    ended = Syncing(connector.sandbox, tmp_path).sync("--streams", "todos,todoes")
    assert (ended.exit_code, ended.stderr) == (
        2,
        "Error: There is no stream todoes. `source-basecamp streams` lists them. See `source-basecamp sync --help`.\n",
    )


def test_a_login_that_is_refused_is_said_once_for_all_streams(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    syncing = here(connector, tmp_path)
    connector.sandbox.tokens.revoke_refresh_token()
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 1
    assert ended.stderr.count("Launchpad refuses the refresh token") == 3
    assert "Error: projects, todos: Launchpad refuses the refresh token" in ended.stderr


WITHOUT = """
import sys
sys.modules["duckdb"] = None
from source_basecamp.run import run
run(["sync", "--to", "duckdb:x.duckdb"])
"""


def test_without_its_extra_the_verb_says_how_to_install_it(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: The packages for sync are not installed. Install them with `pip install "
        "'airbyte-source-basecamp[sync]'`.\n",
    )
    assert not list(tmp_path.iterdir())


SPEC = """
import sys
from source_basecamp.run import run
try:
    run(["spec"])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def test_airbyte_verbs_do_not_load_what_sync_needs() -> None:
    done = subprocess.run([sys.executable, "-c", SPEC], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "SPEC" in {json.loads(line)["type"] for line in done.stdout.splitlines()}
    assert not {"dlt", "duckdb", "pyarrow", "psycopg2", "rich_click"} & set(done.stderr.split())


def test_a_server_that_is_down_is_told_while_it_is_asked_again(connect: Connect, tmp_path: Path) -> None:
    connector = connect(AccountSize())
    connector.sandbox.faults.add(Fault("type=", status=503, times=None))
    ended = here(connector, tmp_path).sync("--streams", "todos,messages")
    (line,) = (line for line in ended.stderr.splitlines() if "tried again" in line)
    assert line == (
        "Warning: Basecamp answered /1999990/projects/recordings.json with status 503. The request is tried again, for "
        "about 75 seconds more."
    )
