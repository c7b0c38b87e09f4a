"""Airbyte's standard tests, as `acceptance-test-config.yml` lists them, and laws of the sample files beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from airbyte_cdk.test.entrypoint_wrapper import read
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from integration_tests.support.connector import ALL_FEEDS, ROOT, InProcess, truth
from integration_tests.support.patches import no_waiting
from integration_tests.support.samples import CONFIGURED_CATALOG, FUTURE_STATE, catalog, future_state
from sandbox import ClassicSize, Sandbox
from source_basecamp import SourceBasecamp
from source_basecamp.config import require_valid

SAMPLES = ROOT / "integration_tests"
CONFIG, STATE = SAMPLES / "sample_config.json", SAMPLES / "sample_state.json"
INVALID = sorted((SAMPLES / "invalid_configs").glob("*.json"))
VERBS = ("check", "discover", "read", "spec")


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs each standard test with the configurations listed for its verb, and not, as the kit's own hook does, with
    all of them, to skip most.
    """
    if "scenario" in metafunc.fixturenames:
        verb = next(verb for verb in VERBS if verb in metafunc.function.__name__)
        scenarios = [scenario for scenario in metafunc.cls.get_scenarios() if scenario.runs(verb)]
        metafunc.parametrize("scenario", scenarios, ids=lambda scenario: scenario.id)


@pytest.fixture(scope="module", autouse=True)
def sandbox() -> Iterator[Sandbox]:
    """The sandbox as it comes, which the sample configurations fit, for everything that this process runs."""
    with (
        Sandbox(rate_limit=False, classic=ClassicSize()) as server,
        pytest.MonkeyPatch.context() as patch,
        no_waiting(),
    ):
        for name, value in server.env.items():
            patch.setenv(name, value)
        yield server


@pytest.mark.filterwarnings("error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning")
class TestAirbyteStandards(SourceTestSuiteBase):
    """What Airbyte expects of every source."""

    connector = SourceBasecamp
    connector_name = "source-basecamp"

    # A container engine and the network are for `airbyte-cdk image test`.
    test_docker_image_build_and_spec = None
    test_docker_image_spec_backward_compatibility = None
    test_docker_image_build_and_check = None
    test_docker_image_build_and_config_matches_spec = None
    test_docker_image_build_and_discover = None
    test_docker_image_build_and_read = None


def test_every_invalid_configuration_is_listed_as_one_that_fails() -> None:
    acceptance = yaml.safe_load((ROOT / "acceptance-test-config.yml").read_text())["acceptance_tests"]
    failing = [test["config_path"] for test in acceptance["connection"]["tests"] if test["status"] == "failed"]
    assert failing == [str(path.relative_to(ROOT)) for path in INVALID]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_configuration_is_the_sample_with_one_fault_and_the_message_names_it(path: Path) -> None:
    config, sample = load(path), load(CONFIG)
    faults = [field for field in sample | config if config.get(field) != sample.get(field)]
    with pytest.raises(AirbyteTracedException) as failure:
        require_valid(config)
    assert len(faults) == 1
    assert [field for field in sample if f"'{field}'" in str(failure.value.message)] == faults


def test_the_sample_files_that_name_every_stream_are_fresh() -> None:
    assert CONFIGURED_CATALOG.read_text() == catalog(), "run `make docs`"
    assert FUTURE_STATE.read_text() == future_state(), "run `make docs`"


def test_the_sample_catalog_configures_every_stream_as_discover_describes_it(sandbox: Sandbox, tmp_path: Path) -> None:
    (catalog,) = InProcess(sandbox, tmp_path).discover().of_type("CATALOG")
    discovered = {stream["name"]: stream for stream in catalog["streams"]}
    configured = {entry["stream"]["name"]: entry["stream"] for entry in load(CONFIGURED_CATALOG)["streams"]}
    assert list(configured) == list(discovered)
    for name, stream in configured.items():
        assert stream == {key: discovered[name][key] for key in stream} | {"json_schema": {}}


def test_the_sample_state_is_continued_where_it_says(sandbox: Sandbox) -> None:
    config = SourceBasecamp.read_config(str(CONFIG))
    catalog, state = SourceBasecamp.read_catalog(str(CONFIGURED_CATALOG)), SourceBasecamp.read_state(str(STATE))
    saved_streams = {entry["stream"]["stream_descriptor"]["name"] for entry in load(STATE)}
    catalog.streams = [entry for entry in catalog.streams if entry.stream.name in saved_streams]
    output = read(SourceBasecamp(catalog, config, state), config, catalog, state)
    assert output.errors == []
    records = [message.record for message in output.records if message.record]
    archived = {project["id"] for project in sandbox.account.projects("archived")}
    for entry in load(STATE):
        stream, saved = entry["stream"]["stream_descriptor"]["name"], entry["stream"]["stream_state"]
        known = stream in ALL_FEEDS
        expected = {record["id"] for record in truth(sandbox, stream) if not known or due(record, saved, archived)}
        assert {record.data["id"] for record in records if record.stream == stream} == expected


def due(record: dict[str, Any], state: dict[str, Any], archived: set[int]) -> bool:
    """Whether a record changed since the state of its status was saved, less the lookback of ten minutes.

    The state is of before archived projects were read.
    """
    if record["bucket"]["id"] in archived:
        return True
    own = [part["cursor"] for part in state.get("states", []) if part["partition"]["status"] == record["status"]]
    (cursor,) = own or [state]
    since = datetime.fromisoformat(cursor["updated_at"]) - timedelta(minutes=10)
    return datetime.fromisoformat(record["updated_at"]) >= since
