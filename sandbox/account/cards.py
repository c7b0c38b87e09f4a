"""Card tables, their columns, and the cards in them."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.account.dock import latest_change, subscription_url, tool_item, tool_of
from sandbox.account.listings import ChildList, tools
from sandbox.account.recordings import BOOSTS, COMMENTS, Context, Kind, Recording, as_parent, first_shown, parent_type
from sandbox.account.records import Project, Record
from sandbox.account.steps import completed, due_on, embedded_steps, subtasks
from sandbox.account.store import AccountStore
from sandbox.account.texts import API, APP, attachments, paragraph, sgid, title

_COLUMNS = ("Triage", "Not now", "Doing 🏃", "Review", "قيد الانتظار", "Done")
_COLORS = (None, "blue", "orange", None, "purple")


def column_title(n: int) -> str:
    """The title of the n-th: the first is that of the triage, the second that of "not now", the last that of "done"."""
    return _COLUMNS[n % len(_COLUMNS)]


def build_column(recording: Recording, context: Context) -> Record:
    """A column of a card table; some have a section for cards that are on hold."""
    n = recording.serial
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/card_tables/lists/{recording.id}"
    own: Record = {
        "position": n % len(_COLUMNS) + 1,
        "color": _COLORS[n % len(_COLORS)],
        "description": paragraph(n) if n % 3 else None,
        "cards_count": n % 5,
        "comment_count": 0,
        "cards_url": f"{base}/cards.json",
        "subscribers": context.some_people(n),
    }
    if _has_on_hold(recording):
        own["on_hold"] = {
            "id": _on_hold_id(recording),
            "status": "active",
            "created_at": recording.created_at,
            "updated_at": recording.created_at,
            "title": "On hold",
            "inherits_status": True,
            "cards_count": n % 3,
            "cards_url": f"{base}/on_hold/cards.json",
        }
    return own


def _has_on_hold(column: Recording) -> bool:
    return column.kind.type == "Kanban::Column" and column.serial % 2 == 1


def _on_hold_id(column: Recording) -> int:
    return 5_000_000_000_000 + column.id % 1_000_000_007


def _on_hold(column: Recording, context: Context) -> Record:
    """The parent of a card that is on hold: with an id of its own, and the addresses of the column."""
    return first_shown(column, context) | {"id": _on_hold_id(column), "title": "On hold", "type": "Kanban::OnHold"}


def column_of(card: Record) -> int:
    """The id of the column that a card is in. The parent of one that is on hold has the address of the column."""
    return int(card["parent"]["url"].rsplit("/", 1)[1].removesuffix(".json"))


def build_card(recording: Recording, context: Context) -> Record:
    """A card, completed if it is in the last column; some are on hold."""
    n = recording.serial
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/card_tables/cards/{recording.id}"
    own: Record = {
        "position": n // 3 + 1,
        "content": paragraph(n),
        "description": paragraph(n),
        "description_attachments": attachments(recording.id, context.account_id, n),
        "due_on": due_on(n) if n % 3 == 0 else None,
        "completed": False,
        "completion_url": f"{base}/completion.json",
        "comment_count": n % 4,
        "assignees": context.some_people(n),
        "completion_subscribers": context.some_people(n + 1) if n % 4 == 0 else [],
        "steps": embedded_steps(recording, context),
    }
    if isinstance(recording.parent, Recording) and _has_on_hold(recording.parent) and n % 2:
        own["parent"] = _on_hold(recording.parent, context)
    if parent_type(recording) == "Kanban::DoneColumn":
        own |= completed(recording.settled_at, context.person(n + 1))
    if n % 2:
        own |= subtasks(recording, context, own["steps"])
    return own


def wormhole(table_id: int, table: Record, context: Context) -> Record:
    """A way from one card table to another, here to one that was deleted."""
    id = 6_000_000_000_000 + table_id % 1_000_000_007
    path = f"{context.account_id}/buckets/{table['bucket']['id']}/card_tables/wormholes/{id}"
    return {
        "id": id,
        "status": "active",
        "visible_to_clients": False,
        "created_at": table["created_at"],
        "updated_at": table["created_at"],
        "title": title(table_id % 7),
        "inherits_status": True,
        "type": "Kanban::Wormhole",
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
        "bookmark_url": f"{API}/{context.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "parent": as_parent(table),
        "bucket": table["bucket"],
        "creator": context.person(0),
        "color": None,
        "linked": False,
        "destination_url": None,
    }


def card_table(tool: Record, project: Project, context: Context, columns: Sequence[Record]) -> Record:
    """A card table with its columns from left to right; one in three has a way to another table."""
    table = tool_item(tool, project, context, "Kanban::Board") | {
        "subscription_url": subscription_url(tool, project, context),
        "subscribers": context.some_people(project.number),
        "updated_at": latest_change(project, columns),
        "lists": sorted(columns, key=lambda column: (column["position"], column["id"])),
    }
    if project.number % 2:
        table["public_link_url"] = f"{APP}/p/{sgid('Kanban', tool['id'])}"
    return table | {"wormholes": [wormhole(tool["id"], table, context)] if project.number % 3 == 0 else []}


def _card_table(store: AccountStore, project: Project, id: int) -> list[Record]:
    columns = store.render([column for type in COLUMNS for column in store.feeds.inside(type, id)])
    return [card_table(tool_of(project, id), project, store.context, columns)]


def every_column(store: AccountStore) -> list[Record]:
    """The columns that the card tables show, each with the id of its table."""
    return [
        column | {"card_table_id": table["id"]} for table in CARD_TABLES.everything(store) for column in table["lists"]
    ]


COLUMNS = {
    type: Kind(
        type,
        "card_columns",
        "card_tables/columns",
        ("Kanban::Board",),
        build_column,
        without=(*COMMENTS, *BOOSTS),
        name=column_title,
    )
    for type in ("Kanban::Triage", "Kanban::NotNowColumn", "Kanban::Column", "Kanban::DoneColumn")
}
CARD = Kind(
    "Kanban::Card",
    "cards",
    "card_tables/cards",
    ("Kanban::Column", "Kanban::DoneColumn", "Kanban::Column", "Kanban::Triage", "Kanban::NotNowColumn"),
    build_card,
)

CARD_TABLES = ChildList("card_tables", "/card_tables/{id:int}", tools("kanban_board"), _card_table, form="object")
LISTS = (CARD_TABLES,)
