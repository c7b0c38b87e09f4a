"""`source-basecamp report`: what a sync left, as a page to look at."""

from __future__ import annotations

from pathlib import Path

import rich_click as click
from click.core import ParameterSource

from source_basecamp.cli.options import json_option
from source_basecamp.process import CommandError, MisuseError
from source_basecamp.terminal import SCREEN, plain, print_json

NO_EXTRA = (
    "The packages for report are not installed. Install them with `pip install 'airbyte-source-basecamp[report]'`."
)
WRITTEN = "The report on {account} is in {file} ({size:,.0f} kB), as of the last sync on {day} at {synced_at:%H:%M}."


@click.command()
@click.option(
    "--from",
    "place",
    required=True,
    envvar="BASECAMP_SYNC_TO",
    show_envvar=True,
    metavar="PLACE",
    help="What a sync wrote: duckdb:FILE, postgres://USER@HOST/DATABASE, or parquet:FOLDER.",
)
@click.option("--dataset", metavar="NAME", help="Schema of the tables. Default: main in DuckDB, otherwise basecamp.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("basecamp-report.html"),
    show_default=True,
    metavar="FILE",
    help="The file to write, in the place of one that is there.",
)
@json_option
@click.pass_context
def report(ctx: click.Context, place: str, dataset: str | None, output: Path, as_json: bool) -> None:
    """Writes a report on what a sync left: one HTML file to look at, to print and to mail.

    It shows what is overdue and whose, workload, what was completed and in how many days, the state of projects,
    hours, what is coming up, and check-ins without answers. It only reads the database, and asks nobody else. The
    account is one of Basecamp 3, 4 or 5.

    \b
    source-basecamp report --from duckdb:basecamp.duckdb
    source-basecamp report --from postgres://me@localhost/warehouse --output monday.html

    The password of a PostgreSQL user comes from ~/.pgpass or PGPASSWORD, or you are asked for it.
    """
    try:
        from source_basecamp.report.contents import day  # noqa: PLC0415
        from source_basecamp.report.page import made, write  # noqa: PLC0415
        from source_basecamp.warehouse.reading import open_for_reading  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CommandError(NO_EXTRA) from error
    from source_basecamp.warehouse.destination import destination  # noqa: PLC0415

    try:
        source = destination(place, dataset, ctx.get_parameter_source("place") == ParameterSource.COMMANDLINE)
        with open_for_reading(source) as rows:
            page = made(rows)
    except MisuseError as error:
        raise click.UsageError(str(error)) from error
    write(page.html, output)
    if as_json:
        facts = {"output": str(output), "account": rows.account, "synced_at": rows.synced_at, "time_zone": rows.zone}
        print_json({**facts, "sections": [section.id for section in page.sections], "left_out": page.left_out})
        return
    size = len(page.html.encode()) / 1000
    told = WRITTEN.format(
        account=rows.account, file=output, size=size, day=day(rows.synced_at), synced_at=rows.synced_at
    )
    SCREEN.print(plain(f"{told}\n{page.left_out}".strip()), soft_wrap=True)
