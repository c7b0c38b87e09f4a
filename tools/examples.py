"""Runs the examples for orchestrators against the sandbox: `python -m tools.examples prefect .venv-prefect`.

Each is run twice with a configuration that works, and once with one that cannot, which has to fail without a retry.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from sandbox import AccountSize, Sandbox

EXAMPLES = Path(__file__).parents[1] / "examples"
COMMANDS = {
    "airflow": [["airflow", "db", "migrate"], ["python", "{file}"]],
    "dagster": [["dagster", "asset", "materialize", "-f", "{file}", "--select", "*"]],
    "prefect": [["python", "{file}"]],
}
KINDS = {"todos": "Todo", "messages": "Message", "cards": "Kanban::Card"}
"""Some of the streams that the examples load, and the types of their recordings."""
MINUTES_BEFORE_A_RETRY = 10


def main(name: str, environment: Path) -> int:
    with tempfile.TemporaryDirectory() as place, Sandbox(AccountSize(), rate_limit=False) as sandbox:
        folder = Path(place)
        config = folder / "config.json"
        config.write_text(json.dumps(sandbox.config()))
        config.chmod(0o600)
        for _ in range(2):
            sandbox.log.clear()
            sandbox.account.create("Todo")
            _require(_run(name, environment.absolute(), folder, sandbox) == 0, f"{name} failed")
            _require(_rows(folder) == _account(sandbox), f"{name}: {_rows(folder)} is not {_account(sandbox)}")
        _require(sandbox.log.count("/authorization/token") == 0, f"{name} did not keep its access token")
        _require(config.stat().st_mode & 0o077 == 0, f"{name} lets others read the configuration")
        config.write_text(json.dumps(sandbox.config(client_secret="wrong", access_token="", token_expiry_date="")))
        began = time.monotonic()
        _require(_run(name, environment.absolute(), folder, sandbox) != 0, f"{name} took a wrong configuration")
        _require(time.monotonic() - began < MINUTES_BEFORE_A_RETRY * 60, f"{name} tried a wrong configuration again")
    print(f"{name}: loaded the account, then what changed, and failed at once with a wrong configuration.")
    return 0


def _run(name: str, environment: Path, folder: Path, sandbox: Sandbox) -> int:
    settings = {
        "BASECAMP_CONFIG": str(folder / "config.json"),
        "BASECAMP_DUCKDB": str(folder / "basecamp.duckdb"),
        "SOURCE_BASECAMP": str(Path(sys.executable).with_name("source-basecamp")),
        "HOME": str(folder),
        "DAGSTER_HOME": str(folder),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # It makes its database at the first start.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "AIRBYTE_OFFLINE_MODE": "1",
        "DO_NOT_TRACK": "1",
    }
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # Where Airflow looks for it.
    (dags := folder / "dags").mkdir(exist_ok=True)
    file = shutil.copy(EXAMPLES / f"{name}_basecamp.py", dags)
    for command in COMMANDS[name]:
        words = [word.format(file=file) for word in command]
        program = str(environment / "bin" / words[0])
        done = subprocess.run(
            [program, *words[1:]], env=os.environ | sandbox.env | settings | {"PATH": path}, cwd=folder, check=False
        )
    return done.returncode


def _rows(folder: Path) -> dict[str, int]:
    with duckdb.connect(str(folder / "basecamp.duckdb"), read_only=True) as database:
        return {
            stream: database.execute(f"SELECT count(*) FROM raw_basecamp.{stream}").fetchall()[0][0] for stream in KINDS
        }


def _account(sandbox: Sandbox) -> dict[str, int]:
    return {stream: len(sandbox.account.records(kind)) for stream, kind in KINDS.items()}


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(otherwise)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
