"""Every part of the CDK that is not public and that the connector needs, each in one function or class.

An upgrade of the CDK that takes one of them away breaks this file only; unit_tests/test_cdk.py names the one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, cast

from airbyte_cdk.sources.declarative.auth.oauth import DeclarativeSingleUseRefreshTokenOauth2Authenticator
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.sources.declarative.partition_routers.substream_partition_router import ParentStreamConfig
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.retrievers.file_uploader import FileUploader
from airbyte_cdk.sources.streams.call_rate import AbstractAPIBudget
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from requests.adapters import HTTPAdapter


def bound_queue(source: ConcurrentDeclarativeSource, records: int) -> None:
    """Limits how many records may wait to be taken. The CDK lets 10,000 wait, and has no option for it."""
    source._concurrent_source._queue.maxsize = records


def budget_of(source: ConcurrentDeclarativeSource) -> AbstractAPIBudget | None:
    """The budget of a source's requests, for more requests than those of its streams; None if it has none."""
    return source._constructor._api_budget


def prepare_client(requester: HttpRequester, stream: str, adapter: HTTPAdapter) -> None:
    """Sends all of a requester's requests through `adapter`, and makes its client report under the stream's name.

    The client takes its name from the requester, which a shared cache gives another one.
    """
    client = requester._http_client
    client._name = stream
    for scheme in ("https://", "http://"):
        client._session.mount(scheme, adapter)


def wrap_uploader(stream: AbstractStream, wrap: Callable[[FileUploader], FileUploader] | None) -> None:
    """Puts something around what copies the files of a stream's records, if something does; None takes it out."""
    retriever = stream._stream_partition_generator._partition_factory._retriever  # type: ignore[attr-defined]
    if retriever.record_selector.file_uploader:
        retriever.record_selector.file_uploader = wrap(retriever.record_selector.file_uploader) if wrap else None


def parents_of(stream: AbstractStream) -> list[ParentStreamConfig]:
    """What partitions a stream. The public `get_partition_router` has no answer for full-refresh streams."""
    slicer = stream._stream_partition_generator._stream_slicer  # type: ignore[attr-defined]
    # Of a stream that is read incrementally, the cursor of its partitions.
    router = getattr(slicer, "_partition_router", slicer)
    return list(getattr(router, "parent_stream_configs", ()))


class SingleUseTokenAuthenticator(DeclarativeSingleUseRefreshTokenOauth2Authenticator):
    """The CDK's authenticator, with the two steps that a connector may want to make its own as public methods."""

    @abstractmethod
    def request_tokens(self) -> Mapping[str, Any]:
        """The token endpoint's answer; has at least `access_token`."""

    @abstractmethod
    def publish(self, config: MutableMapping[str, Any]) -> None:
        """Called with the whole configuration when a token in it has changed."""

    def _get_config_value_by_path(self, config_path: Any, default: Any = None) -> Any:
        # The CDK's walks all of the configuration, and fails when another thread saves the first token in the meantime.
        # This configuration is flat: a path's last part is the field.
        return self._connector_config.get(config_path[-1], default or "")

    def _emit_control_message(self) -> None:
        self.publish(cast(MutableMapping[str, Any], self._connector_config))

    def _make_handled_request(self) -> Any:
        return self.request_tokens()
