"""The tables of a sync in another destination of dlt, such as BigQuery or Snowflake, whose SQL is not known here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

# Before dlt is imported, which reads it once.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import pyarrow as pa
import pyarrow.parquet
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from source_basecamp.warehouse.compare import BATCH_ROWS, Comparison
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.store import Statement, Store, arrow_schema, condition_of, in_types, marks, puts
from source_basecamp.warehouse.tables import Column, Table

_PIPELINE = "source_basecamp"


class DltStore(Store):
    def __init__(self, destination: Destination, folder: Path) -> None:
        super().__init__(destination)
        self._rows = folder / "rows.parquet"
        os.environ |= {
            "DLT_PROJECT_DIR": str(folder),
            "DLT_DATA_DIR": str(folder),
            "DLT_LOCAL_DIR": str(folder),
            # In one transaction. Other strategies truncate the table first, or drop it together with the views on it.
            "DESTINATION__REPLACE_STRATEGY": "insert-from-staging",
            # Not dbt's name for the schema of a staging layer.
            "DESTINATION__STAGING_DATASET_NAME_LAYOUT": "%s_sync_load",
            "RUNTIME__LOG_LEVEL": "CRITICAL",
            "RESTORE_FROM_DESTINATION": "false",
        }
        with translated_errors(self.destination):
            self._pipeline = dlt.pipeline(
                _PIPELINE, pipelines_dir=str(folder), destination=destination.place, dataset_name=destination.dataset
            )

    def lacking(self, tables: Sequence[Table]) -> set[str]:
        """None: what dlt's destinations hold is not known."""
        return set()

    def prepare(self, tables: Sequence[Table], warn: Callable[[str], None]) -> None:
        self._run(
            [
                _resource(
                    table, [arrow_schema(table, [column.name for column in table.columns]).empty_table()], "append"
                )
                for table in tables
            ]
        )

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        with translated_errors(self.destination), self._pipeline.sql_client() as client:
            try:
                query = f"SELECT {columns} FROM {client.make_qualified_table_name(table)}"
                return [tuple(row) for row in client.execute_sql(query) or []]
            except DatabaseUndefinedRelation:
                return []

    def put(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._run_all(table, lambda name: puts(name, rows))

    def present(self, table: Table, columns: Sequence[str], keys: pa.Table | None = None) -> pa.Table:
        schema, condition = arrow_schema(table, columns), condition_of(table, keys)
        with translated_errors(self.destination), self._pipeline.sql_client() as client:
            name = client.make_qualified_table_name(table.name)
            with client.execute_query(f"SELECT {', '.join(columns)} FROM {name}{condition}") as cursor:
                batches = cursor.iter_arrow(chunk_size=BATCH_ROWS)
                typed = [in_types(batch, schema) for batch in batches if batch.num_rows]
        return pa.concat_tables([schema.empty_table(), *typed])

    def load(self, comparison: Comparison, moment: datetime) -> None:
        if comparison.has_rows:
            replaced = "replace" if comparison.anew else "merge"
            comparison.write_rows(self._rows)
            batches = pyarrow.parquet.ParquetFile(self._rows).iter_batches(BATCH_ROWS)
            rows = (pa.Table.from_batches([batch]) for batch in batches)
            self._run([_resource(comparison.table, rows, replaced if comparison.replaces else "append")])
        if comparison.gone and not comparison.anew:
            self.mark(comparison.table, comparison.gone, moment)

    def mark(self, table: Table, keys: pa.Table, moment: datetime) -> None:
        self._run_all(table.name, lambda name: marks(name, table, keys, moment))

    def _run_all(self, table: str, statements: Callable[[str], Iterable[Statement]]) -> None:
        """Runs the statements on the table of that name, in one transaction."""
        with translated_errors(self.destination), self._pipeline.sql_client() as client, client.begin_transaction():
            for statement, parameters in statements(client.make_qualified_table_name(table)):
                client.execute_sql(statement, *parameters)

    def _run(self, resources: list[Any]) -> None:
        with translated_errors(self.destination):
            # Of an earlier load that the database refused.
            self._pipeline.abort_packages()
            self._pipeline.run(resources)


def _resource(table: Table, rows: Iterable[pa.Table], disposition: str) -> Any:
    merge = {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}
    columns: Any = {column.name: _hints(table, column) for column in table.columns}
    write: Any = merge if disposition == "merge" else disposition
    return dlt.resource(
        lambda: iter(rows), name=table.name, columns=columns, primary_key=table.key, write_disposition=write
    )


def _hints(table: Table, column: Column) -> dict[str, Any]:
    """A column in dlt's form."""
    return {
        "name": column.name,
        "data_type": column.kind,
        "nullable": column.name not in table.key,
        "primary_key": column.name in table.key,
        **({"timezone": True} if column.kind == "timestamp" else {}),
        **({"precision": 18, "scale": 4} if column.kind == "decimal" else {}),
    }
