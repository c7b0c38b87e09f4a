"""The classes that `manifest_classic.yaml` names, besides those of Basecamp 3."""

from source_basecamp.classic.error_handler import ClassicErrorHandler
from source_basecamp.classic.pagination import ContinuedPages, NumberedPages, Offsets
from source_basecamp.classic.requester import ClassicRequester

__all__ = ["ClassicErrorHandler", "ClassicRequester", "ContinuedPages", "NumberedPages", "Offsets"]
