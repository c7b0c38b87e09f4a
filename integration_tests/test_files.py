"""`sync --files`: every file once, byte by byte, and what cannot be had is told and not asked for again."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.files import ONLY, STREAMS, bytes_of, copied, lying_in, refused, small_uploads
from integration_tests.support.sync import SyncingHere
from sandbox import AccountSize, Fault, Sandbox
from source_basecamp.downloads import SIGN_IN, UNSAFE
from source_basecamp.warehouse.files import fetching
from source_basecamp.warehouse.files.fetching import FORBIDDEN, GONE

SIZE = AccountSize(
    projects=3, archived_projects=1, trashed_projects=1, uploads=(14, 2, 2), campfire_lines=16, messages=(10, 2, 1)
)
STORED = "what, id, project_id, name, content_type, byte_size, path, sha256, why_not"

Connect = Callable[..., Connector]


class Copies(SyncingHere):
    """Syncs of an account's tables and files."""

    streams: tuple[str, ...] = ("projects", "uploads")

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def copy(self, *options: str, exit_code: int = 0) -> dict[str, Any]:
        """What `--json` says of the files."""
        self.sandbox.log.clear()
        done = self.sync("--streams", ",".join(self.streams), "--files", str(self.files), "--json", *options)
        assert done.exit_code == exit_code, done.stderr
        assert "Signature" not in done.stdout + done.stderr
        self.told = done.stderr
        return dict(done.summary["files"])

    @property
    def asked(self) -> list[str]:
        """The paths that Basecamp was asked for files at in the last sync."""
        return [one.path for one in self.sandbox.log.api if re.search(r"/download/|/attachments/", one.path)]

    @property
    def rows(self) -> dict[tuple[str, int], dict[str, Any]]:
        names = STORED.split(", ")
        found = [dict(zip(names, row, strict=True)) for row in self.query(f"SELECT {STORED} FROM {self.table}")]
        return {(row["what"], row["id"]): row for row in found}

    @property
    def table(self) -> str:
        return f"{self.schema}.stored_files"

    def assert_copied(self) -> None:
        """Every file that a token opens lies there, and the table says so."""
        account, lying = self.sandbox.account, lying_in(self.files)
        whole = {key: row for key, row in self.rows.items() if row["why_not"] is None}
        assert {key: row["sha256"] for key, row in whole.items()} == copied(account, self.streams)
        assert {row["path"]: row["sha256"] for row in whole.values()} == lying


@pytest.fixture
def copies(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """An account of a few files, and no waits before other attempts."""
    return begun(connect, tmp_path, monkeypatch)


def begun(connect: Connect, folder: Path, monkeypatch: pytest.MonkeyPatch, to: str | None = None) -> Copies:
    monkeypatch.setattr(fetching, "WAITS", (0.0, 0.0))
    sandbox = connect(SIZE).sandbox
    small_uploads(sandbox.account)
    # The clock of the records is also that of the answers.
    sandbox.switches.account_time = True
    time_passes(sandbox)
    return Copies(sandbox, folder, to)


def time_passes(sandbox: Sandbox) -> None:
    """More than the second in which a record may change and be asked for."""
    for _ in range(7):
        sandbox.account.store.clock.tick()


def test_every_file_is_there_byte_by_byte_and_the_next_sync_asks_for_none(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    copies = begun(connect, tmp_path, monkeypatch, place)
    copies.streams = tuple(STREAMS)
    account = copies.sandbox.account
    first = copies.copy()
    copies.assert_copied()
    assert first["fetched"] == len(copied(account, copies.streams))
    assert first["bytes"] == sum(path.stat().st_size for path in copies.files.rglob("*") if path.is_file())
    assert first["not_fetched"] == {SIGN_IN: len(refused(account, copies.streams))}
    assert first["requests"] == len(copies.asked) == first["listed"]
    assert {key for key, row in copies.rows.items() if row["why_not"]} == refused(account, copies.streams)
    again = copies.copy()
    assert (again["fetched"], again["kept"], again["bytes"], again["requests"]) == (0, first["fetched"], 0, 0)
    assert again["not_asked_for"] == len(refused(account, copies.streams))
    assert copies.asked == [] == copies.sandbox.log.storage
    assert "not copied" not in copies.told


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


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_what_was_cut_off_goes_on_where_it_stopped(copies: Copies, takes_ranges: bool) -> None:
    account = copies.sandbox.account
    upload = max(account.feed("Upload"), key=lambda one: one["byte_size"])
    copies.sandbox.storage.takes_ranges = takes_ranges
    copies.sandbox.faults.add(Fault(path=rf"^/storage/.*/{upload['id']}/", cut=50_000))
    copies.copy()
    copies.assert_copied()
    asked = [one for one in copies.sandbox.log.storage if f"/{upload['id']}/" in one.path]
    assert [one.headers.get("range") for one in asked][:1] == [None]
    first, last = asked[1].headers["range"].removeprefix("bytes=").split("-")
    assert 0 < int(first) < 50_000
    assert last == ""


def test_a_part_of_an_older_version_is_not_gone_on_with(copies: Copies) -> None:
    account = copies.sandbox.account
    upload = max(account.feed("Upload"), key=lambda one: one["byte_size"])
    copies.sandbox.faults.add(Fault(path=rf"^/storage/.*/{upload['id']}/", times=3, cut=50_000))
    assert copies.copy()["not_fetched"]
    assert [path.suffix for path in copies.files.rglob(f"*{upload['id']}*")] == [".part"]
    account.update(upload["id"], byte_size=upload["byte_size"] + 7)
    copies.copy()
    copies.assert_copied()


def test_a_new_version_is_fetched_and_a_renamed_or_moved_record_is_not(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    before = lying_in(copies.files)
    larger, same_size, renamed, *_ = (one for one in account.feed("Upload") if one["byte_size"])
    account.update(larger["id"], byte_size=larger["byte_size"] + 1)
    account.update(same_size["id"], download_url=f"{same_size['download_url']}.2")
    account.update(renamed["id"], filename="another name.pdf", title="another name.pdf")
    project = account.projects()[0]
    account.update(project["id"], name="Another name")
    account.create("Upload", project["id"], byte_size=5)
    time_passes(copies.sandbox)
    figures = copies.copy()
    copies.assert_copied()
    assert (figures["fetched"], figures["unchanged"]) == (3, 1)
    after = lying_in(copies.files)
    assert len(after) == len(before) + 1
    assert before.keys() <= after.keys(), "a file does not change its place"
    assert copies.rows["uploads", renamed["id"]]["name"] == "another name.pdf"
    assert not (copies.files / "Another name").exists()
    assert copies.copy()["requests"] == 0


def test_the_rows_and_the_files_of_what_is_gone_stay(copies: Copies) -> None:
    copies.copy()
    before, lying = copies.rows, lying_in(copies.files)
    for upload in copies.sandbox.account.feed("Upload")[:3]:
        copies.sandbox.account.delete(upload["id"])
    assert copies.copy()["requests"] == 0
    assert (copies.rows, lying_in(copies.files)) == (before, lying)


def test_files_are_known_again_from_another_database(copies: Copies) -> None:
    copies.copy()
    other = Copies(copies.sandbox, copies.folder, f"duckdb:{copies.folder / 'other.duckdb'}")
    figures = other.copy()
    assert (figures["fetched"], len(other.sandbox.log.storage)) == (0, 0)
    other.assert_copied()


HOSTILE = (
    "../../../../tmp/escaped", "/etc/passwd", "..", ".", "", "CON", "nul.txt", "a" * 300 + ".pdf", "tab\tnul\0.txt",
    "dots...", "Plan.PDF", "plan.pdf", "e\u0301.txt", "\u00e9.txt", "C:\\Windows\\x", "a/b", "\u202egpj.exe", "x.part",
    "~", "-rf", "💾" * 100,
)  # fmt: skip


def test_no_name_leads_out_of_the_folder_and_each_is_fit_for_every_system(copies: Copies) -> None:
    copies.streams = tuple(STREAMS)
    account = copies.sandbox.account
    vaults, uploads = account.feed("Vault"), account.feed("Upload")
    for name, vault in zip(HOSTILE, vaults, strict=False):
        account.update(vault["id"], title=name)
    for project, name in zip(account.projects(), HOSTILE, strict=False):
        account.update(project["id"], name=name)
    for name, upload in zip(HOSTILE, uploads, strict=False):
        account.update(upload["id"], filename=name)
    for name in HOSTILE[len(uploads) :]:
        account.create("Upload", filename=name, byte_size=10)
    copies.copy()
    copies.assert_copied()
    paths = [path.relative_to(copies.files) for path in copies.files.rglob("*")]
    for part in {part for path in paths for part in path.parts}:
        assert len(part.encode()) <= 140
        assert not re.search(r'[<>:"\\|?*\x00-\x1f\u202e]', part)
        assert part.strip(" .") == part
        assert part.partition(".")[0].upper() not in {"CON", "NUL"}
    files = [str(path).lower() for path in paths if (copies.files / path).is_file()]
    assert len(set(files)) == len(files)
    left = {path.name for path in copies.folder.iterdir()} - {"home"}
    assert left == {"basecamp.duckdb", "config.json", "files"}


def test_a_link_in_the_folder_is_not_followed(copies: Copies) -> None:
    outside = copies.folder / "outside"
    outside.mkdir()
    copies.files.mkdir()
    project = copies.sandbox.account.projects()[0]
    (copies.files / project["name"]).symlink_to(outside)
    copies.copy()
    assert list(outside.iterdir()) == []
    kept_out = [row for row in copies.rows.values() if row["project_id"] == project["id"] and row["why_not"] != SIGN_IN]
    assert kept_out
    assert all(row["why_not"].startswith("It cannot be written") for row in kept_out)


def test_a_full_disk_ends_the_files_part_with_a_message(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, left = os.write, [100_000]

    def write(file: int, data: Any) -> int:
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return usual(file, data)

    monkeypatch.setattr(fetching.os, "write", write)
    figures = copies.copy()
    assert figures["stopped"].startswith(f"The disk of {copies.files} is full.")
    assert "The disk of" in copies.told
    assert not list(copies.files.rglob("*.part"))
    monkeypatch.undo()
    copies.copy()
    copies.assert_copied()


def test_a_file_that_the_disk_does_not_take_stops_no_other(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = max(copies.sandbox.account.feed("Upload"), key=lambda one: one["byte_size"])
    usual = fetching.os.write

    def write(file: int, data: Any) -> int:
        if os.lseek(file, 0, os.SEEK_CUR) > 200_000:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return usual(file, data)

    account = copies.sandbox.account
    account.update(upload["id"], byte_size=300_000)
    for other in account.records("Upload"):
        if other["id"] != upload["id"]:
            account.update(other["id"], byte_size=min(other["byte_size"], 1_000))
    monkeypatch.setattr(fetching.os, "write", write)
    copies.copy()
    why = {id: row["why_not"] for (what, id), row in copies.rows.items() if what == "uploads" and row["why_not"]}
    assert why == {upload["id"]: "It cannot be written: File too large."}


def test_two_files_of_one_line_of_a_chat_are_two(copies: Copies) -> None:
    copies.streams = tuple(STREAMS)
    account = copies.sandbox.account
    line = account.records("Chat::Lines::Text")[0]
    base = f"https://3.basecampapi.com/{account.account_id}/attachments/{line['id']}"
    files = [
        {"title": name, "url": f"{base}/{name}", "byte_size": 9, "filename": name, "content_type": "text/plain"}
        for name in ("one.txt", "two.txt")
    ]
    account.update(line["id"], attachments=files)
    copies.copy()
    copies.assert_copied()
    assert {("campfire_lines", line["id"]), ("campfire_lines 2", line["id"])} <= copies.rows.keys()


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


def test_files_of_classic_are_refused(copies: Copies) -> None:
    copies.config.write_text(json.dumps(copies.sandbox.classic_config()))
    done = copies.sync("--files", str(copies.files))
    assert (done.exit_code, copies.sandbox.log.requests) == (2, [])
    assert "This configuration is for Basecamp Classic." in done.stderr


def test_files_of_parquet_have_their_table_beside_the_others(copies: Copies) -> None:
    folder = copies.folder / "tables"
    done = copies.sync(*ONLY, "--files", str(copies.files), "--to", f"parquet:{folder}")
    assert done.exit_code == 0
    assert f"The files are in {copies.files}: {len(copied(copies.sandbox.account))} copied" in done.stdout
    assert (folder / "stored_files.parquet").exists()


def test_a_new_version_of_the_same_size_is_asked_for_until_it_is_there(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    upload = next(one for one in account.feed("Upload") if one["byte_size"])
    account.update(upload["id"], download_url=f"{upload['download_url']}.2")
    time_passes(copies.sandbox)
    copies.sandbox.faults.add(Fault(path=rf"^/storage/.*/{upload['id']}/", times=3, status=503))
    assert copies.copy()["fetched"] == 0
    assert "status 503" in copies.rows["uploads", upload["id"]]["why_not"]
    assert copies.copy()["fetched"] == 1
    copies.assert_copied()
