"""`source-basecamp doctor`: whether a sync would succeed, and what to mend before it does."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from source_basecamp.cli.options import config_option, json_option
from source_basecamp.product import BC3
from source_basecamp.terminal import ERRORS, SCREEN, plain, print_json, print_table

if TYPE_CHECKING:
    from source_basecamp.catalog import StreamInfo
    from source_basecamp.doctor.checkup import Report
    from source_basecamp.doctor.findings import Finding, StreamFinding

STYLES = {"ok": "green", "warning": "yellow", "failure": "bold red", "skipped": "dim"}
UNKNOWN = "There is no stream {name}. `source-basecamp streams{option}` lists them."

CHECKING = "Checking {title}"
WAITING = "Waiting for Basecamp's rate limit, {seconds:.0f} seconds"
NO_STREAMS = "Streams: {count}. {note}"
HEALTHY = "A sync of {streams} would succeed."
WITH_WARNINGS = "A sync of {streams} would succeed; see the warnings above."
FAILING = "A sync of {streams} would fail; see the failures above."


@click.command()
@config_option
@click.option("--streams", metavar="A,B", help="Check these streams only. Default: all but those on request.")
@json_option
@click.pass_context
def doctor(context: click.Context, config: Path, streams: str | None, as_json: bool) -> None:
    """Whether a sync would succeed, and if not, why: configuration, network, token, account, and each stream.

    Requests one page of each stream. Changes nothing, except that a new access token is saved in the configuration,
    as by a sync. Exits with 1 when a sync would fail.

    \b
    source-basecamp doctor
    source-basecamp doctor --streams todos,messages
    source-basecamp doctor --config work.json --json
    """
    from source_basecamp.connection import product_in  # noqa: PLC0415
    from source_basecamp.doctor.checkup import Checkup  # noqa: PLC0415

    product, progress = product_in(config), _Progress()
    chosen = _streams_of(product, streams)
    with ERRORS.status(progress):
        report = Checkup(config, product, chosen, streams is not None, progress.show).run()
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report)
    context.exit(0 if report.healthy else 1)


class _Progress:
    """The line on the screen while the check-up runs: what is checked, or the wait that Basecamp asked for."""

    def __init__(self) -> None:
        self._title = ""

    def show(self, title: str) -> None:
        self._title = title

    def __rich__(self) -> str:
        from source_basecamp.transport import BasecampAdapter  # noqa: PLC0415

        wait = BasecampAdapter.gate.seconds_left
        return WAITING.format(seconds=wait) if wait > 1 else CHECKING.format(title=self._title)


def _streams_of(product: str, names: str | None) -> list[StreamInfo]:
    from source_basecamp.catalog import all_streams  # noqa: PLC0415

    known = {stream.name: stream for stream in all_streams(product)}
    default = [name for name, stream in known.items() if not stream.on_request]
    wanted = default if names is None else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in known:
            option = "" if product == BC3 else f" --product {product}"
            raise click.UsageError(UNKNOWN.format(name=repr(name), option=option))
    return [known[name] for name in dict.fromkeys(wanted)]


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "healthy": report.healthy,
        "findings": [asdict(finding) for finding in report.findings],
        "streams": [asdict(stream) for stream in report.streams],
        "requests": report.requests,
        "first_sync": {"requests": report.first_sync, "seconds": report.first_sync_seconds},
    }


def _print(report: Report) -> None:
    for finding in report.findings:
        _print_finding(finding)
    SCREEN.print()
    if {stream.state for stream in report.streams} == {"skipped"}:
        SCREEN.print(NO_STREAMS.format(count=len(report.streams), note=report.streams[0].note), soft_wrap=True)
    else:
        print_table(("stream", "state", "count", "note"), [_row(stream) for stream in report.streams], right=("count",))
    SCREEN.print()
    SCREEN.print(_verdict(report), soft_wrap=True)


def _print_finding(finding: Finding) -> None:
    mark, title = Text(f"{finding.state:<8}", STYLES[finding.state]), Text(f"{finding.title:<14}", "bold")
    if not SCREEN.is_terminal:
        SCREEN.out(f"{mark.plain} {title.plain} {plain(finding.detail)}", highlight=False)
        if finding.hint:
            SCREEN.out(f"{' ' * 24}{finding.hint}", highlight=False)
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row(mark, title, plain(finding.detail))
    if finding.hint:
        table.add_row("", "", Text(finding.hint, "cyan"))
    SCREEN.print(table)


def _row(stream: StreamFinding) -> tuple[Any, ...]:
    count = "" if stream.count is None else f"{stream.count:,}"
    return stream.stream, Text(stream.word, STYLES[stream.state]), count, stream.note


def _verdict(report: Report) -> Text:
    count = len(report.streams)
    streams = f"these {count} streams" if count > 1 else "this stream"
    if not report.healthy:
        return Text(FAILING.format(streams=streams), STYLES["failure"])
    text, style = (WITH_WARNINGS, "warning") if report.warned else (HEALTHY, "ok")
    return Text(text.format(streams=streams), STYLES[style])
