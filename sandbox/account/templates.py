"""Templates of projects."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.account.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.account.dock import TOOLS
from sandbox.account.ids import Ids
from sandbox.account.listings import AccountList, of_status
from sandbox.account.records import PlainRecord, Record
from sandbox.account.size import AccountSize, statuses
from sandbox.account.texts import API, APP, title

TEMPLATE = "Template"


def build_templates(size: AccountSize, ids: Ids) -> Iterator[PlainRecord]:
    """All templates, of every status."""
    for n, status in enumerate(statuses(size.counts("templates"))):
        yield new_template(size.account_id, ids, timestamp(NEWEST_MS - (n + 3) * DAY_MS), n, status)


def new_template(account_id: int, ids: Ids, at: str, n: int = 0, status: str = "active") -> PlainRecord:
    """The n-th template, created at that time; one in three has no dock."""
    id = ids.next()
    record: Record = {
        "id": id,
        "status": status,
        "created_at": at,
        "updated_at": at,
        "name": title(n),
        "description": "" if n % 2 else "How we always do it",
        "url": f"{API}/{account_id}/templates/{id}.json",
        "app_url": f"{APP}/{account_id}/templates/{id}",
    }
    if n % 3 != 2:
        record["dock"] = [_tool(k, id, ids, account_id) for k in range(3)]
    return PlainRecord(TEMPLATE, record)


def _tool(k: int, template_id: int, ids: Ids, account_id: int) -> Record:
    name, title, path, _ = TOOLS[k]
    id = ids.next()
    own = f"{account_id}/buckets/{template_id}/{path}/{id}"
    return {
        "id": id,
        "title": title,
        "name": name,
        "enabled": k != 2,
        "position": None if k == 2 else k + 1,
        "url": f"{API}/{own}.json",
        "app_url": f"{APP}/{own}",
    }


LISTS = (
    AccountList(
        "templates",
        "/templates",
        lambda store: store.plain_records(TEMPLATE),
        of_status("templates", lambda store, status: store.plain_records(TEMPLATE, status)),
    ),
)
