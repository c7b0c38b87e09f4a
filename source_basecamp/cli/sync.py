"""`source-basecamp sync`: the account as tables in a database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click.core import ParameterSource

from source_basecamp.cli.error_output import message_of, print_error
from source_basecamp.cli.options import config_option, json_option
from source_basecamp.process import CommandError, MisuseError, StoppedError, exit_at_once
from source_basecamp.terminal import output_discarded

if TYPE_CHECKING:
    from source_basecamp.cli.sync_output import Progress
    from source_basecamp.warehouse.destination import Destination
    from source_basecamp.warehouse.files.copying import Copying
    from source_basecamp.warehouse.job import Job
    from source_basecamp.warehouse.tables import Table

NO_EXTRA = "The packages for sync are not installed. Install them with `pip install 'airbyte-source-basecamp[sync]'`."
NOTHING_LEFT = "Nothing is left to load: --skip names all streams."
NO_FILES_THERE = "{place} has no list of the files. --files goes with duckdb:, postgres: or parquet:."
NO_FOLDERS = "--files reads the stream projects too: its names are those of the folders. Take it from --skip."
NO_FILES_OF_CLASSIC = "--files copies the files of Basecamp 3, 4 and 5. This configuration is for Basecamp Classic."
NO_SUCH_STREAM = "There is no stream {names}. `source-basecamp streams` lists them."
NO_SUCH_CLASSIC_STREAM = "Basecamp Classic has no stream {names}. It has {known}."


@click.command()
@click.option(
    "--to",
    required=True,
    envvar="BASECAMP_SYNC_TO",
    show_envvar=True,
    metavar="PLACE",
    help="duckdb:FILE, postgres://USER@HOST/DATABASE, parquet:FOLDER, or the name of another dlt destination and a "
    "colon (bigquery:), with its credentials in dlt's environment variables.",
)
@click.option("--streams", metavar="NAME,...", help="Load these streams only. Default: all but those on request.")
@click.option("--skip", metavar="NAME,...", help="Load all streams but these.")
@click.option(
    "--full-refresh",
    is_flag=True,
    help="Read everything again and make the tables anew, without the rows that Basecamp no longer lists.",
)
@click.option(
    "--reconcile",
    is_flag=True,
    help="Read everything again, and set _deleted_at in the rows that Basecamp no longer lists.",
)
@click.option(
    "--dataset",
    metavar="NAME",
    help="Schema of the tables. Default: main in DuckDB, otherwise basecamp, or basecamp_classic for Basecamp Classic.",
)
@click.option(
    "--files",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Copy the files that the tables list into this folder too, each once. It reads the stream projects too.",
)
@click.option("--quiet", is_flag=True, help="Print a line for each stream when it ends, and no progress display.")
@config_option
@json_option
@click.pass_context
def sync(
    ctx: click.Context,
    to: str,
    streams: str | None,
    skip: str | None,
    full_refresh: bool,
    reconcile: bool,
    dataset: str | None,
    files: Path | None,
    quiet: bool,
    config: Path,
    as_json: bool,
) -> None:
    """Loads the account into tables and views; the next time, what has changed since.

    \b
    source-basecamp sync --to duckdb:basecamp.duckdb
    source-basecamp sync --to postgres://me@localhost/warehouse --streams projects,todos
    source-basecamp sync --to parquet:basecamp --full-refresh
    source-basecamp sync --to duckdb:basecamp.duckdb --files basecamp-files

    The password of a PostgreSQL user comes from ~/.pgpass or PGPASSWORD, or you are asked for it.
    """
    try:
        from source_basecamp.warehouse.job import Job  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CommandError(NO_EXTRA) from error
    from source_basecamp.cli.sync_output import Progress, print_result  # noqa: PLC0415
    from source_basecamp.connection import Connection  # noqa: PLC0415
    from source_basecamp.product import product_of  # noqa: PLC0415
    from source_basecamp.warehouse.destination import destination  # noqa: PLC0415

    connection = Connection(config)
    product = product_of(connection.config)
    try:
        target = destination(to, dataset, ctx.get_parameter_source("to") == ParameterSource.COMMANDLINE, product)
    except MisuseError as error:
        raise click.UsageError(str(error)) from error
    copying = ctx.with_resource(closing(_copying(files, target, product, full_refresh))) if files else None
    tables = _tables_of(streams, skip, product, {"projects"} if files else set())
    progress = Progress(len(tables), quiet)
    job = Job(target, connection, tables, streams is not None, full_refresh, reconcile, progress)
    job.files = copying
    _run(job, progress)
    print_result(job, as_json)
    ctx.exit(1 if job.failed else 0)


def _copying(files: Path, target: Destination, product: str, again: bool) -> Copying:
    from source_basecamp.product import BC3  # noqa: PLC0415
    from source_basecamp.warehouse.files.copying import Copying  # noqa: PLC0415

    if target.kind == "other":
        raise click.UsageError(NO_FILES_THERE.format(place=target))
    if product != BC3:
        raise click.UsageError(NO_FILES_OF_CLASSIC)
    return Copying(files, again)


def _tables_of(streams: str | None, skip: str | None, product: str, needed: set[str]) -> list[Table]:
    from source_basecamp.catalog import all_streams  # noqa: PLC0415
    from source_basecamp.product import BC3  # noqa: PLC0415
    from source_basecamp.warehouse.tables import Table  # noqa: PLC0415

    known = {stream.name: stream for stream in all_streams(product)}
    named, skipped = _names(streams), _names(skip)
    if unknown := (named | skipped) - known.keys():
        text = NO_SUCH_STREAM if product == BC3 else NO_SUCH_CLASSIC_STREAM
        raise click.UsageError(text.format(names=", ".join(sorted(unknown)), known=", ".join(known)))
    wanted = (named or {name for name, stream in known.items() if not stream.on_request}) - skipped
    if not wanted:
        raise click.UsageError(NOTHING_LEFT)
    if needed & skipped:
        raise click.UsageError(NO_FOLDERS)
    return [Table.of(stream) for name, stream in known.items() if name in wanted | needed]


def _names(listed: str | None) -> set[str]:
    return {name.strip() for name in (listed or "").split(",") if name.strip()}


def _run(job: Job, progress: Progress) -> None:
    from source_basecamp.cli.sync_output import print_kept  # noqa: PLC0415

    try:
        with output_discarded(), progress.shown():
            job.run()
    except StoppedError:
        print_kept(job)
        raise
    except Exception as error:
        if not any(outcome.begun for outcome in job.outcomes):
            raise
        print_error(message_of(error))
        print_kept(job)
        exit_at_once(1)
