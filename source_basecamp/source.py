"""The source: an edition's manifest on the CDK, with the configuration checked before anything else."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, List, Optional

from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    Status,
)
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.types import ConnectionDefinition
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from source_basecamp.buckets import BUCKETS
from source_basecamp.cdk import bound_queue, wrap_uploader
from source_basecamp.classic.pagination import WHOLE
from source_basecamp.classic.site import SITES
from source_basecamp.clock import held_back
from source_basecamp.config import normalised, require_valid
from source_basecamp.feeds import FeedPartitionRouter
from source_basecamp.files import InputFiles
from source_basecamp.parents import ChangedPartitionRouter
from source_basecamp.product import BC3, CLASSIC, product_of
from source_basecamp.requester import PatientUploader
from source_basecamp.stats import STATS

_HERE = Path(__file__).parent

WAITING_RECORDS = 1_000
"""Records that may have been read and not yet be taken by the destination; a to-do takes about 12 kB of memory."""

DATED_AHEAD = (
    "%s: a record, or the state that was given, is dated later than Basecamp's own clock. The cursor does not go so "
    "far, because it would hide every change until then. Such a record comes again in each sync."
)
NOTHING_VISIBLE = (
    "The connection works, but no project is visible to the user who authorised it. Basecamp shows a user only the "
    "projects that it is a member of: add the user to the projects that you want to read."
)

UNSEEN_PROJECTS = (
    "'project_ids' names projects that the user who authorised this connection cannot see: {ids}. Correct them, or add "
    "the user to these projects in Basecamp."
)


_MANIFESTS = {BC3: "manifest.yaml", CLASSIC: "manifest_classic.yaml"}
"""By product. They share the spec of the first."""

_REFERENCE = re.compile(r"#/definitions/(\w+)")


def manifest(product: str = BC3) -> dict[str, Any]:
    """The content of a product's manifest, references not resolved.

    The file lies inside the installed package, or at the top of a checkout. Never the one of the working directory,
    which may be another connector's.
    """
    name = _MANIFESTS[product]
    installed = _HERE / name
    path = installed if installed.exists() else _HERE.parent / name
    content = dict(safe_load_yaml(path.read_text(encoding="utf-8")))
    return content if "spec" in content else content | {"spec": manifest()["spec"]}


def _with_streams_of(catalog: ConfiguredAirbyteCatalog | None, whole: dict[str, Any]) -> dict[str, Any]:
    """The manifest without the streams that the catalog leaves out: to build all of them takes a second."""
    some = with_streams(whole, {one.stream.name for one in catalog.streams} if catalog else ())
    return some if some["streams"] else whole


def with_streams(whole: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The manifest with the streams of these names, and with those definitions only that they refer to.

    The CDK resolves all definitions, whether anything refers to them or not.
    """
    some = whole | {"streams": [stream for stream in whole["streams"] if stream["$parameters"]["name"] in names]}
    definitions: dict[str, Any] = {}
    found = _named_in({key: value for key, value in some.items() if key != "definitions"})
    while found:
        definitions |= {name: whole["definitions"][name] for name in found}
        found = set().union(*(_named_in(definitions[name]) for name in found)) - definitions.keys()
    return some | {"definitions": definitions}


def manifest_to_check(product: str) -> dict[str, Any]:
    """The manifest as `spec` and `check` need it: with no streams but those that `check` reads."""
    whole = manifest(product)
    return with_streams(whole, whole["check"]["stream_names"])


def _named_in(part: Any) -> set[str]:
    """The definitions that a part of a manifest refers to."""
    return set(_REFERENCE.findall(json.dumps(part)))


class SourceBasecamp(InputFiles, ConcurrentDeclarativeSource):
    """Reads a Basecamp account. Streams, requests and spec are declared in the manifest of its product.

    `source_config` takes the place of that manifest, for those who look at an account in another way than a sync.
    """

    def __init__(
        self,
        catalog: Optional[ConfiguredAirbyteCatalog] = None,
        config: Optional[Mapping[str, Any]] = None,
        state: Optional[List[AirbyteStateMessage]] = None,
        config_path: Optional[str] = None,
        source_config: Optional[ConnectionDefinition] = None,
    ) -> None:
        self._with_files: Collection[str] = ()
        """The streams whose files are copied: those that the catalog of `read` chooses it for."""
        self.config = normalised(config or {})
        """The configuration in the one form that the manifest uses."""
        super().__init__(
            catalog=catalog or ConfiguredAirbyteCatalog(streams=[]),
            config=self.config,
            state=state or [],
            source_config=source_config or _with_streams_of(catalog, manifest(product_of(self.config))),
            config_path=config_path,
        )
        bound_queue(self, WAITING_RECORDS)
        self.goes_on = False
        """Whether `read` belongs to the sync of the source that was read before: its figures are added to those."""

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Builds the streams where the source was made without a configuration, as Airbyte's standard tests do."""
        if not self.config:
            self.__init__(config=config)  # type: ignore[misc]
        return super().configure(config, temp_dir)

    def streams(self, config: Mapping[str, Any]) -> list[Any]:
        streams = super().streams(config)
        routers = {
            stream.name: stream.get_partition_router() for stream in streams if isinstance(stream, DefaultStream)
        }
        for stream in streams:
            # The CDK copies files unasked.
            wrap_uploader(stream, PatientUploader if stream.name in self._with_files else None)
        self._feeds = {name: router for name, router in routers.items() if isinstance(router, FeedPartitionRouter)}
        self._feeds_of_parents = {
            name: router.feeds() for name, router in routers.items() if isinstance(router, ChangedPartitionRouter)
        }
        return streams

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: Optional[List[AirbyteStateMessage]] = None,
    ) -> Iterator[AirbyteMessage]:
        """As the CDK's, with states that hide nothing from the next sync.

        A feed's knows the projects that it may know at the moment at which it is emitted. No cursor is later than
        Basecamp's own clock.
        """
        if not self.goes_on:
            for kept in (STATS, BUCKETS, SITES, WHOLE):
                kept.clear()
        self._with_files = {one.stream.name for one in catalog.streams if one.include_files}
        ahead: set[str] = set()
        for message in super().read(logger, config, catalog, state):
            if message.state and message.state.stream:
                stream = message.state.stream.stream_descriptor.name
                blob = vars(message.state.stream.stream_state)
                if (router := self._feeds.get(stream)) and (known := router.confirmed(blob.get("parent_state"))):
                    blob["parent_state"] = known
                for parent, router in self._feeds_of_parents.get(stream, {}).items():
                    saved = blob.get("parent_state", {}).get(parent, {})
                    if known := router.confirmed(saved.get("parent_state")):
                        saved["parent_state"] = known
                if BUCKETS.first_answer and BUCKETS.last_answer:
                    held = held_back(blob, BUCKETS.first_answer, BUCKETS.last_answer)
                    # A `date` is a day that was worked on: one to come is no mistake.
                    if held != blob and "date" not in held and stream not in ahead:
                        ahead.add(stream)
                        logger.warning(DATED_AHEAD, stream)
                    blob.update(held)
            yield message

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Reads projects. Fails with the message of an error, and where `project_ids` names one that is not visible.

        Reads one page of them, or all where there are `project_ids`. Warns where no project is visible.
        """
        require_valid(config)
        STATS.clear()
        SITES.clear()
        (projects,) = (stream for stream in self.streams(config) if stream.name == "projects")
        visible = (record["id"] for partition in projects.generate_partitions() for record in partition.read())
        wanted = self.config.get("project_ids", [])
        try:
            seen = set(visible) if wanted else {next(visible, None)} - {None}
        except AirbyteTracedException as error:
            return AirbyteConnectionStatus(Status.FAILED, error.message)
        if unseen := [id for id in wanted if id not in seen]:
            return AirbyteConnectionStatus(Status.FAILED, UNSEEN_PROJECTS.format(ids=", ".join(map(str, unseen))))
        if not seen:
            logger.warning(NOTHING_VISIBLE)
        return AirbyteConnectionStatus(Status.SUCCEEDED)
