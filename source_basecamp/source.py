"""The source: `manifest.yaml` on the CDK, with the configuration checked before anything else."""

from __future__ import annotations

import ast
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, List, Optional

from airbyte_cdk.models import AirbyteConnectionStatus, AirbyteStateMessage, ConfiguredAirbyteCatalog, Status
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

from source_basecamp.config import normalised, require_valid
from source_basecamp.ledger import LEDGER

_HERE = Path(__file__).parent

RECORDS_IN_WAITING = 1_000
"""How many may have been read and not yet be taken by the destination; a to-do is about 12 kB of memory."""


def manifest_path() -> Path:
    """The manifest: inside the installed package, or at the top of a checkout.

    Never the one of the working directory, which may be another connector's.
    """
    installed = _HERE / "manifest.yaml"
    return installed if installed.exists() else _HERE.parent / "manifest.yaml"


NOTHING_VISIBLE = (
    "The connection works, but no project is visible to the user who authorised it. Basecamp shows a user only the "
    "projects that it is a member of: add the user to the projects that you want to read."
)

UNSEEN_PROJECTS = (
    "'project_ids' names projects that the user who authorised this connection cannot see: {ids}. Correct them, or add "
    "the user to these projects in Basecamp."
)


class SourceBasecamp(YamlDeclarativeSource):
    """Reads a Basecamp account. Streams, requests and spec are declared in `manifest.yaml`."""

    def __init__(
        self,
        catalog: Optional[ConfiguredAirbyteCatalog] = None,
        config: Optional[Mapping[str, Any]] = None,
        state: Optional[List[AirbyteStateMessage]] = None,
        config_path: Optional[str] = None,
    ) -> None:
        super().__init__(
            path_to_yaml=str(manifest_path()),
            catalog=catalog,
            config=normalised(config) if config else None,
            state=state,
            config_path=config_path,
        )
        # The CDK lets 10,000 wait, which would be most of the memory of a sync.
        self._concurrent_source._queue.maxsize = RECORDS_IN_WAITING

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Takes the configuration, also where the source was built without one, as Airbyte's test suites do."""
        if not self._config:
            self.__init__(config=config)  # type: ignore[misc]
        return super().configure(config, temp_dir)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """As the CDK's, with the error in its own words, and a note where nothing is visible to the user."""
        require_valid(config)
        LEDGER.clear()
        status = super().check(logger, config)
        if status.status == Status.FAILED:
            # The CDK's message is a Python literal of what it was told about the stream.
            told = ast.literal_eval(status.message) if status.message else ""
            status.message = str(told).removeprefix("Stream projects is not available: ")
        elif unseen := self._unseen_projects():
            return AirbyteConnectionStatus(Status.FAILED, UNSEEN_PROJECTS.format(ids=", ".join(map(str, unseen))))
        elif not LEDGER.total("emitted"):
            logger.warning(NOTHING_VISIBLE)
        return status

    def _unseen_projects(self) -> list[int]:
        """The ids in `project_ids` that no listing of projects holds."""
        wanted = self._config.get("project_ids", [])
        if not wanted:
            return []
        (projects,) = (stream for stream in self.streams(self._config) if stream.name == "projects")
        seen = {record["id"] for partition in projects.generate_partitions() for record in partition.read()}
        return [id for id in wanted if id not in seen]
