"""Checks of the projects, and of each stream by one request."""

from __future__ import annotations

from typing import cast

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.buckets import BUCKETS
from source_basecamp.catalog import StreamInfo
from source_basecamp.doctor.findings import CheckupContext, Finding, State, StreamFinding, failure, ok, warning
from source_basecamp.doctor.rate_limit import classic_requests_to_list, requests_to_list
from source_basecamp.doctor.survey import PROJECTS
from source_basecamp.error_handler import RATE_LIMITED, unavailability
from source_basecamp.feeds import KIND
from source_basecamp.product import CLASSIC
from source_basecamp.source import NOTHING_VISIBLE, UNSEEN_PROJECTS
from source_basecamp.stats import STATS, ListingStats
from source_basecamp.terminal import counted

NO_ARCHIVED = "There are no archived projects to be read."
ARCHIVED = (
    "Basecamp lists the recordings of {projects}. For them, a first sync makes {requests} more at least, one for each "
    "type and status of recordings."
)
ARCHIVED_REFUSED = "Basecamp does not list the recordings of {projects} to this login: a sync leaves them out."
NO_REQUEST = "no request: made of {cache}"
LEFT_OUT = "{path} is not visible to this login, switched off, or gone: a sync leaves it out, with a warning"
NO_PARENT = "no {parent}"
NO_PARENT_IN_FIRST = "no {parent} in the first project"
NO_TIME_TRACKING = "this site does not track time: the stream is empty"
LIMITED = "limited"


def projects(context: CheckupContext) -> Finding:
    """The number of visible projects, and whether all of `project_ids` are among them."""
    wanted = context.connection.config.get("project_ids", [])
    read = context.survey.project_ids
    context.projects = {status: listing.read for status, listing in STATS.of(PROJECTS)}
    visible = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in context.projects.items()) or "none"
    if unseen := [id for id in wanted if id not in read]:
        return failure(UNSEEN_PROJECTS.format(ids=", ".join(map(str, unseen))), f"Visible are {visible}.")
    if not any(context.projects.values()):
        return warning(NOTHING_VISIBLE)
    chosen = f" 'project_ids' chooses {len(read):,} of them." if wanted else ""
    return ok(f"Visible are {visible}.{chosen}")


def archived_projects(context: CheckupContext) -> Finding:
    """Whether Basecamp lists the recordings of archived projects, and what they cost: by one request for one type."""
    feeds = [stream.name for stream in context.streams if stream.recording]
    found = context.survey.partitions(feeds[0]) if feeds else []
    partitions = [one for one in found if _slice(one).partition.get(KIND) == "archived"]
    if not partitions:
        return ok(NO_ARCHIVED)
    own = _slice(partitions[0]).partition["status"]
    ids = [_slice(one).extra_fields["buckets"] for one in partitions if _slice(one).partition["status"] == own]
    count = sum(map(len, ids))
    projects = counted(count, "archived project")
    for _ in partitions[0].read():
        pass
    if BUCKETS.archived_are_listed is False:
        return warning(ARCHIVED_REFUSED.format(projects=projects))
    requests = len(feeds) * len(partitions)
    return ok(ARCHIVED.format(projects=projects, requests=counted(requests, "request")))


def probe(context: CheckupContext, stream: StreamInfo) -> StreamFinding:
    """The result for a stream, from the first page of one of its partitions."""
    try:
        if PROJECTS in (stream.name, stream.made_of):
            return _made_of_projects(context, stream)
        partitions = context.survey.partitions(stream.name)
        if not partitions:
            return StreamFinding(stream.name, State.OK, "nothing to ask", note=_nothing_to_ask(context, stream))
        probed = _partition_to_probe(partitions)
        records = sum(1 for _ in probed.read())
    except AirbyteTracedException as error:
        return _failed(context, stream, str(error.message))
    listed = sum(listing.counted or 0 for name in stream.asked_whole for _, listing in STATS.of(name))
    return _probed(context, stream, probed, max(len(partitions), listed), records)


def _made_of_projects(context: CheckupContext, stream: StreamInfo) -> StreamFinding:
    """The result for a stream that is made of the project list, which has been read."""
    count = sum(1 for partition in context.survey.partitions(stream.name) for _ in partition.read())
    own = stream.name == PROJECTS
    requests = _requests_of_projects(context) if own else 0
    note = "in every status" if own else NO_REQUEST.format(cache=PROJECTS)
    return StreamFinding(stream.name, State.OK, "readable" if count else "empty", count, note, requests)


def _requests_of_projects(context: CheckupContext) -> int:
    return 1 if context.product == CLASSIC else sum(map(requests_to_list, context.projects.values()))


def _nothing_to_ask(context: CheckupContext, stream: StreamInfo) -> str:
    if context.product == CLASSIC and stream.parent_caches != {PROJECTS}:
        return NO_PARENT_IN_FIRST.format(parent=stream.parent)
    if context.product == CLASSIC and stream.name == "time_entries" and context.survey.project_ids:
        return NO_TIME_TRACKING
    return NO_PARENT.format(parent=stream.parent)


def _partition_to_probe(partitions: list[Partition]) -> Partition:
    """The first one; of windows of dates, which begin long ago, the last."""
    return partitions[0] if _slice(partitions[0]).partition else partitions[-1]


def _probed(
    context: CheckupContext, stream: StreamInfo, probed: Partition, partitions: int, records: int
) -> StreamFinding:
    listing = dict(STATS.of(stream.name)).get(_slice(probed).partition.get("status", ""), ListingStats())
    if listing.skipped:
        note = LEFT_OUT.format(path=listing.skipped[0])
        return StreamFinding(stream.name, State.WARNING, "left out", None, note, partitions)
    count = records if stream.single else listing.counted
    requests = 0 if stream.made_of else partitions - 1 + _requests_of_list(context, listing)
    word = "readable" if listing.read else "empty"
    return StreamFinding(
        stream.name, State.OK, word, count, _counted_part(context, stream, probed, partitions), requests
    )


def _requests_of_list(context: CheckupContext, listing: ListingStats) -> int:
    """Of the one that was probed, at least."""
    if context.product == CLASSIC:
        return classic_requests_to_list(listing.read, listing.counted)
    return requests_to_list(listing.counted or listing.read)


def _counted_part(context: CheckupContext, stream: StreamInfo, probed: Partition, partitions: int) -> str:
    """The part of the stream that was counted; empty if that is the whole stream."""
    if stream.parent:
        more = "" if stream.parent_caches == {PROJECTS} else " or more"
        return f"in the first {stream.parent} of {partitions:,}{more}"
    if status := _slice(probed).partition.get("status"):
        return str(status)
    notes = []
    if partitions > 1:
        notes.append(f"since {_slice(probed).cursor_slice['start_time']}")
    if stream.filtered and context.connection.config.get("project_ids"):
        notes.append("in all projects")
    return ", ".join(notes)


def _failed(context: CheckupContext, stream: StreamInfo, message: str) -> StreamFinding:
    """A stream that is not offered is a failure only where it was named: `sync` does without it."""
    reason = unavailability(message)
    state = State.WARNING if reason and not context.named else State.FAILURE
    limited = LIMITED if message.startswith(RATE_LIMITED.partition("(")[0]) else "fails"
    return StreamFinding(stream.name, state, reason or limited, note=message)


def _slice(partition: Partition) -> StreamSlice:
    return cast(StreamSlice, partition.to_slice())
