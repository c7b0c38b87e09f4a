"""The files that Airbyte's verbs are given: what they hold, or one sentence about what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any, List

from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.sources import Source

from source_basecamp.problems import ConnectorError, config_error

CONFIG_FAULT = "The configuration at {path} {fault}; it has to be a JSON object, as `source-basecamp login` writes it."
CATALOG_FAULT = (
    "The catalog at {path} {fault}; `read` takes an object with `streams`, a list whose entries have a `stream` as "
    "`discover` lists it, a `sync_mode` (`full_refresh` or `incremental`) and a `destination_sync_mode` (`overwrite` "
    "or `append_dedup`)."
)
STATE_FAULT = (
    "The state at {path} {fault}; it has to be a list of states as `read` prints them, each with the `type` STREAM and "
    "a `stream` that has a `stream_descriptor` and a `stream_state`."
)
OF_DISCOVER = "is one as `discover` writes it"
NO_DATE = "has a cursor that is no date, {cursor}"

_CURSORS = ("updated_at", "created_at", "date")


class InputFiles(Source):
    """Takes JSON in any Unicode encoding, with or without a byte order mark. Raises a config_error for a fault."""

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        config = _json_in(config_path, CONFIG_FAULT)
        if not isinstance(config, dict):
            raise _refusal(CONFIG_FAULT, config_path, "is not a JSON object")
        return config

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        catalog = _json_in(catalog_path, CATALOG_FAULT)
        streams = catalog.get("streams", []) if isinstance(catalog, dict) else []
        if _is_of_discover(catalog):
            raise _refusal(CATALOG_FAULT, catalog_path, OF_DISCOVER)
        if not streams:
            raise _refusal(CATALOG_FAULT, catalog_path, "names no stream")
        try:
            return ConfiguredAirbyteCatalogSerializer.load(catalog)
        except ValueError as error:
            raise _refusal(CATALOG_FAULT, catalog_path, _mismatch(error)) from error

    @classmethod
    def read_state(cls, state_path: str) -> List[AirbyteStateMessage]:
        states = _json_in(state_path, STATE_FAULT) if state_path else None
        if not states:
            return []
        if not isinstance(states, list):
            raise _refusal(STATE_FAULT, state_path, "is not a list")
        try:
            loaded = [AirbyteStateMessageSerializer.load(state) for state in states]
        except ValueError as error:
            raise _refusal(STATE_FAULT, state_path, _mismatch(error)) from error
        if others := [str(state["type"]) for state in states if not state.get("stream")]:
            raise _refusal(STATE_FAULT, state_path, f"is {others[0]}")
        for cursor in _faulty_cursors([state["stream"].get("stream_state") for state in states]):
            raise _refusal(STATE_FAULT, state_path, NO_DATE.format(cursor=repr(cursor)))
        return loaded


def _json_in(path: str, text: str) -> Any:
    try:
        # From bytes: json then finds out the encoding by itself.
        content = Path(path).read_bytes()
        return json.loads(content)
    except OSError as error:
        raise _refusal(text, path, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _refusal(text, path, "is not JSON" if content.strip() else "is empty") from error


def _refusal(text: str, path: str, fault: str) -> ConnectorError:
    return config_error(text.format(path=path, fault=fault))


def _is_of_discover(catalog: Any) -> bool:
    """Whether it is the message that `discover` prints, or the catalog in it: streams without a sync mode."""
    if not isinstance(catalog, dict):
        return False
    streams = catalog.get("streams")
    listed = isinstance(streams, list) and any(isinstance(one, dict) and "name" in one for one in streams)
    return listed or isinstance(catalog.get("catalog"), dict)


def _mismatch(error: ValueError) -> str:
    """The first fault that the CDK's serializer found, such as `"sync_mode" is a required property (...)`."""
    faults = [line.removeprefix("- ") for line in str(error).splitlines() if line.startswith("- ")]
    return f"does not fit: {next(iter(faults), error)}"


def _faulty_cursors(state: Any) -> Iterator[Any]:
    """The cursors in a stream's state, however deep, that are no date of their field."""
    if isinstance(state, list):
        for one in state:
            yield from _faulty_cursors(one)
    elif isinstance(state, dict):
        for key, value in state.items():
            if key not in _CURSORS:
                yield from _faulty_cursors(value)
            elif value is not None and not _is_date(value, with_time=key != "date"):
                yield value


def _is_date(value: Any, with_time: bool) -> bool:
    try:
        return bool(datetime.fromisoformat(value)) and ("T" in value) == with_time
    except (TypeError, ValueError):
        return False
