"""The client side of a project: approvals, correspondences and the replies to them."""

from __future__ import annotations

from sandbox.account.clock import day
from sandbox.account.comments import build_rich_text, counted_replies, reply_title
from sandbox.account.listings import ChildList, inside
from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording, as_parent
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore
from sandbox.account.texts import API, paragraph, sgid, title

_VERDICTS = ("pending", "approved", "denied")


def has_client_side(project: Project) -> bool:
    """Whether a project has a side for clients of the old kind."""
    return "clientside" in project.record


def build_correspondence(recording: Recording, context: Context) -> Record:
    """A letter to the client."""
    return (
        {"subject": title(recording.serial)}
        | build_rich_text(recording, context)
        | counted_replies("Client::Reply", f"client/recordings/{recording.id}", recording, context)
    )


def build_approval(recording: Recording, context: Context) -> Record:
    """A request for the client's approval; without an approver until somebody has decided."""
    n = recording.serial
    own = build_correspondence(recording, context)
    own["due_on"] = day(n % 40 - 20) if n % 3 else None
    own["approval_status"] = _VERDICTS[n % len(_VERDICTS)]
    if own["approval_status"] != "pending":
        own["approver"] = context.person(n + 3)
    return own


def _whole_approval(store: AccountStore, project: Project, id: int) -> list[Record]:
    """An approval as its own address serves it: with the responses, which no listing has."""
    return [
        approval | {"responses": [response]}
        if (response := _response(recording, store.context, approval))
        else approval
        for recording in store.feeds.inside(APPROVAL.type, project.id)
        if recording.id == id
        for approval in store.render([recording])
    ]


def every_response(store: AccountStore) -> list[Record]:
    """The responses to all approvals."""
    return [response for approval in WHOLE_APPROVALS.everything(store) for response in approval.get("responses", [])]


def _response(recording: Recording, context: Context, approval: Record) -> Record | None:
    if approval["approval_status"] == "pending":
        return None
    approved = approval["approval_status"] == "approved"
    id = 4_000_000_000_000 + recording.id % 1_000_000_007
    return {
        "id": id,
        "status": "active",
        "visible_to_clients": True,
        "created_at": recording.settled_at,
        "updated_at": recording.settled_at,
        "title": f"Answer Re: {approval['title']}",
        "inherits_status": True,
        "type": "Client::Approval::Response",
        "app_url": f"{approval['app_url']}#__recording_{id}",
        "bookmark_url": f"{API}/{context.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "parent": as_parent(approval),
        "bucket": recording.project.bucket,
        "creator": context.person(recording.serial + 3),
        "content": paragraph(recording.serial),
        "approved": approved,
    }


def _client_side(store: AccountStore, project: Project) -> list[int]:
    return [project.id] if has_client_side(project) else []


def _approvals(store: AccountStore, project: Project) -> list[int]:
    return [approval.id for approval in store.feeds.inside(APPROVAL.type, project.id)]


def _answerable(store: AccountStore, project: Project) -> list[int]:
    types = (APPROVAL.type, CORRESPONDENCE.type) if has_client_side(project) else ()
    return [letter.id for type in types for letter in store.feeds.inside(type, project.id)]


APPROVAL = Kind(
    "Client::Approval",
    "client_approvals",
    "client/approvals",
    ("Message::Board",),
    build_approval,
    "subject",
    without=(*COMMENTS, *BOOSTS),
    fits=has_client_side,
)
CORRESPONDENCE = Kind(
    "Client::Correspondence",
    "client_correspondences",
    "client/correspondences",
    ("Message::Board",),
    build_correspondence,
    "subject",
    without=(*COMMENTS, *BOOSTS),
    fits=has_client_side,
)
REPLY = Kind(
    "Client::Reply",
    "client_replies",
    "client/replies",
    ("Client::Approval", "Client::Correspondence"),
    build_rich_text,
    without=(*SUBSCRIPTION, *COMMENTS, *BOOSTS),
    name=reply_title,
    fits=has_client_side,
    touches_parent=True,
)

WHOLE_APPROVALS = ChildList(None, "/client/approvals/{id:int}", _approvals, _whole_approval, form="object")

_CLIENT = "/buckets/{id:int}/client"
LISTS = (
    WHOLE_APPROVALS,
    ChildList("client_approvals", f"{_CLIENT}/approvals", _client_side, inside(APPROVAL.type), sortable=True),
    ChildList(
        "client_correspondences", f"{_CLIENT}/correspondences", _client_side, inside(CORRESPONDENCE.type), sortable=True
    ),
    ChildList(
        "client_replies",
        "/buckets/{bucket:int}/client/recordings/{id:int}/replies",
        _answerable,
        inside(REPLY.type),
    ),
)
