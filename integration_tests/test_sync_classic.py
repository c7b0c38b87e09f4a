"""`source-basecamp sync` of a Classic site: its tables are the site, in a dataset of its own, with its own views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.classic_sync import STREAMS, TABLES, VIEWS, ClassicSyncing, LiveSite, expected
from integration_tests.support.places import Ask, session
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import Syncing, SyncingHere, rows_of_file
from integration_tests.support.views import in_utc
from sandbox import ClassicSize, Fault, Sandbox
from source_basecamp.product import CLASSIC
from source_basecamp.warehouse.postgres_store import PostgresStore
from source_basecamp.warehouse.tables import DUCKDB_TYPES
from source_basecamp.warehouse.views import all_views

TINY = ClassicSize(
    projects=1, on_hold_projects=0, archived_projects=0, template_projects=0, companies=1, people=1, deleted_people=0,
    categories=0, messages=0, todo_lists=1, todo_items=1, calendar_entries=0, time_entries=1, attachments=0, comments=0,
)  # fmt: skip
SMALL = ClassicSize(
    projects=3, on_hold_projects=1, archived_projects=1, template_projects=0, categories=2, messages=(3, 1, 2),
    todo_lists=(2, 1, 1), todo_items=(8, 3, 2), calendar_entries=(4, 2), time_entries=(6, 4), attachments=(3, 1),
    comments=(2, 1, 0),
)  # fmt: skip

Begin = Callable[..., ClassicSyncing]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts a sandbox with a Classic site of a size, and returns its sync."""
    with ExitStack() as stack:

        def start(size: ClassicSize = SMALL, to: str | None = None) -> ClassicSyncing:
            return ClassicSyncing(stack.enter_context(Sandbox(classic=size, rate_limit=False)), tmp_path, to)

        yield start


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [TINY, SMALL, ClassicSize()], ids=["tiny", "small", "pages"])
def test_every_record_of_a_classic_site_is_in_its_table_with_every_field(begin: Begin, size: ClassicSize) -> None:
    syncing = begin(size)
    ended = syncing.sync("--json")
    assert ended.exit_code == 0, ended.stderr
    syncing.assert_equal_to_the_site()
    site = syncing.sandbox.classic
    assert {stream: ended.counts(stream) for stream in STREAMS} == {
        stream: (len(site.records(stream)), 0, 0, 0) for stream in STREAMS
    }
    assert {one["ended"] for one in ended.summary["streams"]} == {"complete"}
    assert (ended.summary["dataset"], ended.summary["views"], ended.summary["views_not_made"]) == (
        "main",
        sorted(VIEWS),
        {},
    )
    tables = {name for (name,) in syncing.query("SELECT table_name FROM duckdb_tables()")}
    assert tables == {*STREAMS, "_basecamp_state"}
    with syncing.asking() as ask:
        described = {stream: ask(f"SELECT column_name, column_type FROM (DESCRIBE {stream})") for stream in STREAMS}
    for stream, types in described.items():
        wanted = {column.name: DUCKDB_TYPES[column.kind] for column in TABLES[stream].columns}
        in_words = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ", "DECIMAL(18,4)": "DECIMAL(18, 4)"}
        assert {name: in_words.get(type, type) for name, type in types} == wanted


def contents(syncing: ClassicSyncing) -> dict[str, list[str]]:
    with syncing.asking() as ask:
        return {stream: sorted(map(repr, ask(f"FROM {stream}"))) for stream in STREAMS}


def test_a_second_sync_of_an_idle_classic_site_changes_no_row(begin: Begin, tmp_path: Path) -> None:
    """It is a process, as people run it."""
    syncing = begin()
    assert syncing.sync().exit_code == 0
    before = contents(syncing)
    sandbox = syncing.sandbox
    ended = Syncing(sandbox, tmp_path, **sandbox.classic_config()).sync("--json")
    assert {ended.counts(stream) for stream in STREAMS} == {(0, 0, 0, 0)}
    assert contents(syncing) == before


def test_a_full_refresh_of_classic_leaves_what_the_site_lists(begin: Begin) -> None:
    syncing = begin()
    site = syncing.sandbox.classic
    streams = ("projects", "todo_lists", "todo_items")
    only = ("--streams", ",".join(streams), "--json")
    held = syncing.sync(*only).counts("todo_items")[0]
    site.remove("todo_lists", site.records("todo_lists")[0]["id"])
    ended = syncing.sync(*only, "--full-refresh")
    assert ended.counts("todo_lists") == (0, 0, 0, 1)
    assert ended.counts("todo_items") == (0, 0, 0, held - len(site.records("todo_items")))
    assert [syncing.marked(stream) for stream in streams] == [set()] * 3
    syncing.assert_equal_to_the_site(streams)


def test_parquet_files_of_a_classic_site_hold_its_records_and_views(begin: Begin, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    syncing = begin(SMALL, f"parquet:{folder}")
    assert syncing.sync().exit_code == 0
    assert {file.stem for file in folder.glob("[a-z]*.parquet")} == {*STREAMS, *VIEWS}
    for stream in STREAMS:
        found = rows_of_file(folder / f"{stream}.parquet", stream, TABLES)
        assert found == expected(syncing.sandbox, stream), stream
    shown = len(list(VIEWS["hours"](LiveSite(syncing.sandbox))))
    assert duckdb.sql(f"SELECT count(*) FROM '{folder}/hours.parquet'").fetchall() == [(shown,)]
    described = duckdb.sql(f"SELECT decode(value) FROM parquet_kv_metadata('{folder}/hours.parquet')").fetchall()
    assert any("Hours spent." in text for (text,) in described)


def test_postgresql_keys_indexes_and_describes_the_tables_of_classic(
    begin: Begin, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    syncing = begin(SMALL, postgres.url(postgres.new_database("classic")))
    first = syncing.sync("--json")
    assert (first.exit_code, first.summary["dataset"]) == (0, "basecamp_classic"), first.stderr
    syncing.assert_equal_to_the_site()
    columns = syncing.query(
        "SELECT relname, attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) "
        "FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid WHERE attnum > 0 AND NOT attisdropped "
        "AND relnamespace = 'basecamp_classic'::regnamespace AND relkind = 'r' AND relname <> '_basecamp_state'"
    )
    types = PostgresStore.types | {"timestamp": "timestamp with time zone", "text": "character varying"}
    types |= {"decimal": "numeric(18,4)"}
    assert set(columns) == {
        (name, column.name, types[column.kind], column.description)
        for name, table in TABLES.items()
        for column in table.columns
    }
    indexes = {name for (name,) in syncing.query("SELECT indexname FROM pg_indexes WHERE schemaname LIKE 'basecamp%'")}
    assert {f"{stream}_pkey" for stream in STREAMS} <= indexes
    assert {"todo_items_todo_list_id_idx", "comments_commentable_id_idx", "time_entries_todo_item_id_idx"} <= indexes
    # As of an earlier version: what is made of other columns is made of the rows that are there.
    for table, column in (("time_entries", "hours_decimal"), ("todo_items", "due_on"), ("projects", "company_id")):
        syncing.query(f"ALTER TABLE basecamp_classic.{table} DROP COLUMN {column} CASCADE")
    second = syncing.sync("--json")
    assert {second.counts(stream) for stream in STREAMS} == {(0, 0, 0, 0)}
    syncing.assert_equal_to_the_site()
    assert second.summary["views"] == sorted(VIEWS)


# --- deletions --------------------------------------------------------------------------------------------------------


def test_what_a_classic_site_no_longer_lists_is_marked_and_unmarked_when_it_is_back(begin: Begin) -> None:
    syncing = begin()
    site = syncing.sandbox.classic
    syncing.sync()
    held = {stream: set(syncing.rows(stream)) for stream in STREAMS}
    first, second = site.records("projects")[:2]
    kept = next(item for item in site.store.all("todo_items") if item["project_id"] == second["id"])
    site.remove("projects", first["id"])
    site.remove("todo_items", kept["id"])
    member = next(one for one in site.records("project_people") if one["project_id"] == second["id"])
    site.remove("project_people", member["id"], second["id"])
    ended = syncing.sync("--json")
    assert ended.exit_code == 0
    gone = {stream: held[stream] - set(expected(syncing.sandbox, stream)) for stream in STREAMS}
    assert {stream: ended.counts(stream)[3] for stream in STREAMS} == {name: len(keys) for name, keys in gone.items()}
    assert min(len(gone[stream]) for stream in STREAMS if "project_id" in TABLES[stream].names) > 0
    syncing.assert_equal_to_the_site()
    assert (kept["id"],) in gone["todo_items"]
    site.store.put("todo_items", kept)
    assert syncing.sync("--streams", "todo_items", "--json").counts("todo_items") == (0, 1, 0, 0)
    assert kept["id"] not in syncing.marked("todo_items")
    syncing.assert_equal_to_the_site(["todo_items"])


def test_what_classic_refused_or_failed_to_list_is_not_marked_and_all_else_is(begin: Begin) -> None:
    syncing = begin()
    sandbox, site = syncing.sandbox, syncing.sandbox.classic
    syncing.sync()
    forbidden, other = [project["id"] for project in site.records("projects")[:2]]
    message = next(one for one in site.records("messages") if one["project_id"] == other)
    site.forbid(forbidden)
    site.remove("messages", message["id"])
    ended = syncing.sync()
    assert ended.exit_code == 0, ended.stderr
    marked = syncing.all_marked()
    assert marked.pop("messages") == {message["id"]}
    assert marked.keys() <= {"comments", "attachments"}
    for stream in marked:
        query = f"SELECT DISTINCT project_id FROM {stream} WHERE _deleted_at IS NOT NULL"
        assert syncing.query(query) == [(other,)]
    site.allow(forbidden)
    # A list that is listed and not shown, a thread, and a stream that fails as a whole.
    lists = Counter(item["todo_list_id"] for item in site.records("todo_items"))
    hidden, shown = [id for id, _ in lists.most_common(2)]
    thread = next(one for one in site.records("comments") if one["commentable_type"] == "Post")["commentable_id"]
    sandbox.faults.add(Fault(rf"/todo_lists/{hidden}/todo_items", status=404, times=None))
    sandbox.faults.add(Fault(rf"/posts/{thread}/comments", status=403, times=None))
    sandbox.faults.add(Fault(r"/categories\.xml", skip=1, status=418, times=None))
    (item,) = [one for one in site.records("todo_items") if one["todo_list_id"] == shown][:1]
    site.remove("todo_items", item["id"])
    site.remove("categories", site.records("categories")[0]["id"])
    before = syncing.all_marked()
    ended = syncing.sync("--json")
    assert {one["stream"] for one in ended.summary["streams"] if one["ended"] != "complete"} == {"categories"}
    assert syncing.all_marked() == before | {"todo_items": {item["id"]}}
    sandbox.faults.clear()
    assert syncing.sync("--streams", "categories", "--json").counts("categories") == (0, 0, 0, 1)


def test_the_time_of_a_site_that_no_longer_tracks_any_is_not_marked(begin: Begin) -> None:
    syncing = begin()
    site = syncing.sandbox.classic
    syncing.sync("--streams", "time_entries")
    site.time_tracking = False
    ended = syncing.sync("--streams", "time_entries", "--json")
    assert (ended.exit_code, ended.counts("time_entries")) == (0, (0, 0, 0, 0))
    site.time_tracking = True
    gone = site.records("time_entries")[0]["id"]
    site.remove("time_entries", gone)
    assert syncing.sync("--streams", "time_entries", "--json").counts("time_entries") == (0, 0, 0, 1)
    assert syncing.marked("time_entries") == {gone}


def test_a_classic_project_that_is_no_longer_chosen_is_left_as_it_is(begin: Begin, tmp_path: Path) -> None:
    syncing = begin()
    site = syncing.sandbox.classic
    only = ("--streams", "account,projects,people,project_people,time_entries")
    syncing.sync(*only)
    chosen, other = [project["id"] for project in site.records("projects")[:2]]
    entries = [
        next(one["id"] for one in site.records("time_entries") if one["project_id"] == id) for id in (chosen, other)
    ]
    for id in entries:
        site.remove("time_entries", id)
    narrow = ClassicSyncing(syncing.sandbox, tmp_path, project_ids=[chosen])
    assert narrow.sync(*only).exit_code == 0
    assert narrow.marked("time_entries") == {entries[0]}
    assert not any(narrow.marked(stream) for stream in ("account", "projects", "people", "project_people"))


# --- views ------------------------------------------------------------------------------------------------------------


def prepare(sandbox: Sandbox) -> None:
    """Days around today, whatever day that is, and moments on either side of a week's beginning."""
    site, today = sandbox.classic, datetime.now(UTC)
    projects = {project["id"] for project in site.records("projects") if project["status"] == "active"}
    items = [item for item in site.records("todo_items") if item["project_id"] in projects]
    person, company = site.records("people")[0], site.records("companies")[0]
    parties = [("Person", person["id"], "once"), ("Company", company["id"], "before"), ("Person", 1, "Somebody"), None]
    for n, days in enumerate((-30, -2, -1, 0, 1)):
        party = dict(
            zip(
                ("responsible_party_type", "responsible_party_id", "responsible_party_name"),
                parties[n % 4] or (None, None, None),
                strict=True,
            )
        )
        due_at = f"{(today + timedelta(days=days)).date()}T00:00:00Z"
        site.change("todo_items", items[n]["id"], completed=False, due_at=due_at, **party)
    # As some sites send it.
    site.change("todo_items", items[0]["id"], created_on=None, created_at="2027-02-01T08:30:00Z")
    moments = ("2025-11-02T23:30:00Z", "2025-11-03T00:30:00Z", None, None)
    for item, moment, day in zip(items[5:], moments, (None, None, "2025-11-03T00:00:00Z", None), strict=False):
        done = {"completed_at": moment, "completed_on": day, "completer_id": person["id"], "completer_name": "once"}
        site.change("todo_items", item["id"], completed=True, **done)


def assert_views_are_right(ask: Ask, site: LiveSite, least: int = 1) -> None:
    described = {view.name: list(view.columns) for view in all_views(CLASSIC)}
    for name, worked_out in VIEWS.items():
        columns, wanted = described[name], list(worked_out(site))
        assert len(wanted) >= least, f"{name} shows too little"
        assert all(row.keys() == set(columns) for row in wanted), name
        found = Counter(tuple(map(in_utc, row)) for row in ask(f"SELECT {', '.join(columns)} FROM {name}"))
        assert found == Counter(tuple(in_utc(row[column]) for column in columns) for row in wanted), name


def test_the_views_of_classic_answer_as_the_site_does_whatever_has_changed(begin: Begin, place: str) -> None:
    syncing = begin(SMALL, place)
    sandbox, site = syncing.sandbox, syncing.sandbox.classic
    prepare(sandbox)
    assert syncing.sync().exit_code == 0
    weeks = set()
    for zone in ("UTC", "America/Los_Angeles"):
        with session(place, zone, syncing.dataset) as ask:
            assert_views_are_right(ask, LiveSite(sandbox, zone), least=2)
            weeks.add(str(ask("SELECT week, sum(completed) FROM completed_per_week GROUP BY week ORDER BY week")))
    assert len(weeks) == 2, "the zone made no difference"
    before = LiveSite(sandbox)
    first, second, third = [one["id"] for one in site.records("projects") if one["status"] == "active"]
    site.change("projects", first, name="Renamed", company={"id": site.records("companies")[1]["id"], "name": "old"})
    site.change("companies", site.records("companies")[1]["id"], name="Renamed & Co")
    site.change("people", site.records("people")[0]["id"], first_name="Re", last_name="Named")
    site.change("todo_lists", site.records("todo_lists")[0]["id"], name="Renamed")
    pending = [one for one in site.records("todo_items") if not one["completed"] and one["project_id"] == first]
    site.change("todo_items", pending[0]["id"], completed=True, completed_at="2026-02-02T12:00:00Z")
    site.remove("todo_items", pending[1]["id"])
    site.remove("time_entries", site.records("time_entries")[0]["id"])
    site.add("comments", first, created_at="2027-01-01T00:00:00Z")
    site.change("projects", second, status="on_hold")
    site.change("projects", third, status="archived")
    site.remove("projects", next(one["id"] for one in site.records("projects") if one["status"] == "archived"))
    assert syncing.sync().exit_code == 0
    with session(place, dataset=syncing.dataset) as ask:
        assert_views_are_right(ask, LiveSite(sandbox, before=before))


def test_a_view_of_classic_takes_names_from_records_where_other_tables_are_missing(begin: Begin) -> None:
    syncing = begin()
    prepare(syncing.sandbox)
    streams = ("projects", "todo_items", "time_entries")
    assert syncing.sync("--streams", ",".join(streams), "--json").summary["views"] == sorted(VIEWS)
    with session(syncing.to) as ask:
        assert_views_are_right(ask, LiveSite(syncing.sandbox, streams=streams))


# --- datasets and words -----------------------------------------------------------------------------------------------


def test_a_dataset_holds_one_product_also_where_both_have_the_same_account_id(tmp_path: Path) -> None:
    with Sandbox(classic=ClassicSize(account_id=1_999_990, projects=1), rate_limit=False) as sandbox:
        to = f"duckdb:{tmp_path / 'one.duckdb'}"
        three, classic = SyncingHere(sandbox, tmp_path, to), ClassicSyncing
        assert three.sync("--streams", "people").exit_code == 0
        refused = classic(sandbox, tmp_path, to).sync("--streams", "companies")
        holds = f"{to.removeprefix('duckdb:')} holds the tables of Basecamp account "
        assert refused.exit_code == 1
        assert f"{holds}1999990, and the configuration is for account 1999990 (Basecamp Classic). " in refused.stderr
        beside = classic(sandbox, tmp_path, to).sync("--streams", "people", "--dataset", "classic")
        assert beside.exit_code == 0, beside.stderr
        refused = SyncingHere(sandbox, tmp_path, to).sync("--streams", "people", "--dataset", "classic")
        assert refused.exit_code == 1
        assert f"{holds}1999990 (Basecamp Classic), and the configuration is for account 1999990. " in refused.stderr
        assert three.sync("--streams", "people", "--json").counts("people") == (0, 0, 0, 0)
        # As earlier versions wrote it, which read one product.
        assert three.query("SELECT scope FROM _basecamp_state") == [('{"project_ids":[],"start_date":null}',)]


def test_a_stream_that_classic_does_not_have_is_named_with_those_that_it_has(begin: Begin) -> None:
    ended = begin(TINY).sync("--streams", "todos,people")
    assert ended.exit_code == 2
    assert ended.stderr.startswith(f"Error: Basecamp Classic has no stream todos. It has {', '.join(STREAMS)}. ")


def test_a_result_of_classic_suggests_to_look_at_its_open_todos(begin: Begin) -> None:
    assert "FROM open_todos LIMIT 10" in begin(TINY).sync("--streams", "projects,todo_items").stdout
