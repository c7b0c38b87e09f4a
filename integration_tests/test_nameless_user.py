"""Every verb works as a user id that has no name and no home, as in a container under OpenShift."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.nameless import nameless_ids, run_nameless
from integration_tests.support.sync import Syncing, assert_equal_to_the_account
from sandbox import AccountSize

pytestmark = pytest.mark.skipif(not nameless_ids(), reason="needs user namespaces")

VERBS = {
    "spec": "spec",
    "check": "check --config config.json",
    "discover": "discover --config config.json",
    "read": "read --config config.json --catalog catalog.json",
    "streams": "streams",
    "accounts": "accounts --config config.json",
    "doctor": "doctor --config config.json --streams projects",
    "sync": "sync --to duckdb:basecamp.duckdb --streams projects --config config.json",
}

Connect = Callable[..., Connector]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_works_without_a_name_and_a_home(connect_process: Connect, tmp_path: Path, verb: str) -> None:
    syncing = Syncing(connect_process(AccountSize()).sandbox, tmp_path)
    stream = {"name": "projects", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    catalog = {"streams": [{"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}]}
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    done = run_nameless(*VERBS[verb].split(), **syncing.place)
    assert done.exit_code == 0, done.stderr[-2000:]
    if verb == "sync":
        assert_equal_to_the_account(syncing, ["projects"])
