"""The requester of every stream of Classic: XML, from the account's own site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Optional
from urllib.parse import urlsplit

import requests

from source_basecamp.classic.error_handler import WITH_DELETED, is_limited
from source_basecamp.classic.site import SITES
from source_basecamp.classic.xml import parsed
from source_basecamp.endpoints import WITHOUT_SSL, origin
from source_basecamp.exchange import exchange_of
from source_basecamp.launchpad import request_headers
from source_basecamp.problems import config_error
from source_basecamp.requester import BasecampRequester
from source_basecamp.transport import BasecampAdapter, basecamp_session

LARGEST_ANSWER = 64 << 20
"""Bytes. The largest list without pages that a site can have, of some ten thousand to-do items, is a third of it."""


class ClassicAdapter(BasecampAdapter):
    """Sends requests to one Classic site only, and returns complete answers in XML only."""

    largest = LARGEST_ANSWER

    def __init__(self, root: str, records: str, single: bool) -> None:
        super().__init__(dict if single else list, records)
        self.site = ""
        """Its address, once it is known: no request may go anywhere before."""
        self.parse = partial(parsed, root=root, stream=records, single=single)

    def origins(self) -> frozenset[str]:
        return frozenset([origin(self.site)])

    def is_limited(self, response: requests.Response) -> bool:
        return is_limited(response)

    def redirected(self, response: requests.Response) -> requests.Response:
        target = urlsplit(requests.compat.urljoin(str(response.url), response.headers["Location"]))
        if target.scheme == "http" and target.hostname == urlsplit(str(response.url)).hostname:
            raise config_error(WITHOUT_SSL.format(site=self.site))
        return super().redirected(response)


def classic_session(site: str) -> requests.Session:
    """A session for the list of projects of one site, for what is asked without the CDK."""
    adapter = ClassicAdapter("projects", "projects", single=False)
    adapter.site = site
    return basecamp_session(adapter)


@dataclass
class ClassicRequester(BasecampRequester):
    """Sends a stream's requests to the account's site.

    `root` is the element that an answer holds. Its records have the schema of the stream; of the cache's name, where
    several streams share what is read.
    """

    root: str = ""

    def adapter(self) -> BasecampAdapter:
        records, single = self.shared_cache or self._stream, self.answers_with == "object"
        self._adapter = ClassicAdapter(self.root, records, single)
        return self._adapter

    def get_url(self, **context: Any) -> str:
        """The site's address, for which Launchpad is asked before the first request of a sync."""
        self._adapter.site = SITES.address(self.config["account_id"], self._launchpad_headers)
        return f"{self._adapter.site}/"

    def _launchpad_headers(self, renew: bool) -> dict[str, str]:
        authenticator: Any = self.get_authenticator()
        if renew:
            authenticator.refresh_and_set_access_token()
        return request_headers(authenticator.get_auth_header(), str(self.get_request_headers()["User-Agent"]))

    def _send(self, request: Mapping[str, Any]) -> Optional[requests.Response]:
        response = super()._send(request)
        if response is not None and response.status_code == 403 and WITH_DELETED in str(response.url):
            # Deleted people are for administrators.
            path = str(response.request.path_url).partition("?")[0]
            response = super()._send({**request, "path": path})
        if response is not None:
            exchange = exchange_of(response)
            exchange.parse = self._adapter.parse
            token = (request.get("next_page_token") or {}).get("next_page_token")
            exchange.known = token.place.seen if token else ()
        return response
