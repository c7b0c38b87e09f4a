"""The account's own record: its owner, its plan and its limits."""

from __future__ import annotations

from sandbox.account.clock import HISTORY_MS, NEWEST_MS, timestamp
from sandbox.account.listings import AccountList
from sandbox.account.records import Record
from sandbox.account.store import AccountStore
from sandbox.account.texts import APP

_LIMITS = ("can_create_projects", "can_create_users", "can_pin_projects", "can_upload_files")


def account_info(store: AccountStore) -> Record:
    """`GET account.json`."""
    account_id = store.size.account_id
    created_at = timestamp(NEWEST_MS - HISTORY_MS)
    return {
        "id": account_id,
        "name": "Honcho Design",
        "owner_name": store.people[0]["name"],
        "active": True,
        "created_at": created_at,
        "updated_at": created_at,
        "trial": False,
        "trial_ends_on": None,
        "frozen": False,
        "paused": False,
        "limits": dict.fromkeys(_LIMITS, True),
        "subscription": {
            "short_name": "pro",
            "proper_name": "Basecamp Pro “Unlimited”",
            "project_limit": 500,
            "clients": True,
            "logo": True,
            "teams": True,
            "templates": True,
            "timesheet": True,
        },
        "settings": {"company_hq_enabled": True, "projects_enabled": True, "teams_enabled": False},
        "logo": {"url": f"{APP}/{account_id}/account/logo?v=1"},
    }


LISTS = (AccountList("account", "/account", lambda store: [account_info(store)], form="object"),)
