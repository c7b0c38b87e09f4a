"""A page is parsed once, whoever looks at it."""

from __future__ import annotations

from unittest.mock import Mock, patch

import orjson
import pytest
import requests

from sandbox import AccountSize, Sandbox
from source_basecamp import body
from source_basecamp.decoder import BasecampDecoder
from source_basecamp.exchange import exchange_of
from source_basecamp.pagination import LinkPagination
from source_basecamp.transport import BasecampAdapter

DECODER = BasecampDecoder(parameters={})


def answer(text: bytes) -> requests.Response:
    response = requests.Response()
    response._content = text
    return response


def test_transport_decoder_and_paginator_share_one_parse_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = Mock(side_effect=orjson.loads)
    with Sandbox(AccountSize(todos=40)) as sandbox, patch.object(body.orjson, "loads", loads):
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        with requests.Session() as session:
            session.mount("http://", BasecampAdapter())
            url = f"{sandbox.account_url}/projects/recordings.json?type=Todo&sort=updated_at"
            response = session.get(url, headers=dict(sandbox.headers()))
        records = list(DECODER.decode(response))
        token = LinkPagination(config={}, parameters={}).next_page_token(response, len(records), None, None)
    assert [record["id"] for record in records] == [record["id"] for record in sandbox.account.feed("Todo")[:15]]
    assert "page=2" in token
    assert loads.call_count == 1


@pytest.mark.parametrize(
    ("text", "records"),
    [
        (b"[]", [{}]),
        (b"null", [{}]),
        (b'[{"id": 1}, {"id": 2}]', [{"id": 1}, {"id": 2}]),
        (b'{"id": 1}', [{"id": 1}]),
    ],
)
def test_records_are_the_elements_of_a_list_or_one_object_which_is_empty_for_an_empty_list(
    text: bytes, records: list[dict[str, int]]
) -> None:
    assert list(DECODER.decode(answer(text))) == records


def test_what_is_no_json_is_no_empty_record() -> None:
    with pytest.raises(orjson.JSONDecodeError):
        list(DECODER.decode(answer(b"<html>")))


def test_a_page_that_was_not_parsed_yet_is_parsed_when_it_is_asked_for() -> None:
    response = answer(b'[{"id": 1}]')
    assert exchange_of(response).body is exchange_of(response).body
