"""`sync --files`: every file once, byte by byte, under a name that is safe and stays."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from integration_tests.support.files import (
    ONLY,
    STREAMS,
    Connect,
    Copies,
    begun,
    copied,
    lying_in,
    refused,
    time_passes,
)
from integration_tests.support.places import execute
from sandbox import Fault
from sandbox.account import Account
from source_basecamp.cli import sync_output
from source_basecamp.downloads import SIGN_IN
from source_basecamp.warehouse.files.fetching import GONE


@pytest.fixture
def copies(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """An account of a few files, and no waits before other attempts."""
    return begun(connect, tmp_path, monkeypatch)


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


@pytest.mark.parametrize("takes_conditions", [True, False])
def test_a_record_that_merely_changed_moves_no_bytes(copies: Copies, takes_conditions: bool) -> None:
    copies.copy()
    copies.sandbox.storage.takes_conditions = takes_conditions
    for upload in copies.sandbox.account.feed("Upload"):
        copies.sandbox.account.update(upload["id"], title="Another title")
    figures = copies.copy()
    assert (figures["fetched"], figures["bytes_received"]) == (0, 0)
    assert figures["unchanged"] > 10
    assert copies.copy()["requests"] == 0


def test_a_record_that_changed_between_being_read_and_asked_for_is_asked_for_again(copies: Copies) -> None:
    upload = max(copies.sandbox.account.feed("Upload"), key=lambda one: one["byte_size"])

    def replace(account: Account) -> None:
        account.update(upload["id"], download_url=f"{upload['download_url']}.2")
        time_passes(copies.sandbox)

    # The smallest is asked for first.
    copies.sandbox.faults.add(Fault(path="/download/", before=replace), Fault(path=f"/{upload['id']}/", status=404))
    copies.copy()
    assert copies.rows["uploads", upload["id"]]["why_not"] == GONE
    assert copies.copy()["fetched"] == 1
    copies.assert_copied()


def test_a_table_of_before_is_gone_on_with(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    copies = begun(connect, tmp_path, monkeypatch, place)
    account = copies.sandbox.account
    copies.copy()
    for column in ("record_updated_at", "etag"):
        execute(place, f"ALTER TABLE stored_files DROP COLUMN {column}")
    time_passes(copies.sandbox)
    upload = next(one for one in account.feed("Upload") if one["byte_size"])
    account.update(upload["id"], download_url=f"{upload['download_url']}.2")
    figures = copies.copy()
    assert (figures["fetched"], figures["requests"]) == (1, 1)
    copies.assert_copied()
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


def test_the_projects_are_read_along_because_folders_have_their_names(copies: Copies) -> None:
    copies.streams = ("uploads",)
    copies.copy()
    copies.assert_copied()


def test_a_folder_of_the_name_of_a_file_leaves_it_another_that_stays(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    upload = next(one for one in account.feed("Upload") if one["byte_size"])
    place = copies.files / copies.rows["uploads", upload["id"]]["path"]
    place.unlink()
    place.mkdir()
    assert copies.copy()["fetched"] == 1
    copies.assert_copied()
    path = copies.rows["uploads", upload["id"]]["path"]
    assert copies.copy()["requests"] == 0
    account.update(upload["id"], byte_size=upload["byte_size"] + 1)
    assert copies.copy()["fetched"] == 1
    copies.assert_copied()
    assert copies.rows["uploads", upload["id"]]["path"] == path


def test_of_copies_that_people_have_made_in_the_folder_the_file_stays_the_one_it_was(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    before = copies.rows
    for backup in ("0", "z"):
        shutil.copytree(copies.files, copies.folder / backup)
    for backup in ("0", "z"):
        (copies.folder / backup).rename(copies.files / backup)
    upload = next(one for one in account.feed("Upload") if one["byte_size"])
    account.update(upload["id"], byte_size=upload["byte_size"] + 1)
    assert copies.copy()["requests"] == 1
    assert {key: row["path"] for key, row in copies.rows.items()} == {key: row["path"] for key, row in before.items()}
    assert (copies.files / before["uploads", upload["id"]]["path"]).stat().st_size == upload["byte_size"] + 1


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


def test_files_of_parquet_have_their_table_beside_the_others(copies: Copies) -> None:
    folder = copies.folder / "tables"
    options = (*ONLY, "--files", str(copies.files), "--to", f"parquet:{folder}")
    first, second = copies.sync(*options), copies.sync(*options)
    assert (first.exit_code, second.exit_code) == (0, 0)
    number = len(copied(copies.sandbox.account))
    assert f"The files are in {copies.files}: {number} copied" in first.stdout
    assert f"0 copied (0 bytes), {number} there before" in second.stdout
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


def test_a_new_version_that_was_cut_off_goes_on_where_it_stopped(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    upload = max(account.feed("Upload"), key=lambda one: one["byte_size"])
    account.update(upload["id"], byte_size=upload["byte_size"] + 7)
    path = rf"^/storage/.*/{upload['id']}/"
    copies.sandbox.faults.add(Fault(path=path, cut=50_000), Fault(path=path, times=2, status=503))
    assert copies.copy()["fetched"] == 0
    copies.copy()
    copies.assert_copied()
    (request,) = copies.sandbox.log.storage
    assert request.headers["range"] != "bytes=0-"
    assert list(copies.files.rglob("*.part")) == []


def test_what_is_told_of_a_file_that_was_gone_on_with_is_its_size(copies: Copies) -> None:
    upload = max(copies.sandbox.account.feed("Upload"), key=lambda one: one["byte_size"])
    copies.sandbox.faults.add(Fault(path=rf"^/storage/.*/{upload['id']}/", times=3, cut=50_000))
    copies.copy()
    figures = copies.copy()
    assert figures["fetched"] == 1
    assert figures["bytes"] == upload["byte_size"] > figures["bytes_received"]


def test_without_a_terminal_lines_tell_now_and_then_how_many_files_have_come(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_output, "TOLD_EVERY", 0.1)
    copies.sandbox.faults.add(Fault(path="^/storage/", skip=9, delay=0.5))
    number = copies.copy()["fetched"]
    came = r"^files: \d+ of \d+ files, [\d.]+ \w+ of [\d.]+ \w+, [\d.]+ \w+/s, 0:00:\d\d left$"
    assert 1 < len(re.findall(came, copies.told, re.MULTILINE)) < 50
    assert re.search(rf"^files: {number} copied \([\d.]+ \w+\), 0 there before, \d not copied; ", copies.told, re.M)
    again = copies.sync("--streams", "uploads", "--files", str(copies.files), "--quiet")
    assert again.stderr.count("files: ") == 1


def test_files_that_people_have_moved_in_the_folder_are_known_and_decide_of_no_other(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    project = account.projects()[0]
    for path in [*(copies.files / project["name"]).rglob("*.*")]:
        if path.is_file():
            path.rename(copies.files / path.name)
    assert copies.copy()["requests"] == 0
    account.create("Upload", project["id"], byte_size=5)
    assert copies.copy()["fetched"] == 1
    copies.assert_copied()


def test_a_file_that_was_moved_here_from_another_project_takes_no_others_there(copies: Copies) -> None:
    account = copies.sandbox.account
    copies.copy()
    source, target = account.projects()[0], account.create_project("Target")
    vault = next(tool for tool in target["dock"] if tool["name"] == "vault")
    upload = next(one for one in account.feed("Upload") if one["bucket"]["id"] == source["id"])
    account.update(upload["id"], bucket={**upload["bucket"], "id": target["id"], "name": "Target"})
    copies.copy()
    new = account.create("Upload", target["id"], byte_size=5)
    assert vault
    copies.copy()
    copies.assert_copied()
    assert copies.rows["uploads", new["id"]]["path"].startswith("Target/")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse names that are not Unicode")
def test_a_file_of_a_name_that_is_not_unicode_is_none_of_ours(copies: Copies) -> None:
    copies.copy()
    path = next(path for path in copies.files.rglob("*.*") if path.is_file())
    os.rename(path, os.fsencode(path.parent) + b"/caf\xe9 " + os.fsencode(path.name.rpartition(" ")[2]))
    assert copies.copy()["fetched"] == 1
    assert path.exists()
