"""Comments, and what other replies have in common with them."""

from __future__ import annotations

from sandbox.account.recordings import COMMENTS, SUBSCRIPTION, Context, Kind, Recording
from sandbox.account.records import Record
from sandbox.account.texts import API, attachments, paragraph, title


def reply_title(n: int) -> str:
    """The title of the n-th comment or reply."""
    return f"Re: {title(n)}"


def build_rich_text(recording: Recording, context: Context) -> Record:
    """Rich text and its attachments, which is all that a comment or a reply has of its own."""
    n = recording.serial
    return {
        "content": paragraph(n + 1),
        "content_attachments": attachments(recording.id, context.account_id, n),
    }


def counted_replies(type: str, path: str, recording: Recording, context: Context) -> Record:
    """The number of replies, which is counted and not made up: where it is 0, a reader may spare itself a request."""
    url = f"{API}/{context.account_id}/buckets/{recording.project.id}/{path}/replies.json"
    return {"replies_count": context.replies(type, recording.id), "replies_url": url}


COMMENT = Kind(
    "Comment",
    "comments",
    "comments",
    ("Todo", "Message", "Todo", "Document", "Kanban::Card"),
    build_rich_text,
    without=(*SUBSCRIPTION, *COMMENTS),
    name=reply_title,
)
