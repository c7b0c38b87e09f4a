"""metadata.yaml is what Airbyte's registry and tools take, and lacks nothing that a certified source has to have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from airbyte_cdk.models.connector_metadata import ConnectorLanguage, MetadataFile

ROOT = Path(__file__).parent.parent
WHOLE: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text())
METADATA: dict[str, Any] = WHOLE["data"]

CERTIFIED = (
    "allowedHosts",
    "connectorBuildOptions",
    "connectorSubtype",
    "connectorTestSuitesOptions",
    "definitionId",
    "dockerImageTag",
    "dockerRepository",
    "documentationUrl",
    "externalDocumentationUrls",
    "githubIssueLabel",
    "icon",
    "license",
    "maxSecondsBetweenMessages",
    "name",
    "registryOverrides",
    "releaseDate",
    "releaseStage",
    "remoteRegistries",
    "suggestedStreams",
    "supportLevel",
    "tags",
)
"""What the checks of Airbyte's repository ask of a certified source (connectors_qa), and its registry of any."""


def test_the_registry_takes_it() -> None:
    models = pytest.importorskip(
        "airbyte_connector_models.metadata.v0.connector_metadata_definition_v0",
        reason="Airbyte's package of registry models has no release for this Python",
    )
    models.ConnectorMetadataDefinitionV0.model_validate(WHOLE)


def test_the_cdk_takes_it_for_a_python_connector() -> None:
    read = MetadataFile.from_file(ROOT / "metadata.yaml").data
    assert read.language == ConnectorLanguage.PYTHON
    assert read.connectorBuildOptions is not None
    assert read.suggestedStreams is not None


@pytest.mark.parametrize("field", CERTIFIED)
def test_nothing_is_missing_that_a_certified_source_has(field: str) -> None:
    assert METADATA.get(field)


def test_the_base_image_is_named_by_its_digest() -> None:
    image = r"docker\.io/airbyte/python-connector-base:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}"
    assert re.fullmatch(image, METADATA["connectorBuildOptions"]["baseImage"])


def test_the_tags_name_one_language_and_one_cdk() -> None:
    assert sorted(tag.split(":")[0] for tag in METADATA["tags"]) == ["cdk", "language"]


def test_every_suite_is_there() -> None:
    places = {
        "unitTests": "unit_tests",
        "integrationTests": "integration_tests",
        "acceptanceTests": "acceptance-test-config.yml",
    }
    assert [option["suite"] for option in METADATA["connectorTestSuitesOptions"]] == list(places)
    assert all((ROOT / place).exists() for place in places.values())


def test_the_documents_of_basecamp_are_named_with_their_kind() -> None:
    links = METADATA["externalDocumentationUrls"]
    assert all(link["url"].startswith("https://") for link in links)
    assert {"api_reference", "api_release_history", "authentication_guide", "rate_limits"} <= {
        link["type"] for link in links
    }
