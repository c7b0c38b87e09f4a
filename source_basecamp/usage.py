"""The help of Airbyte's verbs, which the CDK's parser has too, two seconds later."""

from __future__ import annotations

import argparse

VERBS = {
    "spec": "Prints the connector's specification: the options of its configuration, as JSON schema.",
    "check": "Checks a configuration: reads one page of the projects, and prints whether that succeeded.",
    "discover": "Prints a catalog of all streams of the configured product, with their fields and sync modes.",
    "read": "Reads the streams of a configured catalog, and prints each record and each state as a line of JSON.",
}
"""Airbyte's, and what each does."""

_FILES = {
    "--config": "the configuration, as `source-basecamp login` writes it",
    "--catalog": "the configured catalog: the streams to read, and how",
    "--state": "the states that the last `read` printed, the last of each stream; without it, all is read",
}
_TAKES = {"spec": (), "check": ("--config",), "discover": ("--config",), "read": tuple(_FILES)}


def asks_for_help(args: list[str]) -> bool:
    """Whether the arguments of a verb ask for its help."""
    return not {"-h", "--help"}.isdisjoint(args)


def help_of(verb: str) -> str:
    """The help of a verb, as wide as the terminal."""
    parser = argparse.ArgumentParser(prog=f"source-basecamp {verb}", description=VERBS[verb])
    for option in _TAKES[verb]:
        parser.add_argument(option, metavar="FILE", required=option != "--state", help=_FILES[option])
    parser.add_argument("--debug", action="store_true", help="log more")
    return parser.format_help()
