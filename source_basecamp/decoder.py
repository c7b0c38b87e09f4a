"""The records of a page, without parsing it again."""

from __future__ import annotations

from collections.abc import Generator, Mapping, MutableMapping
from dataclasses import InitVar, dataclass
from typing import Any

import requests
from airbyte_cdk.sources.declarative.decoders.json_decoder import JsonDecoder

from source_basecamp.exchange import exchange_of


@dataclass
class BasecampDecoder(JsonDecoder):
    """Yields the records of a page that the transport has parsed.

    The CDK's decoder parses the page again, which is the dearest step of a sync, and takes what it cannot parse for an
    empty record.
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__init__(parameters)

    def decode(self, response: requests.Response) -> Generator[MutableMapping[str, Any], None, None]:
        # An empty object for an empty list: the CDK's own paginators take the first element unasked.
        yield from exchange_of(response).records or [{}]
