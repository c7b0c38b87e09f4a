"""`python -m sandbox`: serves a generated account and a Classic one, of today, until it is interrupted."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

from sandbox.account.clock import live_today
from sandbox.account.size import STATUSES, AccountSize
from sandbox.classic import ClassicSize
from sandbox.server.server import Sandbox

MAX_PORT = 65_535
_PLAIN_FLAGS = ("projects", "archived_projects", "trashed_projects", "people")
_COUNTED_FLAGS = ("todos", "messages", "schedule_entries")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 0 after Ctrl-C, 1 if the port is taken or the file cannot be written."""
    parser = _parser()
    options = parser.parse_args(arguments)
    live_today()
    try:
        size, classic = _size(options), ClassicSize(seed=options.seed)
        sandbox = Sandbox(size, port=options.port, rate_limit=options.rate_limit, classic=classic)
    except ValueError as error:
        parser.error(str(error))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        sandbox.start()
    except OSError as error:
        print(f"Cannot listen on port {options.port}: {error.strerror}.", file=sys.stderr)
        return 1
    try:
        for path, config in ((options.config, sandbox.config()), (options.classic_config, sandbox.classic_config())):
            if path:
                _write_config(path, config)
        print(_how_to(sandbox, options.config), flush=True)
        stopped.wait()
    except OSError as error:
        print(f"Cannot write {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    finally:
        sandbox.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    default = AccountSize()
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in for Basecamp on loopback.")
    parser.add_argument("--seed", type=int, default=default.seed, help="what the account is generated from")
    parser.add_argument("--port", type=_port, default=0, help="0, the default, takes a free one")
    for name in _PLAIN_FLAGS:
        parser.add_argument(_flag(name), type=int, default=getattr(default, name), metavar="N")
    for name in _COUNTED_FLAGS:
        parser.add_argument(_flag(name), type=_counts, default=getattr(default, name), metavar="N[,ARCHIVED[,TRASHED]]")
    parser.add_argument(
        "--records",
        type=_figure,
        action="append",
        default=[],
        metavar="NAME=N[,ARCHIVED[,TRASHED]]",
        help=f"how many of anything else; may be given more than once. NAME is one of: {', '.join(_others())}",
    )
    parser.add_argument("--no-rate-limit", dest="rate_limit", action="store_false", help="never answer 429")
    parser.add_argument(
        "--config", metavar="FILE", help="write the connector's configuration there, readable by you only"
    )
    parser.add_argument("--classic-config", metavar="FILE", help="the same for the Classic account")
    return parser


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _others() -> list[str]:
    """The fields of `AccountSize` that have no flag of their own."""
    own = {"seed", "account_id", *_PLAIN_FLAGS, *_COUNTED_FLAGS}
    return [name for name in AccountSize.__dataclass_fields__ if name not in own]


def _figure(text: str) -> tuple[str, int | tuple[int, ...]]:
    name, _, figures = text.partition("=")
    if name not in _others():
        raise argparse.ArgumentTypeError(f"one of {', '.join(_others())} wanted, got {name!r}")
    counts = _counts(figures)
    if isinstance(getattr(AccountSize(), name), tuple):
        return name, counts
    if len(counts) > 1:
        raise argparse.ArgumentTypeError(f"{name} have no status: one figure wanted, got {figures!r}")
    return name, counts[0]


def _counts(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) > len(STATUSES) or not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"up to three figures wanted ({', '.join(STATUSES)}), got {text!r}")
    return tuple(int(part) for part in parts)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number up to {MAX_PORT}, got {text!r}")
    return int(text)


def _size(options: argparse.Namespace) -> AccountSize:
    names = vars(options).keys() & AccountSize.__dataclass_fields__.keys()
    return AccountSize(**{name: getattr(options, name) for name in names}, **dict(options.records))


def _write_config(path: str, config: dict[str, Any]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump(config, file, indent=2)
        file.write("\n")


def _how_to(sandbox: Sandbox, config: str | None) -> str:
    exports = "\n".join(f"export {name}={value}" for name, value in sandbox.env.items())
    return (
        f"Serving account {sandbox.account.account_id}, and Classic account {sandbox.classic.account_id}, "
        f"at {sandbox.url}. Ctrl-C stops it.\n\n"
        f"{exports}\n\n"
        f"{json.dumps(sandbox.config(), indent=2)}\n\n"
        f"Read it: python main.py check --config {config or 'FILE'}\n"
        f"Log in to it, with the id and the secret above: python main.py login"
    )


if __name__ == "__main__":
    sys.exit(main())
