"""The classes that `manifest.yaml` names: what the CDK's components cannot say."""

from source_basecamp.answers import AnswerDecoder
from source_basecamp.auth import LaunchpadAuthenticator
from source_basecamp.errors import BasecampErrorHandler
from source_basecamp.filters import ProjectFilter, TimesheetFilter
from source_basecamp.pagination import DescendingCursorPagination, LinkPagination
from source_basecamp.requester import BasecampRequester

__all__ = [
    "AnswerDecoder",
    "BasecampErrorHandler",
    "BasecampRequester",
    "DescendingCursorPagination",
    "LaunchpadAuthenticator",
    "LinkPagination",
    "ProjectFilter",
    "TimesheetFilter",
]
