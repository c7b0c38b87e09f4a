"""A Basecamp account in DuckDB as Dagster assets, one for each stream: https://docs.dagster.io

    pip install dagster dagster-webserver 'airbyte>=0.69' airbyte-source-basecamp    # Python 3.11 or 3.12
    source-basecamp login    # writes config.json
    export DAGSTER_HOME=$PWD
    dagster instance concurrency set basecamp 1    # never two syncs at once
    dagster dev -f dagster_basecamp.py    # http://localhost:3000; every hour, once the schedule is switched on there

BASECAMP_CONFIG, BASECAMP_DUCKDB and SOURCE_BASECAMP in the environment name other files than the ones below.
"""

# No postponed annotations here: Dagster looks at the type of `context`.
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import airbyte
import dagster as dg
from airbyte import exceptions
from airbyte.caches import DuckDBCache

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


# Shown as overdue, and alerted on where alerts are set, when the last good sync is older than three hours.
FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=3))
SPECS = [
    dg.AssetSpec(["basecamp", stream], group_name="basecamp", kinds={"airbyte", "duckdb"}, freshness_policy=FRESH)
    for stream in STREAMS
]
RETRIES = dg.RetryPolicy(max_retries=2, delay=timedelta(minutes=10).seconds)


@dg.multi_asset(
    specs=SPECS,
    can_subset=True,
    retry_policy=RETRIES,
    # Two syncs of one account at once would share its state and Basecamp's rate limit.
    pool="basecamp",
)
def basecamp(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Loads what changed since the last run, of the streams selected. A retry goes on from the saved state."""
    source = airbyte.get_source(
        "source-basecamp",
        config=json.loads(CONFIG.read_bytes()),
        # The access token is valid for two weeks: kept, it is refreshed once in that time and not in each run.
        config_change_callback=keep,
        local_executable=CONNECTOR,
        streams=[key.path[-1] for key in context.selected_asset_keys],
    )
    try:
        source.check()
    except CANNOT_WORK as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    # For Postgres: airbyte.caches.PostgresCache(host=..., database=..., username=..., password=..., schema_name=...).
    # One schema for each Basecamp account, which holds its state. The schema must not have the file's name.
    result = source.read(cache=DuckDBCache(db_path=DUCKDB, schema_name="raw_basecamp"))
    context.log.info(f"{result.processed_records:,} records read")
    for stream, table in result.items():
        yield dg.MaterializeResult(["basecamp", stream], metadata={"dagster/row_count": len(table)})


every_sync = dg.define_asset_job("basecamp_sync", selection=[basecamp])

defs = dg.Definitions(
    assets=[basecamp],
    jobs=[every_sync],
    schedules=[dg.ScheduleDefinition(job=every_sync, cron_schedule="0 * * * *")],
)
