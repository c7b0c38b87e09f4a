"""A Basecamp account in DuckDB, kept up to date by Prefect: https://docs.prefect.io

    pip install prefect 'airbyte>=0.69' airbyte-source-basecamp    # Python 3.11 or 3.12
    source-basecamp login                                  # writes config.json
    python prefect_basecamp.py                             # one sync now
    python prefect_basecamp.py serve                       # one every hour, while this runs

BASECAMP_CONFIG, BASECAMP_DUCKDB and SOURCE_BASECAMP in the environment name other files than the ones below.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import airbyte
from airbyte import exceptions
from airbyte.caches import DuckDBCache
from prefect import flow, get_run_logger, task

CONFIG = Path(os.environ.get("BASECAMP_CONFIG", "config.json"))
DUCKDB = Path(os.environ.get("BASECAMP_DUCKDB", "basecamp.duckdb"))
CONNECTOR = os.environ.get("SOURCE_BASECAMP", "source-basecamp")
STREAMS = ["projects", "people", "todolists", "todos", "messages", "comments", "schedules", "schedule_entries", "cards"]

CANNOT_WORK = (exceptions.AirbyteConnectorCheckFailedError, exceptions.AirbyteConnectorValidationFailedError)
"""What somebody has to mend first: no retry does that."""


def keep(config: dict[str, object]) -> None:
    # Replaced as a whole: the refresh token is kept nowhere else.
    draft = CONFIG.with_name(f"{CONFIG.name}.new")
    draft.touch(0o600)
    draft.write_text(json.dumps(config, indent=2))
    draft.replace(CONFIG)


def can_work(task: object, run: object, state: Any) -> bool:
    return not isinstance(state.result(raise_on_failure=False), CANNOT_WORK)


@task(retries=2, retry_delay_seconds=timedelta(minutes=10).seconds, retry_condition_fn=can_work)
def read(streams: list[str]) -> dict[str, int]:
    """Loads what changed since the last run; a retry goes on from there. Returns the rows of each table."""
    source = airbyte.get_source(
        "source-basecamp",
        config=json.loads(CONFIG.read_bytes()),
        # The access token is valid for two weeks: kept, it is refreshed once in that time and not in each run.
        config_change_callback=keep,
        local_executable=CONNECTOR,
        streams=streams,
    )
    source.check()
    # For Postgres: airbyte.caches.PostgresCache(host=..., database=..., username=..., password=..., schema_name=...).
    # One schema for each Basecamp account, which holds its state. The schema must not have the file's name.
    result = source.read(cache=DuckDBCache(db_path=DUCKDB, schema_name="raw_basecamp"))
    get_run_logger().info("%s records read", f"{result.processed_records:,}")
    return {name: len(table) for name, table in result.items()}


@flow(name="basecamp")
def basecamp(streams: list[str] | None = None) -> dict[str, int]:
    """One sync."""
    return read(streams or STREAMS)


if __name__ == "__main__":
    if "serve" in sys.argv[1:]:
        # One at a time: two syncs of one account would share its state and Basecamp's rate limit.
        basecamp.serve(name="hourly", cron="0 * * * *", limit=1)
    else:
        print(basecamp())
