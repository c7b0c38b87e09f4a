"""One sync by PyAirbyte into DuckDB, as a script for an environment that has PyAirbyte and nothing of this project.

Takes a JSON object: `executable`, `config`, `streams`, and `database`, the path of the DuckDB file. Prints, as its last
line, another: `read`, the number of records that the sync brought, and `tables`, the rows that each table holds then.
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
    cache = DuckDBCache(db_path=order["database"], schema_name="basecamp")
    result = source.read(cache=cache)
    print(json.dumps({"read": result.processed_records, "tables": {name: rows(cache, name) for name in result}}))


def rows(cache: DuckDBCache, table: str) -> list[dict[str, Any]]:
    found = cache.get_pandas_dataframe(table)
    return json.loads(found.to_json(orient="records", date_format="iso", date_unit="ms"))


if __name__ == "__main__":
    main()
