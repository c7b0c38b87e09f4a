"""The record types the sandbox knows.

A new type is one builder, one row here and one figure in `AccountSize`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox import cards, files, reckoning, talk
from sandbox.clock import timestamp
from sandbox.entries import build_schedule_entry
from sandbox.projects import Project
from sandbox.recordings import Cast, Kind, Record, Recording
from sandbox.texts import attachments, paragraph, title
from sandbox.todos import build_todo, build_todolist

MESSAGE_TYPES: tuple[Record, ...] = tuple(
    {
        "id": 1_100_200 + k,
        "name": name,
        "icon": icon,
        "created_at": timestamp(1_600_000_000_000 + k),
        "updated_at": timestamp(1_650_000_000_000 + k),
    }
    for k, (name, icon) in enumerate((("Announcement", "📢"), ("FYI", "✨"), ("Pitch", "💡")))
)


def build_message(recording: Recording, cast: Cast) -> Record:
    """A message; some have a category."""
    n = recording.serial
    own: dict[str, Any] = {
        "subject": title(n),
        "content": paragraph(n + 1),
        "content_attachments": attachments(recording.id, cast.account_id, n),
    }
    if n % 3 == 0:
        own["category"] = MESSAGE_TYPES[n % len(MESSAGE_TYPES)]
    return own


# What the envelope has and a type has not. The boosts go with the comments wherever both are missing.
_COMMENTS = ("comments_count", "comments_url")
_BOOSTS = ("boosts_count", "boosts_url")
_SUBSCRIPTION = ("subscription_url",)
_BARE = (*_SUBSCRIPTION, *_COMMENTS, *_BOOSTS)


def _with_tool(name: str) -> Callable[[Project], bool]:
    return lambda project: any(tool["name"] == name and tool["enabled"] for tool in project.record["dock"])


def has_gauge(project: Project) -> bool:
    """Whether a project shows where it stands."""
    return project.record.get("last_needle_position") is not None


def has_client_side(project: Project) -> bool:
    """Whether a project has a side for clients of the old kind."""
    return "clientside" in project.record


def _keeps_time(project: Project) -> bool:
    return bool(project.record.get("timesheet_enabled"))


def _by_type(kinds: Iterable[Kind]) -> dict[str, Kind]:
    return {kind.type: kind for kind in kinds}


_COLUMN_TYPES = ("Kanban::Triage", "Kanban::NotNowColumn", "Kanban::Column", "Kanban::DoneColumn")

KINDS: dict[str, Kind] = _by_type(
    (
        Kind("Todo", "todos", "todos", ("Todoset", "Todolist", "Todolist", "Group"), build_todo, "content"),
        Kind("Message", "messages", "messages", ("Message::Board",), build_message, "subject"),
        Kind(
            "Schedule::Entry",
            "schedule_entries",
            "schedule_entries",
            ("Schedule",),
            build_schedule_entry,
            "summary",
        ),
        Kind(
            "Comment",
            "comments",
            "comments",
            ("Todo", "Message", "Todo", "Document", "Kanban::Card"),
            talk.build_rich_text,
            without=(*_SUBSCRIPTION, *_COMMENTS),
            name=talk.comment_title,
        ),
        Kind("Document", "documents", "documents", ("Vault", "Folder"), files.build_document),
        Kind(
            "Upload",
            "uploads",
            "uploads",
            ("Vault", "Folder"),
            files.build_upload,
            "filename",
            name=files.filename,
        ),
        Kind("Vault", "vaults", "vaults", ("Vault", "Vault", "Folder"), files.build_vault, without=_BARE),
        Kind("Todolist", "todolists", "todolists", ("Todoset", "Todoset", "Todolist"), build_todolist, "name"),
        Kind(
            "Kanban::Card",
            "cards",
            "card_tables/cards",
            ("Kanban::Column", "Kanban::DoneColumn", "Kanban::Column", "Kanban::Triage", "Kanban::NotNowColumn"),
            cards.build_card,
        ),
        Kind("Kanban::Step", "steps", "card_tables/steps", ("Kanban::Card",), cards.build_step, without=_BARE),
        Kind(
            "Question::Answer",
            "question_answers",
            "question_answers",
            ("Question",),
            talk.build_answer,
            fits=_with_tool("questionnaire"),
        ),
        Kind("Door", "external_links", "doors", (), files.build_door, without=("parent", *_COMMENTS, *_BOOSTS)),
    )
)
"""What `projects/recordings.json` lists, by type, in the order in which ids are given out."""

TOOL_KINDS: dict[str, Kind] = _by_type(
    (
        Kind(
            "Question",
            "questions",
            "questions",
            ("Questionnaire",),
            talk.build_question,
            without=(*_COMMENTS, *_BOOSTS),
            fits=_with_tool("questionnaire"),
        ),
        Kind(
            "Chat::Lines::Text",
            "campfire_lines",
            "chats/lines",
            ("Chat::Transcript",),
            talk.build_line,
            without=(*_SUBSCRIPTION, *_COMMENTS),
            fits=_with_tool("chat"),
        ),
        Kind(
            "Inbox::Forward",
            "inbox_forwards",
            "inbox_forwards",
            ("Inbox",),
            talk.build_forward,
            "subject",
            without=(*_COMMENTS, *_BOOSTS),
            fits=_with_tool("inbox"),
        ),
        Kind(
            "Inbox::Forward::Reply",
            "forward_replies",
            "inbox_forwards/replies",
            ("Inbox::Forward",),
            talk.build_rich_text,
            without=(*_SUBSCRIPTION, *_COMMENTS),
            name=talk.comment_title,
            fits=_with_tool("inbox"),
            touches_parent=True,
        ),
        Kind(
            "Timesheet::Entry",
            "timesheet_entries",
            "timesheet_entries",
            ("Todo", "Kanban::Card"),
            reckoning.build_timesheet_entry,
            without=_BARE,
            fits=_keeps_time,
        ),
        Kind(
            "Gauge::Needle",
            "gauge_needles",
            "gauge_needles",
            ("Gauge",),
            reckoning.build_needle,
            fits=has_gauge,
        ),
        Kind(
            "Client::Approval",
            "client_approvals",
            "client/approvals",
            ("Message::Board",),
            talk.build_approval,
            "subject",
            without=(*_COMMENTS, *_BOOSTS),
            fits=has_client_side,
        ),
        Kind(
            "Client::Correspondence",
            "client_correspondences",
            "client/correspondences",
            ("Message::Board",),
            talk.build_correspondence,
            "subject",
            without=(*_COMMENTS, *_BOOSTS),
            fits=has_client_side,
        ),
        Kind(
            "Client::Reply",
            "client_replies",
            "client/replies",
            ("Client::Approval", "Client::Correspondence"),
            talk.build_rich_text,
            without=_BARE,
            name=talk.comment_title,
            fits=has_client_side,
            touches_parent=True,
        ),
    )
)
"""What only the listing of a tool shows, counted in `AccountSize` too."""

FIXTURES: dict[str, Kind] = _by_type(
    (
        *(
            Kind(
                type,
                "card_columns",
                "card_tables/columns",
                ("Kanban::Board",),
                cards.build_column,
                without=(*_COMMENTS, *_BOOSTS),
                name=cards.column_title,
            )
            for type in _COLUMN_TYPES
        ),
        Kind(
            "Gauge",
            "gauges",
            "gauges",
            (),
            reckoning.build_gauge,
            without=("parent", *_BARE),
            fits=has_gauge,
        ),
    )
)
"""What every project has that can: the columns of its card table, and its gauge."""

ALL_KINDS: dict[str, Kind] = {**KINDS, **TOOL_KINDS, **FIXTURES}
