"""The classes that `manifest.yaml` names: what the CDK's components cannot say."""

from source_basecamp.auth import LaunchpadAuthenticator
from source_basecamp.decoder import BasecampDecoder
from source_basecamp.error_handler import BasecampErrorHandler
from source_basecamp.event_feed import EventFeedErrorHandler, EventFeedPagination, EventFeedRequester
from source_basecamp.feeds import FeedPartitionRouter, FeedStateMigration
from source_basecamp.filters import ProjectFilter
from source_basecamp.pagination import DescendingCursorPagination, LinkPagination
from source_basecamp.parents import ChangedPartitionRouter, PatientPartitionRouter
from source_basecamp.requester import BasecampRequester, FileRequester
from source_basecamp.timesheet import TimesheetFilter, TimesheetStateMigration

__all__ = [
    "BasecampDecoder",
    "BasecampErrorHandler",
    "BasecampRequester",
    "ChangedPartitionRouter",
    "DescendingCursorPagination",
    "EventFeedErrorHandler",
    "EventFeedPagination",
    "EventFeedRequester",
    "FeedPartitionRouter",
    "FeedStateMigration",
    "FileRequester",
    "LaunchpadAuthenticator",
    "LinkPagination",
    "PatientPartitionRouter",
    "ProjectFilter",
    "TimesheetFilter",
    "TimesheetStateMigration",
]
