"""How the account changes: what a change does to a record, and to others besides.

All of it is for `Account`, which holds the lock.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.account.generate import furnish
from sandbox.account.lineup import MARKER, new_marker
from sandbox.account.messages import MESSAGE_TYPE, new_message_type
from sandbox.account.parents import first_parent
from sandbox.account.projects import build_project
from sandbox.account.recordings import Kind, Recording, as_parent, parent_id
from sandbox.account.records import PlainRecord, Project, Record, with_fields
from sandbox.account.store import AccountStore
from sandbox.account.streams import ALL_KINDS, FEED_KINDS
from sandbox.account.templates import TEMPLATE, new_template
from sandbox.account.timeline import add_event_of

Found = Recording | Project | PlainRecord

PLAIN_TYPES = (TEMPLATE, MARKER, MESSAGE_TYPE)

_FIRST_CREATED_SERIAL = 60_000
# A multiple of every period the builders use: what a test creates is plain and open, never completed or repeating.
_CREATED_SERIAL_STEP = 60

_KEPT_FIELDS = ("status", "created_at", "updated_at", "parent")
"""The fields of a record that a recording has attributes for."""


def find(store: AccountStore, id: int) -> Found:
    """The project, recording or plain record of that id, listed or not. Raises KeyError if there is none."""
    found = store.projects.get(id) or store.find_plain(id) or store.feeds.find(id)
    if found is None:
        raise KeyError(f"no recording or project {id}")
    return found


def create(store: AccountStore, type: str, project_id: int | None, fields: Record) -> Record:
    """Add a new active recording or plain record, as `Account.create` says."""
    if isinstance(fields.get("parent"), int):
        parent = store.feeds.find(fields["parent"])
        if parent is None:
            raise KeyError(f"no recording {fields['parent']}")
        project_id, fields = parent.project.id, {**fields, "parent": as_parent(*store.render([parent]))}
    if type in PLAIN_TYPES:
        return _create_plain(store, type, project_id, fields)
    recording = _new_recording(store, ALL_KINDS[type], project_id)
    record = change(store, recording, {"updated_at": recording.updated_at, **fields})
    _touch_parent(store, recording)
    if type in FEED_KINDS:
        add_event_of(store, record, "created", record["created_at"])
    return record


def create_project(store: AccountStore, name: str, fields: Record) -> Record:
    """Add a new active project with an ordinary dock."""
    now = store.clock.tick()
    n = len(store.projects) * 6
    project = build_project(
        n, store.size.account_id, store.people, store.ids, status="active", created_at=now, updated_at=now
    )
    furnish(store, project)
    return change(store, project, {"updated_at": now, "name": name, **fields})


def change(store: AccountStore, found: Found, fields: Record) -> Record:
    """Set fields, and `updated_at` to now if it is not among them; the record as it is then."""
    fields = {**fields, "updated_at": fields.get("updated_at") or store.clock.tick()}
    if isinstance(found, Recording):
        return _change_recording(store, found, fields)
    found.record = with_fields(found.record, fields)
    if isinstance(found, Project):
        found.bucket["name"] = found.record["name"]
        store.feeds.changed()
        store.docks_changed()
    return dict(found.record)


def copy(store: AccountStore, id: int) -> Record:
    """Add a recording like another one, of the same dates. Raises KeyError if there is none."""
    original = find(store, id)
    if not isinstance(original, Recording):
        raise KeyError(f"no recording {id}")
    recording = replace(original, id=store.ids.next_of_recording(original.serial))
    store.feeds.add(recording)
    (record,) = store.render([recording])
    return record


def delete(store: AccountStore, found: Found) -> None:
    """Remove a record for good; with a project all it holds."""
    if isinstance(found, Project):
        store.remove_project(found)
    elif isinstance(found, PlainRecord):
        store.remove_plain(found)
    else:
        store.feeds.remove(found)
        _touch_parent(store, found)


def _change_recording(store: AccountStore, recording: Recording, fields: Record) -> Record:
    recording.updated_at = fields["updated_at"]
    recording.status = fields.get("status", recording.status)
    recording.parent = fields.get("parent", recording.parent)
    recording.created_at = fields.get("created_at", recording.created_at)
    rest = {key: value for key, value in fields.items() if key not in _KEPT_FIELDS}
    recording.fields = {**(recording.fields or {}), **rest}
    store.feeds.changed(recording.kind.type)
    (record,) = store.render([recording])
    return record


def _create_plain(store: AccountStore, type: str, project_id: int | None, fields: Record) -> Record:
    if type == TEMPLATE:
        plain = new_template(store.size.account_id, store.ids, store.clock.tick())
    elif type == MARKER:
        plain = new_marker(store.ids, store.clock.tick())
    else:
        plain = new_message_type(_project_for(store, project_id), store.ids, store.clock.tick())
    store.add_plain(plain)
    plain.record = with_fields(plain.record, fields)
    return dict(plain.record)


def _new_recording(store: AccountStore, kind: Kind, project_id: int | None) -> Recording:
    project = _project_for(store, project_id, kind)
    now = store.clock.tick()
    serial = _FIRST_CREATED_SERIAL + store.created * _CREATED_SERIAL_STEP
    store.created += 1
    id = store.ids.next_of_recording(serial)
    parent = first_parent(store, kind, project)
    recording = Recording(id, kind, serial, "active", project, parent, now, now, now)
    store.feeds.add(recording)
    return recording


def _project_for(store: AccountStore, project_id: int | None, kind: Kind | None = None) -> Project:
    """The project of that id, or the oldest active one that can hold the kind."""
    if project_id is not None:
        return store.projects[project_id]
    active = [project for project in store.projects.values() if project.status == "active"]
    return next((project for project in active if kind and kind.fits(project)), active[0])


def _touch_parent(store: AccountStore, recording: Recording) -> None:
    id = parent_id(recording)
    if recording.kind.touches_parent and id is not None and (parent := store.feeds.find(id)):
        change(store, parent, {})
