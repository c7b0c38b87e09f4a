"""A destination may be slow: the connector waits for it, and does not fill the memory with what it has read."""

from __future__ import annotations

import logging
import time

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, Type

from bench.floor import pages
from integration_tests.support.connector import by_id, configured_catalog, truth
from integration_tests.support.patches import no_waiting
from sandbox import AccountSize, Sandbox
from source_basecamp import SourceBasecamp
from source_basecamp.source import WAITING_RECORDS


def requests_when_it_rests(sandbox: Sandbox) -> int:
    """How many requests were made once no more come."""
    asked = -1
    while asked != (asked := len(sandbox.log.api)):
        time.sleep(1.0)
    return asked


def test_while_nothing_is_taken_no_more_is_read_than_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(AccountSize(archived_projects=0, todos=4_000), rate_limit=False) as sandbox, no_waiting():
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        catalog = ConfiguredAirbyteCatalogSerializer.load(dict(configured_catalog(["todos"])))
        source = SourceBasecamp(catalog=catalog, config=sandbox.config())
        messages = source.read(logging.getLogger("airbyte"), sandbox.config(), catalog, [])
        records = [next(message.record.data for message in messages if message.type == Type.RECORD)]
        # The listings of what is archived and trashed are a page each, and each of the three may hold the next page;
        # the token and the projects are four requests.
        assert requests_when_it_rests(sandbox) <= pages(WAITING_RECORDS) + 7 < pages(4_000)
        records += [message.record.data for message in messages if message.type == Type.RECORD]
        assert by_id(records) == by_id(truth(sandbox, "todos"))
