"""What a sync makes of the tables once they are loaded: the table of occurrences, then the views."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from source_basecamp.product import BC3
from source_basecamp.warehouse.derived import BRIDGES
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.occurrences import ENTRIES, OCCURRENCES, REPEATING, Row, rows
from source_basecamp.warehouse.sql_store import EPOCH, MICROSECONDS, NOT_MADE, NOT_OURS, SqlStore, foreign
from source_basecamp.warehouse.views import View, all_views

_COMPARED = {"date": "CAST({} AS varchar)", "timestamp": MICROSECONDS}
"""By kind of column: what `_comparable` makes of a value."""


def lacking(existing: Collection[str], product: str) -> dict[str, list[str]]:
    """The tables that each view of a product needs and that do not exist, for the views that lack some."""
    missing = {view.name: [table for table in view.needs if table not in existing] for view in all_views(product)}
    return {view: tables for view, tables in missing.items() if tables}


def make_views(
    store: SqlStore, relations: Mapping[str, str | None], product: str, warn: Callable[[str], None]
) -> list[View]:
    """Creates every view of a product whose tables are among the existing `relations`, and returns those.

    Before them, it brings the table that is worked out from others up to date.
    """
    existing, others = set(relations), foreign(relations)
    if product == BC3 and ENTRIES in existing and keep_occurrences(store, existing, others, warn):
        existing.add(OCCURRENCES.name)
    # What somebody else has named like a table of ours is no table to read.
    existing -= others & {OCCURRENCES.name, *(bridge.name for bridge in BRIDGES)}
    store.use_dataset()
    made = []
    for view in all_views(product):
        if set(view.needs) - existing:
            continue
        if view.name in others:
            warn(NOT_MADE.format(relation=f"view {view.name}", reason=NOT_OURS))
            continue
        try:
            store.make_view(view, existing, relations.get(view.name))
            made.append(view)
        except Exception as error:  # noqa: BLE001, RUF100
            # The rows are loaded: a view is no reason for the sync to fail.
            warn(NOT_MADE.format(relation=f"view {view.name}", reason=str(error).strip().splitlines()[0]))
    return made


def keep_occurrences(
    store: SqlStore, existing: Collection[str], others: Collection[str], warn: Callable[[str], None]
) -> bool:
    """Makes the table of occurrences, or brings it up to date. Whether it is there."""
    table = OCCURRENCES.name
    if table in others:
        warn(NOT_MADE.format(relation=f"table {table}", reason=NOT_OURS))
        return False
    try:
        repeating = store.run(REPEATING.format(store.qualified(ENTRIES)))
        hold(store, rows(repeating, datetime.now(UTC).date()), table in existing)
    except Exception as error:  # noqa: BLE001, RUF100
        # As above: it is no reason for the sync to fail.
        warn(NOT_MADE.format(relation=f"table {table}", reason=str(error).strip().splitlines()[0]))
        return table in existing
    return True


def hold(store: SqlStore, wanted: Collection[Row], exists: bool) -> None:
    """Makes the table of occurrences hold these rows and no others, in one transaction, unless it does already."""
    name, columns = store.qualified(OCCURRENCES.name), OCCURRENCES.columns
    if exists:
        compared = ", ".join(_COMPARED.get(one.kind, "{}").format(one.name) for one in columns)
        if set(store.run(f"SELECT {compared} FROM {name}")) == {tuple(map(_comparable, row)) for row in wanted}:
            return
    with translated_errors(store.destination), store.transaction():
        if not exists:
            store.create(OCCURRENCES)
        store.describe([OCCURRENCES])
        store.run(f"DELETE FROM {name}")
        store.insert(OCCURRENCES, list(wanted))


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    return value.isoformat() if isinstance(value, date) else value
