"""The records of a page, without parsing it again."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, MutableMapping
from dataclasses import InitVar, dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from airbyte_cdk.sources.declarative.decoders.json_decoder import JsonDecoder

from source_basecamp.exchange import exchange_of
from source_basecamp.problems import system_error

NO_ID = (
    "Basecamp sent a record without an id for {path}, by which no destination can keep it: {record}. Please report it. "
    "Until it is mended, deselect the stream."
)
_EXCERPT = 200
"""Characters."""


@dataclass
class BasecampDecoder(JsonDecoder):
    """Yields the records of a page that the transport has parsed.

    The CDK's decoder parses the page again, which is the dearest step of a sync, and takes what it cannot parse for an
    empty record. A record without an id fails the stream, unless the stream's parameter `has_id` is false.
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__init__(parameters)
        self._has_id = parameters.get("has_id", True)

    def decode(self, response: requests.Response) -> Generator[MutableMapping[str, Any], None, None]:
        # An empty object for an empty list: the CDK's own paginators take the first element unasked.
        exchange = exchange_of(response)
        for record in exchange.records or [{}]:
            if self._has_id and record and record.get("id") is None:
                path, excerpt = urlsplit(response.url).path, json.dumps(record, ensure_ascii=False)[:_EXCERPT]
                raise system_error(NO_ID.format(path=path, record=excerpt))
            if record.get("id") not in exchange.known:
                yield record
