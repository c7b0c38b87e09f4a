"""The fields of every record, with their types, in the order in which they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scalar = Literal["text", "integer", "boolean", "float", "date", "datetime", "unbounded"]
"""`unbounded` is a figure that may be `Infinity`, kept as text."""


@dataclass(frozen=True)
class Many:
    """A list inside a record; `tag` is the name of one of its elements."""

    tag: str
    of: Element | Scalar


@dataclass(frozen=True)
class Element:
    """A record, or an object inside one."""

    tag: str
    fields: Mapping[str, Scalar | Element | Many]
    optional: frozenset[str] = frozenset()
    """Left out of the XML, mostly, where there is no value."""
    unsent: frozenset[str] = frozenset()
    """Not in the XML at all: known only from what was asked for."""


@dataclass(frozen=True)
class Stream:
    """The records of one kind, and the name of the element that lists them."""

    root: str
    element: Element


_NOT_SENT = frozenset({"project_id"})
_RESPONSIBLE: dict[str, Scalar] = {
    "responsible_party_type": "text",
    "responsible_party_id": "integer",
    "responsible_party_name": "text",
}
_COMMENTED: dict[str, Scalar] = {"commented_at": "datetime", "comments_count": "integer"}
_CREATOR: dict[str, Scalar] = {"creator_id": "integer", "creator_name": "text"}
_COMPLETER: dict[str, Scalar] = {"completer_id": "integer", "completer_name": "text"}
_ADMINISTRATORS: dict[str, Scalar] = {
    "user_name": "text",
    "administrator": "boolean",
    "deleted": "boolean",
    "has_access_to_new_projects": "boolean",
}

ADMINISTRATORS_ONLY = {
    "people": frozenset(_ADMINISTRATORS),
    "projects": frozenset({"start_page", "show_writeboards", "show_announcement"}),
}
"""Fields that others do not see."""

ACCOUNT = Element(
    "account",
    {
        "id": "integer",
        "name": "text",
        "account_holder_id": "integer",
        "primary_company_id": "integer",
        "ssl_enabled": "boolean",
        "email_notification_enabled": "boolean",
        "time_tracking_enabled": "boolean",
        "updated_at": "datetime",
        "subscription": Element(
            "subscription",
            {
                "name": "text",
                "writeboards": "unbounded",
                "projects": "integer",
                "storage": "integer",
                "ssl": "boolean",
                "time_tracking": "boolean",
            },
        ),
        "default_attachment_categories": Many("category", "text"),
        "default_post_categories": Many("category", "text"),
    },
)

PROJECT = Element(
    "project",
    {
        "id": "integer",
        "name": "text",
        "created_on": "datetime",
        "status": "text",
        "last_changed_on": "datetime",
        "company": Element("company", {"id": "integer", "name": "text"}),
        "announcement": "text",
        "start_page": "text",
        "show_writeboards": "boolean",
        "show_announcement": "boolean",
    },
    optional=ADMINISTRATORS_ONLY["projects"] | {"announcement"},
)

COMPANY = Element(
    "company",
    {
        "id": "integer",
        "name": "text",
        "address_one": "text",
        "address_two": "text",
        "city": "text",
        "state": "text",
        "zip": "text",
        "country": "text",
        "web_address": "text",
        "phone_number_office": "text",
        "phone_number_fax": "text",
        "time_zone_id": "text",
        "can_see_private": "boolean",
        "url_name": "text",
    },
    optional=frozenset({"url_name"}),
)

_PERSON: dict[str, Scalar] = {
    "id": "integer",
    "first_name": "text",
    "last_name": "text",
    "title": "text",
    "email_address": "text",
    "im_handle": "text",
    "im_service": "text",
    "phone_number_office": "text",
    "phone_number_office_ext": "text",
    "phone_number_mobile": "text",
    "phone_number_home": "text",
    "phone_number_fax": "text",
    "company_id": "integer",
    "client_id": "integer",
    "time_zone_name": "text",
    "avatar_url": "text",
    **_ADMINISTRATORS,
}
PERSON = Element("person", _PERSON, optional=ADMINISTRATORS_ONLY["people"])
PROJECT_PERSON = Element(
    "person", {**_PERSON, "project_id": "integer"}, optional=ADMINISTRATORS_ONLY["people"], unsent=_NOT_SENT
)

CATEGORY = Element(
    "category",
    {"id": "integer", "name": "text", "project_id": "integer", "elements_count": "integer", "type": "text"},
)

ATTACHMENT = Element(
    "attachment",
    {
        "id": "integer",
        "name": "text",
        "description": "text",
        "byte_size": "integer",
        "download_url": "text",
        "project_id": "integer",
        "category_id": "integer",
        "person_id": "integer",
        "private": "boolean",
        "created_on": "datetime",
        "owner_id": "integer",
        "owner_type": "text",
        "collection": "integer",
        "version": "integer",
        "current": "boolean",
    },
    optional=frozenset({"owner_id", "owner_type"}),
)

_ATTACHED: dict[str, Scalar | Element | Many] = {
    "attachments_count": "integer",
    "attachments": Many("attachment", ATTACHMENT),
}

POST = Element(
    "post",
    {
        "id": "integer",
        "title": "text",
        "body": "text",
        "display_body": "text",
        "posted_on": "datetime",
        "commented_at": "datetime",
        "project_id": "integer",
        "category_id": "integer",
        "author_id": "integer",
        "author_name": "text",
        "milestone_id": "integer",
        "comments_count": "integer",
        "use_textile": "boolean",
        "extended_body": "text",
        "display_extended_body": "text",
        **_ATTACHED,
        "private": "boolean",
    },
)

BRIEF_POST = Element(
    "post",
    {
        "id": "integer",
        "title": "text",
        "author_name": "text",
        "posted_on": "datetime",
        "commented_at": "datetime",
        "attachments_count": "integer",
    },
)
"""As the archive of a project's messages lists it."""

COMMENT = Element(
    "comment",
    {
        "id": "integer",
        "author_id": "integer",
        "author_name": "text",
        "commentable_id": "integer",
        "commentable_type": "text",
        "body": "text",
        "emailed_from": "text",
        "created_at": "datetime",
        **_ATTACHED,
        "project_id": "integer",
    },
    unsent=_NOT_SENT,
)

TODO_LIST = Element(
    "todo-list",
    {
        "id": "integer",
        "name": "text",
        "description": "text",
        "project_id": "integer",
        "milestone_id": "integer",
        "position": "integer",
        "completed": "boolean",
        "complete": "boolean",
        "completed_count": "integer",
        "uncompleted_count": "integer",
        "private": "boolean",
        "tracked": "boolean",
    },
)

TODO_ITEM = Element(
    "todo-item",
    {
        "id": "integer",
        "todo_list_id": "integer",
        "content": "text",
        "position": "integer",
        "created_on": "datetime",
        "created_at": "datetime",
        **_CREATOR,
        "completed": "boolean",
        "updated_at": "datetime",
        **_COMMENTED,
        "due_at": "datetime",
        **_RESPONSIBLE,
        "completed_at": "datetime",
        "completed_on": "datetime",
        **_COMPLETER,
        "project_id": "integer",
    },
    optional=frozenset({"created_at", "due_at", "completed_at", "completed_on", *_RESPONSIBLE, *_COMPLETER}),
    unsent=_NOT_SENT,
)

CALENDAR_ENTRY = Element(
    "calendar-entry",
    {
        "id": "integer",
        "title": "text",
        "type": "text",
        "start_at": "datetime",
        "deadline": "datetime",
        "project_id": "integer",
        "created_on": "datetime",
        **_CREATOR,
        **_COMMENTED,
        "completed": "boolean",
        **_RESPONSIBLE,
        "completed_on": "datetime",
        **_COMPLETER,
    },
    optional=frozenset({"completed", "completed_on", *_RESPONSIBLE, *_COMPLETER}),
)

TIME_ENTRY = Element(
    "time-entry",
    {
        "id": "integer",
        "project_id": "integer",
        "person_id": "integer",
        "person_name": "text",
        "date": "date",
        "hours": "float",
        "description": "text",
        "todo_item_id": "integer",
    },
)

STREAMS = {
    "account": Stream("account", ACCOUNT),
    "projects": Stream("projects", PROJECT),
    "companies": Stream("companies", COMPANY),
    "people": Stream("people", PERSON),
    "project_people": Stream("people", PROJECT_PERSON),
    "categories": Stream("categories", CATEGORY),
    "messages": Stream("posts", POST),
    "comments": Stream("comments", COMMENT),
    "todo_lists": Stream("todo-lists", TODO_LIST),
    "todo_items": Stream("todo-items", TODO_ITEM),
    "calendar_entries": Stream("calendar-entries", CALENDAR_ENTRY),
    "time_entries": Stream("time-entries", TIME_ENTRY),
    "attachments": Stream("attachments", ATTACHMENT),
}
