"""How fast `source-basecamp sync` loads, with Basecamp's rate limit out of the way: `python -m bench.sync [TODOS]`.

To-dos of a made-up account, rendered beforehand, are served on loopback and synced into a new DuckDB file by the real
command, in a process of its own whose budget is off; then all of them again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from integration_tests.support.connector import ROOT, configured_catalog
from sandbox import AccountSize
from sandbox.account import Account

RECORDS, PAGE = 50_000, 100
TOKEN = {"access_token": "token", "expires_in": 1_209_600}
CONFIG = {"account_id": 1, "client_id": "id", "client_secret": "secret", "client_refresh_token_2": "refresh"}


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    todos = Account(AccountSize(projects=20, todos=records, messages=0, schedule_entries=0)).feed("Todo")
    pages = [orjson.dumps(todos[start : start + PAGE]) for start in range(0, records, PAGE)]
    del todos
    with _served(pages, records) as address, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.json").write_text(json.dumps(CONFIG))
        (folder / "catalog.json").write_text(json.dumps(configured_catalog(["todos"])))
        alone = _read(address, folder)
        print(f"reading alone: {records:,} to-dos, {records / alone:,.0f} a second with the start of the process")
        for what, options in (("first sync", []), ("full refresh", ["--full-refresh"])):
            summary = _sync(address, folder, options)
            (stream,) = summary["streams"]
            print(
                f"{what}: {stream['read']:,} to-dos of {sum(map(len, pages)) / records / 1000:.1f} kB in "
                f"{summary['seconds']:.1f} s, {stream['read'] / summary['seconds']:,.0f} a second; "
                f"{summary['elapsed'] / alone:.2f} of reading alone; "
                f"{summary['cpu_seconds']:.1f} s of processor, {summary['peak_kb'] / 1024:,.0f} MB"
            )


def _read(address: str, folder: Path) -> float:
    """Seconds of the verb `read`, which prints the records and does no more."""
    return _run(address, folder, "read", "--catalog", str(folder / "catalog.json"))[1]


def _sync(address: str, folder: Path, options: Sequence[str]) -> dict[str, Any]:
    place = f"duckdb:{folder}/bench.duckdb"
    done, elapsed = _run(address, folder, "sync", "--to", place, "--quiet", "--json", "--streams", "todos", *options)
    return {**json.loads(done.stdout), **json.loads(done.stderr.splitlines()[-1]), "elapsed": elapsed}


def _run(address: str, folder: Path, verb: str, *options: str) -> tuple[subprocess.CompletedProcess[bytes], float]:
    """A verb without its request budget, and the seconds that its process took."""
    command = [sys.executable, "-m", "bench.unlimited", verb, "--config", str(folder / "config.json"), *options]
    began = time.monotonic()
    with (folder / "printed").open("w+b") as printed:
        env = os.environ | {"BASECAMP_BASE_URL": address, "BASECAMP_LAUNCHPAD_URL": address}
        done = subprocess.run(command, stdout=printed, stderr=subprocess.PIPE, env=env, check=True, cwd=ROOT)
        elapsed = time.monotonic() - began
        printed.seek(0)
        done.stdout = printed.read() if verb == "sync" else b""
    return done, elapsed


@contextmanager
def _served(pages: Sequence[bytes], records: int) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(json.dumps(TOKEN).encode())

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            if query["status"] != ["active"]:
                self._answer(b"[]", {"X-Total-Count": "0"})
                return
            page = int(query.get("page", ["1"])[0])
            headers = {"X-Total-Count": str(records)}
            if page < len(pages):
                feed = "projects/recordings.json?type=Todo&sort=updated_at&direction=desc&status=active"
                headers["Link"] = f'<http://{self.headers["Host"]}/1/{feed}&page={page + 1}>; rel="next"'
            self._answer(pages[page - 1], headers)

        def _answer(self, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(200)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


if __name__ == "__main__":
    main()
