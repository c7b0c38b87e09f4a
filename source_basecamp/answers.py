"""The JSON of an answer, parsed once for all who look at it: the transport, the decoder and the paginator."""

from __future__ import annotations

from collections.abc import Generator, Mapping, MutableMapping
from dataclasses import InitVar, dataclass
from typing import Any

import orjson
import requests
from airbyte_cdk.sources.declarative.decoders.json_decoder import JsonDecoder

_PARSED = "parsed_body"


def parsed(response: requests.Response) -> Any:
    """The body, one and the same object for all who ask. Raises orjson.JSONDecodeError if it is no JSON."""
    body = getattr(response, _PARSED, None)
    if body is None:
        body = orjson.loads(response.content)
        setattr(response, _PARSED, body)
    return body


@dataclass
class AnswerDecoder(JsonDecoder):
    """The records of a page, as the transport has found them already.

    The CDK's decoder parses the page again, which is the dearest step of a sync, and takes what it cannot parse for an
    empty record.
    """

    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__init__(parameters)

    def decode(self, response: requests.Response) -> Generator[MutableMapping[str, Any], None, None]:
        body = parsed(response)
        # An empty object for an empty list: the CDK's own paginators take the first element unasked.
        yield from (body or [{}]) if isinstance(body, list) else [body]
