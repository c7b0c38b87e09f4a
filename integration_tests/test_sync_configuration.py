"""One configuration, written in another form, is the same configuration to `sync`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.sync import Ended, SyncingHere, here
from sandbox import AccountSize

SMALL = AccountSize(projects=4, archived_projects=0, todos=(40, 4, 2), messages=(12, 2, 1), schedule_entries=(8, 1, 1))
ONLY = ("--streams", "todos")
REWRITTEN = [
    ("account_id", "1999990", 1999990.0),
    ("account_id", "1999990", " 1999990 "),
    ("start_date", "2020-01-01", "2020-01-01T00:00:00Z"),
    ("start_date", "2020-01-01T02:00:00+02:00", "2020-01-01T00:00:00.000Z"),
    ("project_ids", [], None),
    ("start_date", None, ""),
    ("account_id", 1999990, "https://3.basecamp.com/1999990/projects"),
]

rewritten = pytest.mark.parametrize(("field", "before", "after"), REWRITTEN, ids=str)
Connect = Callable[..., Connector]


def rewrite(syncing: SyncingHere, field: str, value: Any) -> None:
    config = json.loads(syncing.config.read_text())
    syncing.config.write_text(json.dumps({**config, field: value}))


def assert_idle(syncing: SyncingHere, ended: Ended) -> None:
    """One page for each of the three statuses, and no word of a change."""
    assert (ended.exit_code, ended.stderr.count("Warning")) == (0, 0), ended.stderr
    assert ended.counts("todos") == (0, 0, 0, 0)
    assert syncing.sandbox.log.count(r"recordings\.json") == 3


@rewritten
def test_a_rewritten_option_goes_on_from_the_saved_state(
    connect: Connect, tmp_path: Path, field: str, before: Any, after: Any
) -> None:
    syncing = here(connect(SMALL), tmp_path, **{field: before})
    assert syncing.sync(*ONLY).exit_code == 0
    rewrite(syncing, field, after)
    syncing.sandbox.log.clear()
    assert_idle(syncing, syncing.sync(*ONLY, "--json"))


@pytest.mark.parametrize(("field", "value"), [("account_id", 1999990.0), ("start_date", "2020-01-01")], ids=str)
def test_a_state_that_version_1_0_0_saved_as_a_person_wrote_it_is_gone_on_from(
    connect: Connect, tmp_path: Path, field: str, value: Any
) -> None:
    syncing = here(connect(SMALL), tmp_path, **{field: value})
    assert syncing.sync(*ONLY).exit_code == 0
    limits = json.dumps({"project_ids": [], "start_date": value if field == "start_date" else None})
    with duckdb.connect(str(tmp_path / "basecamp.duckdb")) as database:
        database.execute(
            "UPDATE _basecamp_state SET scope = ?, account_id = ?",
            [limits, str(value) if field == "account_id" else "1999990"],
        )
    syncing.sandbox.log.clear()
    assert_idle(syncing, syncing.sync(*ONLY, "--json"))


def test_project_ids_may_be_numbers_and_texts_of_digits(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    first, second = (project["id"] for project in connector.sandbox.account.listing("projects")[:2])
    syncing = here(connector, tmp_path, project_ids=[first, str(second)])
    assert syncing.sync(*ONLY).exit_code == 0
    assert {project for (project,) in syncing.query("SELECT DISTINCT bucket->>'id' FROM todos")} == {
        str(first),
        str(second),
    }


UNWRITABLE = "The configuration cannot be written to {path}: File name too long. Choose another place with --config."


def unwritable(syncing: SyncingHere) -> str:
    """Gives the configuration a name to which not one letter can be added, as the file that replaces it needs."""
    syncing.config = syncing.config.rename(syncing.folder / ("c" * 255))
    return UNWRITABLE.format(path=syncing.config)


def test_a_token_that_cannot_be_saved_is_a_warning_before_any_request(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    reason = unwritable(syncing)
    ended = syncing.sync(*ONLY, "--json")
    assert (ended.exit_code, ended.counts("todos")[0]) == (0, 46)
    assert ended.stderr.splitlines()[0] == f"Warning: {reason} Until then, each run asks for a new access token."
    assert ended.stderr.count("Warning") == 1


def test_nothing_is_said_of_an_unwritable_file_while_the_token_lasts(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    token = {"access_token": connector.sandbox.tokens.issue(), "token_expiry_date": "2099-01-01T00:00:00Z"}
    syncing = here(connector, tmp_path, **token)
    unwritable(syncing)
    ended = syncing.sync(*ONLY)
    assert (ended.exit_code, ended.stderr.count("Warning")) == (0, 0)


def test_a_new_refresh_token_that_cannot_be_saved_fails_the_sync_in_our_words(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL, rotate_refresh_token=True)
    syncing = here(connector, tmp_path)
    reason = unwritable(syncing)
    ended = syncing.sync(*ONLY)
    lost = "Launchpad has replaced the refresh token, and the new one is lost."
    assert ended.exit_code == 1
    assert f"Error: todos: {lost} {reason} Run `source-basecamp login` again." in ended.stderr
    assert "nexpected" not in ended.stderr
