"""E-mails that were forwarded to an inbox, and the replies to them."""

from __future__ import annotations

from sandbox.account.comments import build_rich_text, counted_replies, reply_title
from sandbox.account.listings import AccountList, ChildList, in_active_projects, inside, tools
from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording, parent_id
from sandbox.account.records import Project, Record, has_tool
from sandbox.account.store import AccountStore
from sandbox.account.texts import title


def build_forward(recording: Recording, context: Context) -> Record:
    """An e-mail; the sender is not always known."""
    n = recording.serial
    sender = None if n % 5 == 4 else f'"Zoë, R&D" <zoe{n}@example.com>'
    return (
        {"subject": title(n), "from": sender}
        | build_rich_text(recording, context)
        | counted_replies(REPLY.type, f"inbox_forwards/{recording.id}", recording, context)
    )


def _every_forward(store: AccountStore) -> list[Recording]:
    inboxes = {tool["id"] for _, tool in in_active_projects(store, "inbox")}
    listed = store.feeds.listing(FORWARD.type, "active", "created_at")
    return [forward for forward in listed if parent_id(forward) in inboxes]


def _forwards(store: AccountStore, project: Project) -> list[int]:
    inboxes = {tool["id"] for tool in project.tools("inbox")}
    return [mail.id for mail in store.feeds.inside(FORWARD.type, project.id) if parent_id(mail) in inboxes]


FORWARD = Kind(
    "Inbox::Forward",
    "inbox_forwards",
    "inbox_forwards",
    ("Inbox",),
    build_forward,
    "subject",
    without=(*COMMENTS, *BOOSTS),
    fits=has_tool("inbox"),
)
REPLY = Kind(
    "Inbox::Forward::Reply",
    "forward_replies",
    "inbox_forwards/replies",
    ("Inbox::Forward",),
    build_rich_text,
    without=(*SUBSCRIPTION, *COMMENTS),
    name=reply_title,
    fits=has_tool("inbox"),
    touches_parent=True,
)

LISTS = (
    AccountList("inbox_forwards", "/forwards", _every_forward),
    ChildList(None, "/inboxes/{id:int}/inbox_forwards", tools("inbox"), inside(FORWARD.type), sortable=True),
    ChildList(
        "forward_replies",
        "/inbox_forwards/{id:int}/replies",
        _forwards,
        inside(REPLY.type),
        # A sync has the ids from the list of all forwards, which is of active projects only.
        found_in=("active",),
    ),
)
