"""In Airbyte, `uploads` hands its files on where a connection chooses it, and reads the same records where not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.test.entrypoint_wrapper import read

from integration_tests.support.connector import Connector, InProcess, configured_catalog
from integration_tests.support.files import bytes_of, small_uploads
from sandbox import AccountSize, Fault
from source_basecamp import SourceBasecamp

SIZE = AccountSize(projects=2, archived_projects=0, trashed_projects=0, uploads=12)

Connect = Callable[..., Connector]


@pytest.mark.slow
def test_a_read_that_chooses_files_stages_each_byte_by_byte_and_skips_what_cannot_be_had(
    connect_command: Connect, tmp_path: Path
) -> None:
    connector = connect_command(SIZE)
    account = connector.sandbox.account
    small_uploads(account)
    hostile, foreign, gone, *_ = (upload["id"] for upload in account.feed("Upload"))
    account.update(hostile, filename="../../../etc/pass\0wd")
    account.update(foreign, download_url="https://elsewhere.example.com/file.bin")
    connector.sandbox.faults.add(Fault(path=rf"^/\d+/buckets/\d+/uploads/{gone}/download", times=None, status=404))
    (staging := tmp_path / "staging").mkdir()
    connector.environment = {**connector.sandbox.env, "AIRBYTE_STAGING_DIRECTORY": str(staging), "HOME": str(tmp_path)}
    catalog = configured_catalog(["uploads"])
    plain = InProcess(connector.sandbox, tmp_path).read_catalog(catalog)
    assert connector.sandbox.log.storage == []
    assert not list(staging.iterdir())
    catalog["streams"][0]["include_files"] = True
    output = connector.read_catalog(catalog)
    assert (output.exit_code, output.statuses) == (0, {"uploads": "COMPLETE"})
    key = "id"
    assert sorted(output.records("uploads"), key=lambda one: one[key]) == sorted(
        plain.records("uploads"), key=lambda one: one[key]
    )
    referred = {one["data"]["id"]: one.get("file_reference") for one in output.of_type("RECORD")}
    assert {id for id, file in referred.items() if file is None} == {foreign, gone}
    for id, file in referred.items():
        if file:
            path = Path(file["staging_file_url"])
            assert path.resolve().parent == staging / "uploads"
            assert path.read_bytes() == bytes_of(account, id), id
    printed = str(output.messages) + output.stderr
    assert "X-Amz-Signature" not in printed
    for request in connector.sandbox.log.storage:
        assert "authorization" not in request.headers
    assert {urlsplit(f"//{one.host}").hostname for one in connector.sandbox.log.api} == {"127.0.0.1"}


def test_a_source_that_is_made_before_its_catalog_is_known_copies_no_file_unasked(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Airbyte's standard tests make it."""
    connector = connect(SIZE)
    for name, value in connector.sandbox.env.items():
        monkeypatch.setenv(name, value)
    catalog = ConfiguredAirbyteCatalogSerializer.load(configured_catalog(["uploads"]))
    output = read(SourceBasecamp(config=connector.config), connector.config, catalog)
    assert output.records
    assert connector.sandbox.log.storage == []


def test_uploads_alone_says_that_it_has_files(connect: Connect) -> None:
    (catalog,) = connect(SIZE).discover().of_type("CATALOG")
    assert [stream["name"] for stream in catalog["streams"] if stream.get("is_file_based")] == ["uploads"]
