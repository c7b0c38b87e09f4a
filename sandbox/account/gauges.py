"""Gauges, which show where a project stands, and their needles, each of which is one reading."""

from __future__ import annotations

from sandbox.account.listings import AccountList, ChildList, Query, inside
from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore
from sandbox.account.texts import attachments, paragraph

_COLORS = ("green", "yellow", "red")
_POSITIONS = (60, 40, 75, 10, 100, 0)
_RISKS = ("red", "yellow", "green")


def has_gauge(project: Project) -> bool:
    """Whether a project shows where it stands."""
    return project.record.get("last_needle_position") is not None


def build_gauge(recording: Recording, context: Context) -> Record:
    """Where a project stands, as in the project's own record."""
    n, project = recording.serial, recording.project.record
    return {
        "description": paragraph(n + 2),
        "description_attachments": attachments(recording.id, context.account_id, n),
        "enabled": True,
        "last_needle_color": project.get("last_needle_color"),
        "last_needle_position": project.get("last_needle_position"),
        "previous_needle_position": project.get("previous_needle_position") if n % 4 else None,
    }


def build_needle(recording: Recording, context: Context) -> Record:
    """One reading of a gauge."""
    n = recording.serial
    return {
        "description": paragraph(n),
        "description_attachments": attachments(recording.id, context.account_id, n),
        "color": _COLORS[n % len(_COLORS)],
        "position": _POSITIONS[n % len(_POSITIONS)],
        "comment_count": n % 4,
    }


def _gauges(store: AccountStore) -> list[Record]:
    """Those that are switched on in active projects, the highest risk first."""
    gauges = store.render(store.feeds.listing(GAUGE.type, "active", "updated_at"))
    shown = [gauge for gauge in gauges if gauge["enabled"]]
    return sorted(shown, key=lambda gauge: (_risk(gauge), gauge["last_needle_position"] or 0, gauge["id"]))


def _risk(gauge: Record) -> int:
    color = gauge["last_needle_color"]
    return _RISKS.index(color) if color in _RISKS else len(_RISKS)


def _gauges_asked_for(store: AccountStore, query: Query) -> list[Record]:
    wanted = {int(id) for id in query.get("bucket_ids", "").split(",") if id.isdecimal()}
    return [gauge for gauge in _gauges(store) if "bucket_ids" not in query or gauge["bucket"]["id"] in wanted]


def _projects_with_gauge(store: AccountStore, project: Project) -> list[int]:
    gauges = store.render(store.feeds.inside(GAUGE.type, project.id))
    return [project.id for gauge in gauges if gauge["enabled"]]


GAUGE = Kind(
    "Gauge",
    "gauges",
    "gauges",
    (),
    build_gauge,
    without=("parent", *SUBSCRIPTION, *COMMENTS, *BOOSTS),
    fits=has_gauge,
)
NEEDLE = Kind("Gauge::Needle", "gauge_needles", "gauge_needles", ("Gauge",), build_needle, fits=has_gauge)

LISTS = (
    AccountList("gauges", "/reports/gauges", _gauges, _gauges_asked_for),
    ChildList("gauge_needles", "/projects/{id:int}/gauge/needles", _projects_with_gauge, inside(NEEDLE.type)),
)
