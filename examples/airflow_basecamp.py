"""A Basecamp account in DuckDB, kept up to date by Airflow 3: https://airflow.apache.org

PyAirbyte and Airflow pin different versions of the same libraries, so PyAirbyte has an environment of its own:

    python3.11 -m venv pyairbyte    # or 3.12
    pyairbyte/bin/pip install 'airbyte>=0.69' airbyte-source-basecamp
    pyairbyte/bin/source-basecamp login    # writes config.json
    export PYAIRBYTE_PYTHON=$PWD/pyairbyte/bin/python
    export BASECAMP_CONFIG=$PWD/config.json BASECAMP_DUCKDB=$PWD/basecamp.duckdb
    airflow db migrate
    cp airflow_basecamp.py ~/airflow/dags           # or where your dags are: Airflow runs no other
    python ~/airflow/dags/airflow_basecamp.py       # one sync now; with a scheduler, one every hour

SOURCE_BASECAMP names another connector than the one in that environment.
"""

from __future__ import annotations

import os
import shlex
import sys
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import dag, task

PYTHON = os.environ.get("PYAIRBYTE_PYTHON", "/opt/pyairbyte/bin/python")
STREAMS = ["projects", "people", "todolists", "todos", "messages", "comments", "schedules", "schedule_entries", "cards"]


@dag(
    schedule="@hourly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # One at a time: two syncs of one account would share its state and Basecamp's rate limit.
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["basecamp"],
)
def basecamp() -> None:
    @task.bash(retries=0)
    def check() -> str:
        """Ends the run where somebody has to mend the configuration first: no retry of `read` does that."""
        connector = os.environ.get("SOURCE_BASECAMP", str(Path(PYTHON).with_name("source-basecamp")))
        config = os.environ.get("BASECAMP_CONFIG", "config.json")
        return shlex.join([connector, "doctor", "--config", config, "--streams", "projects"])

    @task.external_python(python=PYTHON, expect_airflow=False)
    def read(streams: list[str]) -> dict[str, int]:
        """Loads what changed since the last run; a retry goes on from there. Returns the rows of each table."""
        # Runs in the other environment, from its source alone: nothing else of this file is defined there.
        import json
        import os
        import sys
        from pathlib import Path

        import airbyte
        from airbyte.caches import DuckDBCache

        file = Path(os.environ.get("BASECAMP_CONFIG", "config.json"))

        def keep(config: dict[str, object]) -> None:
            # Replaced as a whole: the refresh token is kept nowhere else.
            draft = file.with_name(f"{file.name}.new")
            draft.touch(0o600)
            draft.write_text(json.dumps(config, indent=2))
            draft.replace(file)

        beside = Path(sys.executable).with_name("source-basecamp")
        source = airbyte.get_source(
            "source-basecamp",
            config=json.loads(file.read_bytes()),
            # The access token is valid for two weeks: kept, it is refreshed once in that time and not in each run.
            config_change_callback=keep,
            local_executable=os.environ.get("SOURCE_BASECAMP", str(beside)),
            streams=streams,
        )
        # For Postgres: airbyte.caches.PostgresCache(host=..., database=..., username=..., password=...,
        # schema_name=...).
        # One schema for each Basecamp account, which holds its state. The schema must not have the file's name.
        tables = os.environ.get("BASECAMP_DUCKDB", "basecamp.duckdb")
        result = source.read(cache=DuckDBCache(db_path=tables, schema_name="raw_basecamp"))
        print(f"{result.processed_records:,} records read")
        return {name: len(table) for name, table in result.items()}

    check() >> read(STREAMS)


basecamp_dag = basecamp()

if __name__ == "__main__":
    sys.exit(basecamp_dag.test().state != "success")
