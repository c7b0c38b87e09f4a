"""Syncs by PyAirbyte into DuckDB, as a script for an environment that has PyAirbyte and nothing of this project.

Takes a JSON object: `executable`, `config`, `streams`, and `database`, the path of the DuckDB file. Syncs once for each
line of its input, and prints another each time: `read`, the number of records that the sync brought, and `tables`, the
rows that each table holds then.
"""

import json
import sys
from pathlib import Path
from typing import Any

import airbyte
from airbyte.caches import DuckDBCache


def main() -> None:
    order = json.loads(sys.argv[1])
    source = airbyte.get_source(
        "source-basecamp", local_executable=Path(order["executable"]), config=order["config"], install_if_missing=False
    )
    source.check()
    source.select_streams(order["streams"])
    for _ in sys.stdin:
        # Another each time: what is known of the last sync lies in the file.
        cache = DuckDBCache(db_path=order["database"], schema_name="basecamp")
        result = source.read(cache=cache)
        tables = {name: rows(cache, name) for name in result}
        print(json.dumps({"read": result.processed_records, "tables": tables}), flush=True)


def rows(cache: DuckDBCache, table: str) -> list[dict[str, Any]]:
    found = cache.get_pandas_dataframe(table)
    return json.loads(found.to_json(orient="records", date_format="iso", date_unit="ms"))


if __name__ == "__main__":
    main()
