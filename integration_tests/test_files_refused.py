"""What cannot be copied is told and not asked for again and again, ends no sync, and no token leaves Basecamp."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration_tests.support.classic_sync import TABLES
from integration_tests.support.files import (
    SIZES,
    Connect,
    Copies,
    begun,
    bytes_of,
    copied,
    lying_in,
    refused,
    time_passes,
)
from integration_tests.support.places import execute
from sandbox import AccountSize, Fault, Sandbox
from source_basecamp.downloads import REFUSED, SIGN_IN, UNSAFE
from source_basecamp.warehouse.files import draft, fetching
from source_basecamp.warehouse.files.fetching import FORBIDDEN, GONE
from source_basecamp.warehouse.files.folder import Folder


@pytest.fixture
def copies(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """An account of a few files, and no waits before other attempts."""
    return begun(connect, tmp_path, monkeypatch)


def test_the_token_goes_to_basecamp_only_and_signed_addresses_stand_nowhere(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASECAMP_DEBUG", "1")
    netrc = copies.folder / "netrc"
    netrc.write_text("machine localhost login me password secret\nmachine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    upload = copies.sandbox.account.feed("Upload")[0]["id"]
    copies.sandbox.faults.add(Fault(path=rf"^/storage/.*/{upload}/", times=None, cut=0))
    copies.copy()
    log = copies.sandbox.log
    assert log.storage
    assert not any({"authorization", "cookie", "referer"} & one.headers.keys() for one in log.storage)
    assert {urlsplit(f"//{one.host}").hostname for one in log.storage} == {"localhost"}
    assert {urlsplit(f"//{one.host}").hostname for one in log.api} == {"127.0.0.1"}
    assert all(one.headers["authorization"].startswith("Bearer ") for one in log.api)
    assert "Signature" not in str(copies.query(f"SELECT * FROM {copies.table}"))


REDIRECTS = {
    "http://storage.example.com/file": UNSAFE,
    "https://user@storage.example.com/file": UNSAFE,
    "ftp://localhost/file": UNSAFE,
    "//[": UNSAFE,
    "https://launchpad.37signals.com/signin": SIGN_IN,
    "https://3.basecampapi.com/1/file": SIGN_IN,
    "{api}/signin": SIGN_IN,
}
"""Where Basecamp may send a request for a file, and why it is not followed."""


def test_a_redirect_to_another_place_than_a_storage_is_not_followed(copies: Copies) -> None:
    uploads = [upload["id"] for upload in copies.sandbox.account.feed("Upload")]
    for upload, target in zip(uploads, REDIRECTS, strict=False):
        headers = {"Location": target.format(api=copies.sandbox.url)}
        copies.sandbox.faults.add(Fault(path=rf"^/\d+/.*/{upload}/download", status=302, headers=headers))
    copies.copy()
    reasons = [copies.rows["uploads", upload]["why_not"] for upload in uploads]
    assert reasons[: len(REDIRECTS)] == [*REDIRECTS.values()]
    assert copies.sandbox.faults.unused == []


def test_a_storage_that_redirects_is_not_followed_and_gets_no_token(copies: Copies, tmp_path: Path) -> None:
    upload = copies.sandbox.account.feed("Upload")[0]["id"]
    with Sandbox(AccountSize(), rate_limit=False) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        path = rf"^/storage/.*/{upload}/"
        copies.sandbox.faults.add(Fault(path=path, times=None, status=302, headers={"Location": f"{elsewhere}/x"}))
        copies.copy()
        assert other.log.requests == []
    assert "status 302" in copies.rows["uploads", upload]["why_not"]


def test_what_one_file_answers_stops_no_other_and_is_told(copies: Copies) -> None:
    account, faults = copies.sandbox.account, copies.sandbox.faults
    forbidden, gone, broken, denied, odd, large, *_ = (one["id"] for one in account.feed("Upload"))
    for id, status in ((forbidden, 403), (gone, 404), (broken, 500), (odd, 418)):
        faults.add(Fault(path=rf"^/\d+/.*/{id}/download", times=None, status=status))
    faults.add(Fault(path=rf"^/storage/.*/{denied}/", times=None, status=403))
    faults.add(Fault(path=rf"^/storage/.*/{large}/", times=None, body=b"another file"))
    figures = copies.copy()
    why = {id: row["why_not"] for (_, id), row in copies.rows.items()}
    assert (why[forbidden], why[gone]) == (FORBIDDEN, GONE)
    assert "status 500" in why[broken]
    assert "status 418" in why[odd]
    assert "storage that Basecamp named answered with status 403" in why[denied]
    assert "12 bytes" in why[large]
    assert figures["fetched"] == len(copied(account, copies.streams)) - 6
    assert f"1 file not copied: {GONE}" in copies.told
    faults.clear()
    # What passes by itself is asked for again; what Basecamp does not give is not.
    assert copies.copy()["fetched"] == 4
    assert copies.copy()["requests"] == 0
    assert copies.copy("--full-refresh")["fetched"] == 2
    copies.assert_copied()


def test_a_network_that_is_gone_ends_the_files_part_and_not_the_sync(copies: Copies) -> None:
    copies.sandbox.faults.add(Fault(path="^/storage/", times=None, reset=True))
    figures = copies.copy()
    assert "10 files in a row could not be fetched" in figures["stopped"]
    assert len(copies.asked) < 60
    copies.sandbox.faults.clear()
    copies.copy()
    copies.assert_copied()


def test_a_token_that_is_refused_in_the_middle_is_renewed_once(copies: Copies) -> None:
    def revoke(account: object) -> None:
        copies.sandbox.tokens.expire_all()

    copies.sandbox.faults.add(Fault(path=r"/download/", skip=5, before=revoke))
    copies.copy()
    copies.assert_copied()
    # The configuration has none at first.
    assert copies.sandbox.log.count("/authorization/token") == 2


def test_a_full_disk_ends_the_files_part_with_a_message(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, left = os.write, [100_000]

    def write(file: int, data: Any) -> int:
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return usual(file, data)

    monkeypatch.setattr(draft.os, "write", write)
    figures = copies.copy()
    assert figures["stopped"].startswith(f"The disk of {copies.files} is full.")
    assert "The disk of" in copies.told
    assert not list(copies.files.rglob("*.part"))
    monkeypatch.undo()
    copies.copy()
    copies.assert_copied()


def test_a_file_that_the_disk_does_not_take_stops_no_other(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = max(copies.sandbox.account.feed("Upload"), key=lambda one: one["byte_size"])
    usual = draft.os.write

    def write(file: int, data: Any) -> int:
        if os.lseek(file, 0, os.SEEK_CUR) > 200_000:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return usual(file, data)

    account = copies.sandbox.account
    account.update(upload["id"], byte_size=300_000)
    for other in account.records("Upload"):
        if other["id"] != upload["id"]:
            account.update(other["id"], byte_size=min(other["byte_size"], 1_000))
    monkeypatch.setattr(draft.os, "write", write)
    copies.copy()
    why = {id: row["why_not"] for (what, id), row in copies.rows.items() if what == "uploads" and row["why_not"]}
    assert why == {upload["id"]: "It cannot be written: File too large."}


def test_addresses_of_the_web_are_asked_for_at_the_api_and_foreign_ones_not_at_all(copies: Copies) -> None:
    account = copies.sandbox.account
    web, foreign, *_ = account.feed("Upload")
    path = urlsplit(web["download_url"]).path
    account.update(web["id"], download_url=f"https://storage.3.basecamp.com{path}")
    account.update(foreign["id"], download_url="https://basecamp.com.example.com/1/file")
    copies.copy()
    row = copies.rows["uploads", web["id"]]
    assert row["sha256"] == hashlib.sha256(bytes_of(account, web["id"])).hexdigest()
    assert copies.rows["uploads", foreign["id"]]["why_not"] == "Its address is none of Basecamp's."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "bigquery:"), "--files goes with duckdb:, postgres: or parquet:"),
        (("--files", "no/such/folder"), "The folder no/such/folder for files cannot be used"),
        (("--files", "config.json"), "is a file"),
        (("--skip", "projects"), "--files reads the stream projects too"),
    ],
)
def test_a_folder_or_a_place_that_does_not_do_is_told_at_once(
    copies: Copies, options: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copies.folder)
    done = copies.sync("--files", str(copies.files), *options)
    assert done.exit_code in (1, 2)
    assert message in done.stderr
    assert copies.sandbox.log.requests == []


@pytest.mark.parametrize("relation", ["stored_files", "files"])
def test_a_table_of_others_in_the_place_of_one_of_ours_is_told_at_once(copies: Copies, relation: str) -> None:
    execute(copies.to, f"CREATE TABLE {relation} (mine bigint)")
    done = copies.sync("--streams", "uploads", "--files", str(copies.files))
    assert done.exit_code == 1
    assert f"their list, {relation}, cannot be made, because there is another table" in done.stderr
    assert copies.sandbox.log.requests == []


def test_files_of_classic_are_refused(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "tables", TABLES)
    copies.config.write_text(json.dumps(copies.sandbox.classic_config()))
    done = copies.sync("--files", str(copies.files))
    assert (done.exit_code, copies.sandbox.log.requests) == (2, []), done.stderr
    assert "This configuration is for Basecamp Classic." in done.stderr


def test_files_that_never_come_keep_no_other_from_coming(copies: Copies) -> None:
    account = copies.sandbox.account
    *lost, whole = account.feed("Upload")
    for upload in lost:
        account.update(upload["id"], byte_size=1)
        copies.sandbox.faults.add(Fault(path=rf"^/storage/.*/{upload['id']}/", times=None, status=503))
    assert "10 files in a row" in copies.copy()["stopped"]
    copies.copy()
    assert copies.rows["uploads", whole["id"]]["why_not"] is None


def test_files_that_the_storage_does_not_have_are_asked_for_once_in_a_sync(copies: Copies) -> None:
    copies.sandbox.faults.add(Fault(path="^/storage/", times=None, status=404))
    figures = copies.copy()
    assert (figures["stopped"], figures["requests"]) == (None, figures["listed"])
    signs_in = len(refused(copies.sandbox.account, copies.streams))
    assert figures["not_fetched"] == {SIGN_IN: signs_in, REFUSED.format(status=404): figures["listed"] - signs_in}


def test_of_a_storage_that_does_not_end_no_more_is_taken_than_the_record_says(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(answer: object) -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    monkeypatch.setattr(fetching, "chunks", endless)
    figures = copies.copy()
    assert figures["bytes_received"] < figures["listed"] * (SIZES[-1] + 100_000)
    assert figures["fetched"] == 0
    assert lying_in(copies.files) == {}


def test_a_storage_is_not_told_what_it_has_set(copies: Copies) -> None:
    headers = {"Set-Cookie": "who=me; Path=/"}
    copies.sandbox.faults.add(Fault(path="^/storage/", headers=headers))
    copies.copy()
    assert not any("cookie" in one.headers for one in copies.sandbox.log.storage)


def test_a_new_version_that_is_refused_for_good_stays_told(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    upload = next(one for one in account.feed("Upload") if one["byte_size"])
    account.update(upload["id"], download_url=f"{upload['download_url']}.2")
    time_passes(copies.sandbox)
    copies.sandbox.faults.add(Fault(path=rf"^/\d+/.*/{upload['id']}/download", status=403))
    assert copies.copy()["not_fetched"] == {FORBIDDEN: 1}
    assert copies.copy()["not_asked_for"] == 1 + len(refused(account, copies.streams))
    assert copies.rows["uploads", upload["id"]]["why_not"] == FORBIDDEN
    assert copies.copy("--full-refresh")["fetched"] == 1
    copies.assert_copied()


def test_an_attachment_that_was_refused_is_asked_for_again_when_its_record_changes(copies: Copies) -> None:
    account = copies.sandbox.account
    uploads = account.feed("Upload")
    copies.copy()
    attached = {one["id"]: {("attachments", file["id"]) for file in one["description_attachments"]} for one in uploads}
    upload = next(id for id, files in attached.items() if files & refused(account, copies.streams))
    account.update(upload, title="Another title")
    figures = copies.copy()
    again = len(attached[upload] & refused(account, copies.streams))
    assert (figures["unchanged"], figures["not_fetched"]) == (1, {SIGN_IN: again})
    assert figures["requests"] == 1 + again
    assert copies.copy()["requests"] == 0


def test_a_reason_that_begins_like_a_refusal_for_good_is_none(copies: Copies) -> None:
    copies.copy()
    upload = next(one for one in copies.sandbox.account.feed("Upload") if one["byte_size"])
    execute(copies.to, f"UPDATE stored_files SET why_not = 'Basecamp does not answer.' WHERE id = {upload['id']}")
    next(copies.files.rglob(f"*({upload['id']})*")).unlink()
    assert copies.copy()["fetched"] == 1


def test_two_syncs_do_not_copy_into_one_folder_at_once(copies: Copies) -> None:
    other = Folder(copies.files)
    done = copies.sync("--streams", "projects,uploads", "--files", str(copies.files))
    assert done.exit_code == 1
    assert f"Another sync is copying files into {copies.files}." in done.stderr
    assert copies.sandbox.log.requests == []
    other.close()
    copies.copy()
    copies.assert_copied()
