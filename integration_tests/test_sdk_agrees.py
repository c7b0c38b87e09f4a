"""37signals' own SDK, reading the same account, lists what the connector emits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from basecamp import Client, Config
from basecamp.client import AccountClient

from integration_tests.support.connector import ALL_FEEDS, Connector, Output, by_id
from integration_tests.support.sizes import MANY_PAGES
from sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("unhurried")

STATUSES = ("active", "archived", "trashed")


@pytest.fixture
def both(connect: Callable[..., Connector]) -> Iterator[tuple[Output, AccountClient]]:
    """What the connector emitted, and the SDK on the same account."""
    connector = connect(MANY_PAGES)
    with sdk(connector.sandbox) as client:
        yield connector.read(["projects", *ALL_FEEDS]), client.for_account(connector.sandbox.account.account_id)


def sdk(sandbox: Sandbox) -> Client:
    agent = "source-basecamp tests (https://docs.airbyte.com/integrations/sources/basecamp)"
    config = Config(base_url=sandbox.url, max_retries=0)
    return Client(config=config, access_token=sandbox.tokens.issue(), user_agent=agent)


def test_the_sdk_lists_the_projects_and_recordings_that_the_connector_emits(
    both: tuple[Output, AccountClient],
) -> None:
    output, account = both
    active = account.projects.list()
    gone = [project for status in STATUSES[1:] for project in account.projects.list(status=status)]
    assert by_id([*active, *gone]) == by_id(output.records("projects"))
    archived = ",".join(str(project["id"]) for project in gone if project["status"] == "archived")
    for stream, type in ALL_FEEDS.items():
        queries = [{"status": status, **more} for status in STATUSES for more in ({}, {"bucket": archived})]
        listed = [record for query in queries for record in account.recordings.list(type=type, **query)]
        assert by_id(listed) == by_id(output.records(stream)), stream
