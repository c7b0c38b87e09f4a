"""The saved states of the streams, in the table `_basecamp_state` beside the rows that they cover."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from source_basecamp.config import normalised
from source_basecamp.process import CommandError
from source_basecamp.product import BC3, product_of
from source_basecamp.warehouse.store import Store
from source_basecamp.warehouse.tables import Column, Table

OTHER_ACCOUNT = (
    "{place} holds the tables of Basecamp account {there}, and the configuration is for account {wanted}. Name another "
    "database after --to, or another schema with --dataset."
)

STATES = Table(
    name="_basecamp_state",
    key=("stream",),
    incremental=False,
    columns=(
        Column("stream", "text"),
        Column("account_id", "text"),
        Column("scope", "text"),
        Column("state", "text"),
        Column("synced_at", "timestamp"),
    ),
)


@dataclass(frozen=True)
class Scope:
    """The account and the options that restrict a sync. A state holds for its own scope only."""

    account_id: str
    product: str
    start_date: str | None
    project_ids: tuple[int, ...]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Scope:
        """The scope of a configuration, normalised or not: version 1.0.0 saved it as it was written."""
        config = normalised(config)
        projects = tuple(sorted(config.get("project_ids") or ()))
        return cls(str(config["account_id"]), product_of(config), config.get("start_date"), projects)

    @property
    def account(self) -> str:
        """The account, for a person: the products count theirs each by itself."""
        return self.account_id if self.product == BC3 else f"{self.account_id} (Basecamp Classic)"

    @property
    def limits(self) -> str:
        """The form in which it is saved, beside the account. Earlier versions knew one product, and saved none."""
        product = {} if self.product == BC3 else {"product": self.product}
        return orjson.dumps({"project_ids": self.project_ids, "start_date": self.start_date, **product}).decode()


class States:
    """The saved states of the streams. A state is an Airbyte stream state, `{"stream_descriptor": ..., ...}`."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store, self._scope = store, scope
        self.moment = datetime.now(UTC)
        """When the sync began; the time that it marks rows with."""
        self.saved: dict[str, dict[str, Any]] = {}
        """By stream: the states that this sync goes on from."""
        self.of_another_scope: list[str] = []
        """Streams whose state was saved for another `start_date`, or for other `project_ids` and does not know them."""

    @property
    def project_ids(self) -> tuple[int, ...]:
        return self._scope.project_ids

    @property
    def start_date(self) -> str | None:
        return self._scope.start_date

    def read(self, knowing: Collection[str]) -> None:
        """Reads the saved states. Those of the streams in `knowing`, such as feeds, know their projects by themselves.

        Raises a CommandError if they are another account's, whose rows are there.
        """
        for stream, account_id, limits, state in self._store.rows(STATES.name, "stream, account_id, scope, state"):
            scope = Scope.of({"account_id": account_id, **orjson.loads(limits)})
            if scope.account != self._scope.account:
                if self._store.rows(stream, "count(*)") in ([], [(0,)]):
                    # Of a sync that had a wrong account id, say: what holds no row belongs to nobody.
                    continue
                place = self._store.destination
                raise CommandError(OTHER_ACCOUNT.format(place=place, there=scope.account, wanted=self._scope.account))
            if stream in knowing:
                scope = replace(scope, project_ids=self._scope.project_ids)
            if state and scope == self._scope:
                self.saved[stream] = orjson.loads(state)
            elif state:
                self.of_another_scope.append(stream)

    def forget(self, tables: Iterable[str]) -> list[str]:
        """Deletes the saved states of streams whose `tables` have lost rows or columns, and returns their names."""
        lost = sorted(self.saved.keys() & set(tables))
        if lost:
            self.save(dict.fromkeys(lost))
        for stream in lost:
            del self.saved[stream]
        return lost

    def save(self, states: Mapping[str, Mapping[str, Any] | None]) -> None:
        """Saves the states of streams, None for those without a cursor, and the time.

        To be called only after the rows that the states cover are in their tables.
        """
        self._store.put(STATES.name, [self._row(stream, state) for stream, state in states.items()])
        self.saved.update({stream: dict(state) for stream, state in states.items() if state})

    def _row(self, stream: str, state: Mapping[str, Any] | None) -> dict[str, Any]:
        return {
            "stream": stream,
            "account_id": self._scope.account_id,
            "scope": self._scope.limits,
            "state": orjson.dumps(state).decode() if state else None,
            "synced_at": datetime.now(UTC),
        }
