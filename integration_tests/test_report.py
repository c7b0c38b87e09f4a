"""The report of `source-basecamp report` says what the views say, on DuckDB and PostgreSQL."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.places import execute
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.report import Page, Row, report, view_reader
from integration_tests.support.sizes import EMPTY
from integration_tests.support.sync import here
from sandbox import AccountSize
from sandbox.account import Account
from sandbox.demo import STREAMS
from source_basecamp.product import CLASSIC
from source_basecamp.report.contents import SHOWN
from source_basecamp.warehouse.reading import OF_CLASSIC
from source_basecamp.warehouse.state import STATES, Scope

SIZE = AccountSize(projects=14, archived_projects=1, todos=(120, 6, 4), messages=(5, 1, 1), schedule_entries=(30, 3, 2))
ONLY = ("--streams", ",".join(STREAMS))

Connect = Callable[..., Connector]
Read = Callable[[str], list[Row]]


def prepare(account: Account) -> None:
    """Work that is overdue, due, and done in the last months; hours, of a client too; and texts that could do harm."""
    now = datetime.now(UTC)
    people, todos = account.people(), account.feed("Todo")
    for n, record in enumerate(todos[:90]):
        due = (now + timedelta(days=n - 50)).date().isoformat()
        whose = people[n % 5 : n % 5 + n % 4]
        account.update(record["id"], due_on=due, completed=False, completion=None, assignees=whose)
    for n, record in enumerate(todos[60:90]):
        begun, done = (iso(now - timedelta(days=9 * n + days)) for days in (n % 7 + 1, 0))
        completion = {"created_at": done, "creator": people[n % 3]}
        account.update(record["id"], created_at=begun, completed=True, completion=completion)
    for n, record in enumerate(account.feed("Kanban::Card")):
        account.update(record["id"], due_on=(now - timedelta(days=n)).date().isoformat(), completed=n % 2 == 1)
    for n, record in enumerate(account.feed("Schedule::Entry")[:12]):
        begin = now + timedelta(days=n, hours=1)
        account.update(record["id"], all_day=False, starts_at=iso(begin), ends_at=iso(begin + timedelta(hours=1)))
    account.update(todos[0]["id"], title="<script>alert(1)</script> & \"more\" 'of' it", app_url="javascript:alert(1)")
    account.update(todos[1]["id"], title="<img src=x onerror=alert(2)>" + "long " * 90)


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(value: date | None) -> str:
    return f"{value.day} {value:%b %Y}" if value else ""


def plain(text: str | None) -> str:
    """A text as the page shows it."""
    words = " ".join("".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in text or "").split())
    return words if len(words) <= 160 else f"{words[:159].rstrip()}…"


def names(people: str | None) -> str:
    return plain(people) if len(people or "") <= 90 else f"{plain(people)[:90].rpartition(', ')[0]}, …"


def texts(page: Page, section: str) -> list[list[str]]:
    return [[cell.text for cell in row] for row in page.table(section)]


def cut(rows: list[Any]) -> str:
    return f"and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""


def safe(url: str) -> str:
    return url if url.startswith("http") else ""


def quartile(values: list[float], part: float) -> float:
    place = part * (len(values) - 1)
    below = sorted(values)[int(place)]
    above = sorted(values)[min(int(place) + 1, len(values) - 1)]
    return below + (above - below) * (place - int(place))


def compare_overdue(page: Page, read: Read, today: date) -> None:
    late = [row for row in read("slipped") if row["completed_at"] is None]
    late.sort(key=lambda row: (-row["days_late"], row["due_on"], row["kind"], row["id"]))
    assert [[(cell.text, cell.note, cell.link) for cell in row] for row in page.table("overdue")] == [
        [
            (plain(row["title"]), plain(row["project"]), safe(row["app_url"])),
            (names(row["assignees"]) or "nobody", "", ""),
            (day(row["due_on"]), "", ""),
            (str(row["days_late"]), "", ""),
        ]
        for row in late[:SHOWN]
    ]
    nobody = sum(row["assignees"] is None for row in late)
    assert page.figures["overdue"] == (str(len(late)), "overdue", f"{nobody} assigned to nobody")
    assert f"{len(late)} to-dos and cards are past the due date; {nobody} of" in page.lead("overdue")
    assert page.more("overdue") == cut(late)
    ages = Counter(sum(row["days_late"] > end for end in (7, 30, 90)) for row in late)
    assert page.letters("overdue")[-4:] == [str(ages[n]) for n in range(4)]


def compare_workload(page: Page, read: Read, today: date) -> None:
    people = [row | {"work": row["open_todos"] + row["open_cards"] + row["open_steps"]} for row in read("workload")]
    people.sort(key=lambda row: (-row["overdue"], -row["work"], row["person_id"]))
    columns = ("overdue", "open_todos", "open_cards", "open_steps")
    assert texts(page, "workload") == [
        [plain(row["person"]), *(str(row[name]) for name in columns), day(row["next_due_on"])] for row in people[:SHOWN]
    ]
    most = max(row["work"] for row in people)
    for row, (cell, *_) in zip(people, page.table("workload"), strict=False):
        parts = (row["overdue"], row["work"] - row["overdue"])
        assert cell.bars == pytest.approx([100 * part / most for part in parts], abs=0.06)
    assert page.more("workload") == cut(people)


def compare_completed(page: Page, read: Read, today: date) -> None:
    per_week: Counter[date] = Counter()
    for row in read("completed_per_week"):
        per_week[row["week"]] += row["completed"]
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=n) for n in range(26)]
    assert texts(page, "completed") == [[day(week), str(per_week[week])] for week in weeks]
    assert page.lead("completed").startswith(f"{sum(per_week[week] for week in weeks)} to-dos were completed")
    assert page.figures["completed"][0] == str(per_week[weeks[1]])
    assert page.figures["completed"][2] == f"last week; {per_week[weeks[2]]} the week before"


def compare_cycle_time(page: Page, read: Read, today: date) -> None:
    months: dict[date, list[float]] = defaultdict(list)
    for row in read("cycle_time"):
        months[row["completed_at"].astimezone(UTC).date().replace(day=1)].append(float(row["days"]))
    year = {month: days for month, days in months.items() if month > today.replace(year=today.year - 1)}
    assert len(year) > 6
    assert [row[:1] + row[4:] for row in texts(page, "cycle-time")] == [
        [f"{month:%b %Y}", str(len(year[month]))] for month in sorted(year, reverse=True)
    ]
    told = [float(cell) for row in texts(page, "cycle-time") for cell in row[1:4]]
    spread = [quartile(year[month], part) for month in sorted(year, reverse=True) for part in (0.25, 0.5, 0.75)]
    assert told == pytest.approx(spread, abs=0.051)
    median = quartile([one for days in year.values() for one in days], 0.5)
    assert float(page.figures["cycle-time"][0]) == pytest.approx(median, abs=0.051)


def compare_projects(page: Page, read: Read, today: date) -> None:
    found = [row | {"late": row["overdue_todos"] + row["overdue_cards"]} for row in read("project_activity")]
    found.sort(key=lambda row: (-row["late"], row["last_change"], row["id"]))
    numbers = ("late", "open_todos", "open_cards")
    assert [[row[0].link, *(cell.text for cell in row)] for row in page.table("projects")] == [
        [row["app_url"], plain(row["project"]), *(str(row[name]) for name in numbers), day(changed(row))]
        for row in found[:SHOWN]
    ]
    work = sum(row["open_todos"] + row["open_cards"] for row in found)
    assert page.figures["projects"] == (str(work), "open", f"to-dos and cards in {len(found)} projects")
    quiet = sum((today - changed(row)).days > 30 for row in found)
    late = sum(row["late"] > 0 for row in found)
    assert f"{late} {'has' if late == 1 else 'have'} overdue work; {quiet} ha" in page.lead("projects")
    assert page.more("projects") == cut(found)


def changed(row: Row) -> date:
    moment: datetime = row["last_change"]
    return moment.astimezone(UTC).date()


def compare_hours(page: Page, read: Read, today: date) -> None:
    spent: Counter[tuple[int, str, str]] = Counter()
    people = defaultdict(set)
    for row in read("hours"):
        if today - timedelta(days=90) < row["date"] <= today and row["hours"] is not None:
            key = (row["project_id"], row["project"], row["client_company"] or "")
            spent[key] += row["hours"]
            people[key].add(row["person_id"])
    found = sorted(spent, key=lambda key: (-spent[key], key[0]))
    assert [[row[0].note, *(cell.text for cell in row)] for row in page.table("hours")] == [
        [key[2], plain(key[1]), str(len(people[key])), f"{spent[key]:.1f}"] for key in found[:SHOWN]
    ]
    assert page.figures["hours"][0] == f"{sum(spent.values()):.0f}"
    assert page.lead("hours").startswith(f"{sum(spent.values()):.1f} hours")
    for_clients = sum(spent[key] for key in found if key[2])
    assert f"{for_clients:.1f} of them in projects for clients" in page.lead("hours")


def compare_upcoming(page: Page, read: Read, today: date) -> None:
    end = today + timedelta(days=14)
    lines = []
    for row in read("upcoming_schedule"):
        if row["days_until"] <= 14:
            at = "" if row["all_day"] else f"{row['starts_at'].astimezone(UTC):%H:%M}"
            lines.append((max(row["first_day"], today), at, 0, row["id"], row["first_day"], at or "all day", row))
    events = len(lines)
    for row in read("open_todos"):
        if row["due_on"] and today <= row["due_on"] <= end:
            lines.append((row["due_on"], "", 1, row["id"], row["due_on"], "due", row))
    lines.sort(key=lambda line: line[:4])
    assert [[row[0].note, row[1].link, *(cell.text for cell in row)] for row in page.table("upcoming")] == [
        [
            note,
            row["app_url"],
            f"{begins:%a} {begins.day} {begins:%b}",
            plain(row["title"]),
            names(row.get("participants") or row.get("assignees")),
        ]
        for *_, begins, note, row in lines[:SHOWN]
    ]
    assert f"{events} events and {len(lines) - events} to-dos due" in page.lead("upcoming")
    assert page.figures["upcoming"][0] == str(len(lines))
    assert page.more("upcoming") == cut(lines)


def compare_checkins(page: Page, read: Read, today: date) -> None:
    asked = defaultdict(list)
    for row in read("checkin_gaps"):
        if row["last_round_on"]:
            asked[row["question_id"]].append(row)
    missing = {id: [row for row in rows if not row["answered_last_round"]] for id, rows in asked.items()}
    found = [id for id in asked if missing[id]]
    found.sort(key=lambda id: (-asked[id][0]["last_round_on"].toordinal(), -len(missing[id]), id))
    assert [[row[0].text, row[0].link, row[2].text, row[3].text] for row in page.table("check-ins")] == [
        [
            plain(asked[id][0]["question"]),
            asked[id][0]["app_url"],
            day(asked[id][0]["last_round_on"]),
            f"{len(missing[id])} of {len(asked[id])}",
        ]
        for id in found[:SHOWN]
    ]
    for id, row in zip(found, page.table("check-ins"), strict=False):
        assert {plain(one["person"]) for one in missing[id]} >= {
            name for name in row[1].text.split(", ") if name != "…"
        }
    assert page.lead("check-ins").startswith(f"{sum(map(len, missing.values()))} answers are missing")


COMPARED = {
    "overdue": compare_overdue,
    "workload": compare_workload,
    "completed": compare_completed,
    "cycle-time": compare_cycle_time,
    "projects": compare_projects,
    "hours": compare_hours,
    "upcoming": compare_upcoming,
    "check-ins": compare_checkins,
}


@pytest.mark.slow
def test_every_number_of_the_report_is_one_of_the_views(connect: Connect, tmp_path: Path, place: str) -> None:
    connector = connect(SIZE)
    prepare(connector.sandbox.account)
    assert here(connector, tmp_path, place).sync(*ONLY).exit_code == 0
    execute(place, "UPDATE timesheet_entries SET date = current_date - CAST(id % 100 AS int)")
    client = 'client_company_id = 1, client_company = \'{"name": "A & B"}\''
    execute(place, f"UPDATE projects SET {client} WHERE id % 2 = 0")
    ended = report(place, "--output", str(tmp_path / "report.html"), "--json")
    assert (ended.exit_code, ended.stderr) == (0, "")
    page, read, today = Page(tmp_path / "report.html"), view_reader(place), datetime.now(UTC).date()
    assert list(page.sections) == list(COMPARED) == json.loads(ended.stdout)["sections"]
    assert list(page.figures) == [id for id in COMPARED if id not in ("workload", "check-ins")]
    for compare in COMPARED.values():
        compare(page, read, today)
    assert page.root.one("h1").text == "Honcho Design"


SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=(20, 2, 1), messages=(5, 1, 1))


def test_a_report_on_an_empty_account_says_that_there_is_nothing(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(EMPTY), tmp_path)
    syncing.sync(*ONLY)
    ended = report(syncing.to, "--output", str(tmp_path / "empty.html"))
    assert (ended.exit_code, ended.stderr) == (0, "")
    page = Page(tmp_path / "empty.html")
    assert list(page.sections) == list(COMPARED)
    assert {value for value, *_ in page.figures.values()} == {"0"}
    assert [*page.root.all("table"), *page.root.all("svg")] == []
    assert [page.lead(id) for id in ("overdue", "projects")] == ["Nothing is overdue.", "There are no active projects."]


def test_a_section_without_its_view_is_left_out_and_the_report_says_what_to_sync(
    connect: Connect, tmp_path: Path
) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "projects,todos", "--dataset", "team")
    file = tmp_path / "some.html"
    ended = report(syncing.to, "--dataset", "team", "--output", str(file))
    page = Page(file)
    assert list(page.sections) == ["overdue", "completed", "cycle-time", "projects", "upcoming"]
    left_out = (
        "Left out for want of tables: workload (cards, steps), hours (timesheet_entries), events to come "
        "(schedule_entries), check-ins (questions, question_answers, project_people). Sync these streams too, and make "
        "the report again."
    )
    assert page.root.one("footer").text.startswith(left_out)
    assert f" is in {file} (" in ended.stdout
    assert ended.stdout.endswith(f"\n{left_out}\n")
    # The stream account is not loaded.
    assert page.root.one("h1").text == f"Account {syncing.sandbox.account.account_id}"


def test_a_view_of_an_earlier_version_is_left_out_until_the_next_sync(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "projects,todos")
    execute(syncing.to, "CREATE OR REPLACE VIEW project_activity AS SELECT 1 AS id, 'old' AS project")
    ended = report(syncing.to, "--output", str(tmp_path / "old.html"))
    assert "projects (sync again)" in ended.stdout
    assert "projects" not in Page(tmp_path / "old.html").sections


def test_the_report_says_how_old_its_data_is(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "projects,todos")
    file = tmp_path / "age.html"
    execute(syncing.to, "UPDATE _basecamp_state SET synced_at = TIMESTAMPTZ '2026-03-04 05:06:07+00'")
    report(syncing.to, "--output", str(file))
    told = "What Basecamp held on 4 Mar 2026 at 05:06, when it was last synced."
    assert Page(file).root.one("p", class_="age").text == told
    execute(syncing.to, "UPDATE _basecamp_state SET synced_at = synced_at - INTERVAL 3 DAY WHERE stream = 'todos'")
    ended = report(syncing.to, "--output", str(file))
    assert Page(file).root.one("p", class_="age").text == f"{told} Parts of it are older: the oldest are of 1 Mar 2026."
    assert "as of the last sync on 4 Mar 2026 at 05:06" in ended.stdout


def test_a_view_that_cannot_be_read_ends_the_report_in_words(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "projects,people,todos")
    execute(syncing.to, "DROP TABLE people")
    ended = report(syncing.to, "--output", str(tmp_path / "broken.html"))
    assert ended.exit_code == 1
    assert "The tables and views in schema main of duckdb:" in ended.stderr
    assert not (tmp_path / "broken.html").exists()


def test_the_report_is_made_of_the_database_beside_parquet_files(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path, f"parquet:{tmp_path}/files")
    syncing.sync("--streams", "projects,todos")
    assert report(syncing.to, "--output", str(tmp_path / "files.html")).exit_code == 0
    assert "overdue" in Page(tmp_path / "files.html").sections


def test_a_report_changes_nothing_in_the_database_and_replaces_its_file_as_a_whole(
    connect: Connect, tmp_path: Path
) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "projects,todos")
    database, file = tmp_path / "basecamp.duckdb", tmp_path / "out" / "report.html"
    before = database.read_bytes()
    file.parent.mkdir()
    file.write_text("the old one")
    kept = file.open()
    assert report(syncing.to, "--output", str(file)).exit_code == 0
    assert database.read_bytes() == before
    # Whoever reads the old file reads all of it.
    assert kept.read() == "the old one"
    assert [path.name for path in file.parent.iterdir()] == ["report.html"]
    assert file.stat().st_mode & 0o777 == database.stat().st_mode & 0o777


def test_the_report_on_postgres_is_made_by_a_login_that_may_only_read(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = postgres.new_database("only_read")
    syncing = here(connect(SMALL), tmp_path, postgres.url(name))
    syncing.sync("--streams", "projects,todos")
    ask = postgres.query(name)
    ask(f"CREATE ROLE manager LOGIN PASSWORD '{PASSWORD}'")
    place, options = postgres.url(name, "manager"), ("--output", str(tmp_path / "read.html"))
    refused = report(place, *options)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "holds no tables of a sync in schema basecamp that this login may read" in refused.stderr
    ask("GRANT USAGE ON SCHEMA basecamp TO manager")
    ask("GRANT SELECT ON ALL TABLES IN SCHEMA basecamp TO manager")
    assert report(place, *options).exit_code == 0
    ask("REVOKE SELECT ON basecamp.todos FROM manager")
    assert report(place, *options).exit_code == 0, "a view reads with the rights of its owner"
    monkeypatch.setenv("PGPASSWORD", "wrong")
    assert "PostgreSQL refuses the login 'manager' at" in report(place, *options).stderr


@pytest.mark.parametrize(
    ("place", "code", "says"),
    [
        ("duckdb:missing.duckdb", 1, "There is no file missing.duckdb. Name one that a sync has written, or write it:"),
        ("parquet:nowhere", 1, "There is no file nowhere/.basecamp.duckdb."),
        ("duckdb:config.json", 1, "config.json is not a DuckDB database, or one of a newer DuckDB."),
        ("duckdb:noise.duckdb", 1, "noise.duckdb is not a DuckDB database, or one of a newer DuckDB."),
        ("duckdb:other.duckdb", 1, "duckdb:other.duckdb holds no tables of a sync in schema main that this login may"),
        ("postgres://me:secret@localhost/x", 2, "The address on the command line holds a password"),
        ("postgres://me@127.0.0.1:1/x", 1, "No PostgreSQL answers at postgres://me@127.0.0.1:1/x: Connection refused."),
        ("bigquery:", 2, "There are no views to read in bigquery. Name duckdb:FILE, postgres://USER@HOST/DATABASE or"),
        ("nowhere", 2, "'nowhere' is not a destination."),
    ],
)
def test_a_place_that_no_report_can_be_made_of_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "noise.duckdb").write_bytes(b"noise" * 5000)
    duckdb.connect("other.duckdb").close()
    ended = report(place)
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert ended.stderr.startswith(f"Error: {says}"), ended.stderr
    assert "secret" not in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "noise.duckdb", "other.duckdb"]


def test_a_classic_account_is_none_that_the_report_is_on(tmp_path: Path) -> None:
    file = tmp_path / "classic.duckdb"
    with duckdb.connect(str(file)) as database:
        database.execute(
            f"CREATE TABLE {STATES.name} ({', '.join(f'{c.name} {c.duckdb_type}' for c in STATES.columns)})"
        )
        limits = Scope.of({"account_id": 1, "product": CLASSIC}).limits
        database.execute(f"INSERT INTO {STATES.name} VALUES ('projects', '1', '{limits}', NULL, now())")
    refused = report(f"duckdb:{file}")
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"Error: {OF_CLASSIC.format(place=f'duckdb:{file}', dataset='main')}\n",
    )


def test_an_output_that_cannot_be_written_is_told_in_words(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "projects")
    nowhere = report(syncing.to, "--output", f"{tmp_path}/none/report.html")
    folder = report(syncing.to, "--output", str(tmp_path))
    assert (nowhere.exit_code, folder.exit_code) == (1, 2)
    assert f"cannot be written: there is no folder {tmp_path}/none. Make it, or name another file" in nowhere.stderr
    assert "is a directory" in folder.stderr


def test_a_report_without_its_packages_says_which_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("source_basecamp.report")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "altair", None)
    ended = report(f"duckdb:{tmp_path}/x.duckdb")
    assert ended.exit_code == 1
    assert "Install them with `pip install 'airbyte-source-basecamp[report]'`." in ended.stderr
