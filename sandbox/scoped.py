"""The listings of one project, one tool or one recording, each described once: for the server and for the truth.

Basecamp does not say what becomes of them when a project or a tool is put away. Here everything in an archived
project still answers, as its project does; what is in the trash or switched off in the dock is 404.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sandbox.kinds import has_client_side
from sandbox.plain import MESSAGE_TYPE
from sandbox.projects import Project
from sandbox.recordings import Record, Recording, parent_id
from sandbox.store import Store
from sandbox.tools import campfire_item, card_table_item, hill_chart

ANSWERING = ("active", "archived")
"""The statuses of the projects whose listings answer."""


@dataclass(frozen=True)
class Scoped:
    """One listing and where it is to be had."""

    stream: str
    path: str
    """With `{id:int}`, the owner: a project, a tool or a recording."""
    owners: Callable[[Store, Project], Iterable[int]]
    """The owners in a project that have such a listing."""
    read: Callable[[Store, Project, int], Sequence[Recording | Record]]
    added: Callable[[Project, int], Record] = field(default=lambda project, id: {})
    """What a sync has to add, as the records do not say where they belong."""
    paginated: bool = True
    sortable: bool = False
    single: bool = False
    """Whether the answer is one object instead of a list."""
    found_in: tuple[str, ...] = ANSWERING
    """The statuses of the projects in which a sync comes across the owners."""


def scoped_listing(store: Store, scoped: Scoped) -> list[Record]:
    """Everything of one stream that a sync may read."""
    return [
        record | scoped.added(project, id)
        for project in store.projects.values()
        if project.status in scoped.found_in
        for id in scoped.owners(store, project)
        if not is_forbidden(store, project, id)
        for record in store.render(scoped.read(store, project, id))
    ]


def is_forbidden(store: Store, project: Project, id: int) -> bool:
    """Whether a test has forbidden the project, the tool, or what holds the recording."""
    if not store.forbidden:
        return False
    recording = store.feeds.find(id)
    above = parent_id(recording) if recording else None
    return not store.forbidden.isdisjoint({project.id, id, above})


def enabled_tools(project: Project, name: str) -> list[Record]:
    """The dock's tools of one kind that are switched on."""
    return [tool for tool in project.record["dock"] if tool["name"] == name and tool["enabled"]]


def campfire(store: Store, project: Project, tool: Record) -> Record:
    """A chat in its item form."""
    lines = store.feeds.inside("Chat::Lines::Text", tool["id"])
    return campfire_item(tool, project, store.cast, [line.updated_at for line in lines])


def columns_of(store: Store, table_id: int) -> list[Record]:
    """The columns of one card table."""
    types = ("Kanban::Triage", "Kanban::NotNowColumn", "Kanban::Column", "Kanban::DoneColumn")
    return store.render([column for type in types for column in store.feeds.inside(type, table_id)])


def card_table(store: Store, project: Project, id: int) -> list[Record]:
    """A card table, alone in a list."""
    return [card_table_item(_tool(project, id), project, store.cast, columns_of(store, id))]


def _hill(store: Store, project: Project, id: int) -> list[Record]:
    lists = store.render(store.feeds.inside("Todolist", id))
    return [hill_chart(_tool(project, id), project, store.cast, lists)]


def _tool(project: Project, id: int) -> Record:
    return next(tool for tool in project.record["dock"] if tool["id"] == id)


def _itself(store: Store, project: Project) -> list[int]:
    return [project.id]


def _client_sides(store: Store, project: Project) -> list[int]:
    return [project.id] if has_client_side(project) else []


def _gauges_switched_on(store: Store, project: Project) -> list[int]:
    gauges = store.render(store.feeds.inside("Gauge", project.id))
    return [project.id for gauge in gauges if gauge["enabled"]]


def _tools(name: str) -> Callable[[Store, Project], list[int]]:
    return lambda store, project: [tool["id"] for tool in enabled_tools(project, name)]


def _inside(type: str) -> Callable[[Store, Project, int], Sequence[Recording]]:
    return lambda store, project, id: store.feeds.inside(type, id)


def _forwards(store: Store, project: Project) -> list[int]:
    open_inboxes = {tool["id"] for tool in enabled_tools(project, "inbox")}
    return [mail.id for mail in _recordings(store, project, "Inbox::Forward") if parent_id(mail) in open_inboxes]


def _letters(store: Store, project: Project) -> list[int]:
    if not has_client_side(project):
        return []
    types = ("Client::Approval", "Client::Correspondence")
    return [letter.id for type in types for letter in _recordings(store, project, type)]


def _recordings(store: Store, project: Project, type: str) -> list[Recording]:
    return store.feeds.inside(type, project.id)


def _with_project(project: Project, id: int) -> Record:
    return {"project_id": project.id}


_CLIENT = "/buckets/{id:int}/client"

SCOPED: tuple[Scoped, ...] = (
    Scoped(
        "project_people",
        "/projects/{id:int}/people",
        _itself,
        lambda store, project, id: [dict(person) for person in project.members],
        added=_with_project,
    ),
    Scoped("questions", "/questionnaires/{id:int}/questions", _tools("questionnaire"), _inside("Question")),
    Scoped("card_tables", "/card_tables/{id:int}", _tools("kanban_board"), card_table, paginated=False, single=True),
    Scoped("campfire_lines", "/chats/{id:int}/lines", _tools("chat"), _inside("Chat::Lines::Text"), sortable=True),
    Scoped(
        "forward_replies",
        "/inbox_forwards/{id:int}/replies",
        _forwards,
        _inside("Inbox::Forward::Reply"),
        # The list of all forwards, from which a sync has their ids, keeps to active projects.
        found_in=("active",),
    ),
    Scoped("gauge_needles", "/projects/{id:int}/gauge/needles", _gauges_switched_on, _inside("Gauge::Needle")),
    Scoped(
        "hill_charts",
        "/todosets/{id:int}/hill",
        _tools("todoset"),
        _hill,
        added=lambda project, id: {"todoset_id": id, "project_id": project.id},
        paginated=False,
        single=True,
    ),
    Scoped(
        "message_types",
        "/buckets/{id:int}/categories",
        _itself,
        lambda store, project, id: store.plain_records(MESSAGE_TYPE, project=project),
        added=_with_project,
        paginated=False,
    ),
    Scoped("client_approvals", f"{_CLIENT}/approvals", _client_sides, _inside("Client::Approval"), sortable=True),
    Scoped(
        "client_correspondences",
        f"{_CLIENT}/correspondences",
        _client_sides,
        _inside("Client::Correspondence"),
        sortable=True,
    ),
    Scoped(
        "client_replies",
        "/buckets/{bucket:int}/client/recordings/{id:int}/replies",
        _letters,
        _inside("Client::Reply"),
    ),
)
"""By the path that costs a sync the least."""

INBOX = Scoped(
    "inbox_forwards", "/inboxes/{id:int}/inbox_forwards", _tools("inbox"), _inside("Inbox::Forward"), sortable=True
)
"""The forwards of one inbox: no stream of its own, as `/forwards` lists them all."""
