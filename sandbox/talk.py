"""What people write to each other: comments, chat lines, check-ins, forwarded mail and the client side."""

from __future__ import annotations

from sandbox.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.recordings import Cast, Record, Recording
from sandbox.recurrence import recurrence
from sandbox.texts import API, attachments, paragraph, sgid, title

_VERDICTS = ("pending", "approved", "denied")


def comment_title(n: int) -> str:
    """What stands above a comment or a reply."""
    return f"Re: {title(n)}"


def build_rich_text(recording: Recording, cast: Cast) -> Record:
    """A comment or a reply: rich text and nothing else."""
    n = recording.serial
    return {
        "content": paragraph(n + 1),
        "content_attachments": attachments(recording.id, cast.account_id, n),
    }


def build_line(recording: Recording, cast: Cast) -> Record:
    """A line of a chat; some carry a file."""
    n = recording.serial
    own: Record = {"content": title(n + 3)}
    if n % 5 == 2:
        file = {"title": "Plan 📎", "url": f"{API}/{cast.account_id}/attachments/{recording.id}", "byte_size": 512 + n}
        own["attachments"] = [file | {"filename": "plan.pdf", "content_type": "application/pdf"}]
    return own


def build_question(recording: Recording, cast: Cast) -> Record:
    """A question asked again and again, or paused."""
    n = recording.serial
    schedule = {key: value for key, value in recurrence(n).items() if key != "duration"}
    return {
        "paused": n % 4 == 3,
        "schedule": schedule,
        "answers_count": n % 6,
        "answers_url": f"{API}/{cast.account_id}/buckets/{recording.project.id}/questions/{recording.id}/answers.json",
    }


def build_answer(recording: Recording, cast: Cast) -> Record:
    """An answer, for the day it was asked."""
    return build_rich_text(recording, cast) | {"group_on": recording.created_at[:10]}


def build_forward(recording: Recording, cast: Cast) -> Record:
    """A mail; the sender is not always known."""
    n = recording.serial
    sender = None if n % 5 == 4 else f'"Zoë, R&D" <zoe{n}@example.com>'
    return (
        {"subject": title(n), "from": sender}
        | build_rich_text(recording, cast)
        | _replies("Inbox::Forward::Reply", f"inbox_forwards/{recording.id}", recording, cast)
    )


def build_correspondence(recording: Recording, cast: Cast) -> Record:
    """A letter to the client."""
    return (
        {"subject": title(recording.serial)}
        | build_rich_text(recording, cast)
        | _replies("Client::Reply", f"client/recordings/{recording.id}", recording, cast)
    )


def build_approval(recording: Recording, cast: Cast) -> Record:
    """A request for the client's approval; without an approver until somebody has decided."""
    n = recording.serial
    own = build_correspondence(recording, cast)
    own["due_on"] = timestamp(NEWEST_MS + (n % 40 - 20) * DAY_MS)[:10] if n % 3 else None
    own["approval_status"] = _VERDICTS[n % len(_VERDICTS)]
    if own["approval_status"] != "pending":
        own["approver"] = cast.person(n + 3)
        own["responses"] = [_response(recording, cast, own["approval_status"] == "approved")]
    return own


def _response(recording: Recording, cast: Cast, approved: bool) -> Record:
    id = 4_000_000_000_000 + recording.id % 1_000_000_007
    return {
        "id": id,
        "status": "active",
        "visible_to_clients": True,
        "created_at": recording.settled_at,
        "updated_at": recording.settled_at,
        "title": "Approved" if approved else "Denied",
        "inherits_status": True,
        "type": "Client::Approval::Response",
        "bookmark_url": f"{API}/{cast.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "bucket": recording.project.bucket,
        "creator": cast.person(recording.serial + 3),
        "content": paragraph(recording.serial),
        "approved": approved,
    }


def _replies(type: str, path: str, recording: Recording, cast: Cast) -> Record:
    """Counted, not made up: a reader may rely on 0 and spare itself a request."""
    url = f"{API}/{cast.account_id}/buckets/{recording.project.id}/{path}/replies.json"
    return {"replies_count": cast.replies(type, recording.id), "replies_url": url}
