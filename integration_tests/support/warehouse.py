"""What is left of a chain of syncs in a destination that keeps the newest of each record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integration_tests.support.connector import FEEDS, Message, Output, Record, by_id


class Warehouse:
    """A destination as Airbyte's are: tables, the state that goes to the next sync, and the configuration."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.state: list[Message] = []
        self.tables: dict[str, dict[int, Record]] = {stream: {} for stream in ("projects", *FEEDS)}

    def load(self, output: Output, keeps_token: bool = True) -> None:
        """Takes what a sync printed up to the last state of each stream; what came after it is thrown away.

        A real destination may keep that too. It would only have more.
        """
        for stream, (number, state) in _last_states(output).items():
            arrived = [m["record"]["data"] for m in output.messages[:number] if _is_record(m, stream)]
            if stream in FEEDS:
                self._merge(stream, arrived)
            elif stream in self.tables and output.statuses.get(stream) == "COMPLETE":
                self.tables[stream] = by_id(arrived)
            self._remember(stream, state)
        for control in output.of_type("CONTROL") if keeps_token else ():
            self.config = control["connectorConfig"]["config"]

    def _merge(self, stream: str, records: Iterable[Record]) -> None:
        # As Airbyte's deduplication: the newest cursor wins, of several equal ones the last to arrive.
        table = self.tables[stream]
        for record in records:
            id, cursor = record["id"], record["updated_at"]
            if id not in table or table[id]["updated_at"] <= cursor:
                table |= by_id([record])

    def _remember(self, stream: str, state: Message) -> None:
        others = [one for one in self.state if one["stream"]["stream_descriptor"]["name"] != stream]
        self.state = [*others, {"type": state["type"], "stream": state["stream"]}]


def _last_states(output: Output) -> dict[str, tuple[int, Message]]:
    """The last state of each stream, and the number of the message that it is."""
    return {
        message["state"]["stream"]["stream_descriptor"]["name"]: (number, message["state"])
        for number, message in enumerate(output.messages)
        if message["type"] == "STATE"
    }


def _is_record(message: Message, stream: str) -> bool:
    return message["type"] == "RECORD" and bool(message["record"]["stream"] == stream)
