"""The half of the command line that is for people: what it prints, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import Any

import pytest

from integration_tests.support.cli import BOX, Person
from integration_tests.support.connector import STREAMS
from integration_tests.support.messages import WRONG_CLIENT, account
from sandbox import Fault
from source_basecamp.catalog import all_streams

ESCAPE = "\x1b"


@pytest.fixture(autouse=True)
def _another_account(person: Person) -> None:
    person.sandbox.tokens.accounts.append(dict(account("bcx")))


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_accounts_are_a_line_each(person: Person) -> None:
    shown = person.run("accounts")
    assert (shown.exit_code, shown.err) == (0, "")
    assert shown.lines == [
        "     id  name           product             usable",
        "1999990  Honcho Design  Basecamp 3, 4 or 5  yes, the one in your configuration",
        "    222  Old & Co       Basecamp 2          not supported: Basecamp 2 has another API",
    ]


def test_accounts_as_json_are_the_same(person: Person) -> None:
    assert person.run_here("accounts", "--json").json == [
        {
            "id": 1999990,
            "name": "Honcho Design",
            "product": "Basecamp 3, 4 or 5",
            "usable": True,
            "why_not": None,
            "in_config": True,
        },
        {
            "id": 222,
            "name": "Old & Co",
            "product": "Basecamp 2",
            "usable": False,
            "why_not": "not supported: Basecamp 2 has another API",
            "in_config": False,
        },
    ]


def test_a_classic_account_can_be_read_and_the_one_of_the_configuration_is_told_by_its_product(person: Person) -> None:
    tokens = person.sandbox.tokens
    tokens.accounts = [*tokens.accounts[:1], dict(account("basecamp", id=1999990))]
    assert person.run_here("accounts").lines[1:] == [
        "1999990  Honcho Design  Basecamp 3, 4 or 5  yes, the one in your configuration",
        "1999990  Old & Co       Basecamp Classic    yes",
    ]
    person.save(product="classic")
    assert person.run_here("accounts").lines[1:] == [
        "1999990  Honcho Design  Basecamp 3, 4 or 5  yes",
        "1999990  Old & Co       Basecamp Classic    yes, the one in your configuration",
    ]
    assert [each["usable"] for each in person.run_here("accounts", "--json").json] == [True, True]
    assert [each["in_config"] for each in person.run_here("accounts", "--json").json] == [False, True]


def test_a_configured_account_of_another_product_is_shown_with_what_to_set(person: Person) -> None:
    person.sandbox.tokens.accounts = [dict(account("basecamp", id=1999990))]
    assert person.run_here("accounts").lines[1:] == [
        "1999990  Old & Co  Basecamp Classic  yes, the one in your configuration: set 'product' to 'classic'"
    ]


def test_no_account_is_said(person: Person) -> None:
    person.sandbox.tokens.accounts = []
    assert person.run_here("accounts").lines == ["This login belongs to no Basecamp account."]
    assert person.run_here("accounts", "--json").json == []


def test_a_name_is_shown_as_it_is_and_steers_no_terminal(person: Person) -> None:
    name = "[red]Us[/] \x1b[2J & them :heart:"
    person.sandbox.tokens.accounts = [dict(account("bc3", name=name))]
    clean = name.replace(ESCAPE, "\N{REPLACEMENT CHARACTER}")
    assert clean in person.run_here("accounts").out
    shown = person.on_a_terminal("accounts").out
    assert clean in shown
    assert name not in shown


def test_a_long_name_is_whole(person: Person) -> None:
    name = "Ä日本 " * 80 + "end"
    person.sandbox.tokens.accounts.append(dict(account("bc3", id=7, name=name)))
    long = person.run_here("accounts").lines[3]
    assert long == f"      7  {name}  Basecamp 3, 4 or 5  yes"
    folded = person.on_a_terminal("accounts", columns=60).out
    assert [folded.count(sign) for sign in "Ä日本"] == [80, 80, 80]


@pytest.mark.parametrize("rotates", [False, True])
def test_refreshed_tokens_are_saved_and_nothing_else_changes(person: Person, rotates: bool) -> None:
    person.sandbox.tokens.rotate = rotates
    person.save(start_date="2026-01-01", own={"key": ["ä", None]})
    before = person.config
    first, second = person.run_here("accounts"), person.run_here("accounts")
    assert first == second
    after = person.config
    changed = {"access_token", "token_expiry_date"} | ({"client_refresh_token_2"} if rotates else set())
    assert {key for key in after if after[key] != before.get(key)} == changed
    assert list(after)[: len(before)] == list(before)
    assert after["client_refresh_token_2"] == person.sandbox.tokens.refresh_token
    assert person.file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in person.folder.iterdir()] == ["config.json"]
    # The second run had a token.
    assert person.sandbox.log.count("/authorization/token") == 1


def test_a_kept_token_that_is_taken_no_more_is_replaced(person: Person) -> None:
    person.save(access_token=person.sandbox.tokens.issue(), token_expiry_date="2099-01-01T00:00:00Z")
    person.sandbox.tokens.expire_all()
    assert person.run_here("accounts").exit_code == 0
    assert person.sandbox.tokens.seconds_left(person.config["access_token"]) > 0


def test_a_configuration_behind_a_link_stays_behind_it(person: Person) -> None:
    real = person.folder / "elsewhere" / "real.json"
    real.parent.mkdir()
    person.file.rename(real)
    person.file.symlink_to(real)
    assert person.run_here("accounts").exit_code == 0
    assert person.file.is_symlink()
    assert json.loads(real.read_text())["access_token"]


FAILURES: dict[str, tuple[Any, str]] = {
    "no file": (
        lambda person: person.file.unlink(),
        "There is no configuration at config.json. Make one with `source-basecamp login`, or name another with "
        "--config.",
    ),
    "no JSON": (
        lambda person: person.file.write_text("[1"),
        "The configuration at config.json cannot be read: it is not JSON. Correct it, or make a new one with "
        "`source-basecamp login`.",
    ),
    "no object": (
        lambda person: person.file.write_text("[1]"),
        "The configuration at config.json cannot be read: it is not a JSON object. Correct it, or make a new one with "
        "`source-basecamp login`.",
    ),
    "a missing key": (
        lambda person: person.save(client_id=None),
        "'client_id' is missing: copy it from your integration at https://launchpad.37signals.com/integrations.",
    ),
    "a wrong secret": (lambda person: person.save(client_secret="wrong"), WRONG_CLIENT),
    "Launchpad is down": (
        lambda person: person.sandbox.faults.add(Fault(r"/authorization\.json", status=503, body="")),
        "Launchpad, which issues Basecamp's access tokens, could not be used: it answered with status 503. Nothing is "
        "lost: try again later.",
    ),
    "a login page in between": (
        lambda person: person.sandbox.faults.add(Fault(r"/authorization\.json", status=200, body="<html>")),
        "Launchpad, which issues Basecamp's access tokens, could not be used: {url} answered with something that is "
        "not Basecamp's data (status 200, text/plain, 6 bytes). A proxy or a network login page may stand in between. "
        "Nothing is lost: try again later.",
    ),
    "a removed user": (
        lambda person: person.sandbox.faults.add(
            Fault(r"/authorization\.json", status=401, body="Unknown Basecamp ID")
        ),
        "Basecamp knows no account for the user who authorised this connection (any more). Have the user added to the "
        "account again, or authorise the connection as another user.",
    ),
    "what nobody foresaw": (
        lambda person: person.sandbox.faults.add(Fault(r"/authorization\.json", body='{"accounts": [{}]}')),
        "Unexpected error: KeyError: 'id'. Run it again with BASECAMP_DEBUG=1 in the "
        "environment for the details, and report them.",
    ),
}


@pytest.mark.parametrize(("arrange", "says"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_line_on_standard_error(person: Person, arrange: Any, says: str) -> None:
    arrange(person)
    shown = person.run_here("accounts", "--json")
    assert (shown.exit_code, shown.out) == (1, "")
    assert shown.err == f"Error: {says.format(url=person.sandbox.url)}\n"


def test_with_debug_the_stack_trace_stands_before_the_words(person: Person) -> None:
    person.env["BASECAMP_DEBUG"] = "1"
    person.sandbox.faults.add(Fault(r"/authorization\.json", body='{"accounts": [{}]}'))
    shown = person.run("accounts")
    assert (shown.exit_code, shown.out) == (1, "")
    assert "Traceback" in shown.err
    assert shown.err.splitlines()[-1].startswith("Error: Unexpected error: KeyError")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_verb_with_a_word_and_its_number(person: Person, number: signal.Signals) -> None:
    person.sandbox.faults.add(Fault(r"/authorization\.json", delay=30))
    with person.start("accounts") as process:
        deadline = time.monotonic() + 60
        while not person.sandbox.log.count("/authorization/token"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err.decode()) == (128 + number, b"", f"Error: Stopped by {number.name}.\n")


# --- streams ----------------------------------------------------------------------------------------------------------


def test_streams_are_a_line_each_and_ask_nobody(person: Person) -> None:
    person.file.unlink()
    shown = person.run("streams")
    assert (shown.exit_code, shown.err) == (0, "")
    assert shown.lines[0].split() == ["stream", "sync", "key", "requests"]
    assert [line.split()[0] for line in shown.lines[1:]] == list(STREAMS)
    for line, stream in zip(shown.lines[1:], all_streams(), strict=True):
        assert re.split("  +", line) == [
            stream.name,
            stream.sync_words,
            ", ".join(stream.key),
            stream.cost.replace("`", ""),
        ]
    assert not person.sandbox.log.requests


def test_the_streams_of_classic_are_told_where_it_is_named(person: Person) -> None:
    shown = person.run_here("streams", "--product", "classic")
    listed = {stream["name"]: stream for stream in person.run_here("streams", "--product", "classic", "--json").json}
    known = {stream.name: stream for stream in all_streams("classic")}
    assert [line.split()[0] for line in shown.lines[1:]] == list(listed) == list(known)
    assert {name: (stream["sync_mode"], stream["requests"]) for name, stream in listed.items()} == {
        name: ("full_refresh", stream.cost) for name, stream in known.items()
    }
    assert not person.sandbox.log.requests


@pytest.mark.parametrize(
    ("stream", "cost"),
    [
        ("people", "one"),
        ("categories", "one per project"),
        ("messages", "one or more per project"),
        ("todo_items", "one per to-do list"),
        ("comments", "one or more per message, to-do item or calendar entry with comments"),
    ],
)
def test_a_list_of_classic_without_pages_costs_one_request(stream: str, cost: str) -> None:
    assert {each.name: each.cost for each in all_streams("classic")}[stream] == cost


def test_streams_as_json_are_the_same(person: Person) -> None:
    listed = {stream["name"]: stream for stream in person.run_here("streams", "--json").json}
    assert list(listed) == list(STREAMS)
    assert listed["project_people"] == {
        "name": "project_people",
        "description": next(stream.description for stream in all_streams() if stream.name == "project_people"),
        "sync_mode": "full_refresh",
        "cursor": None,
        "key": ["project_id", "id"],
        "requests": "one or more per project",
    }
    assert (listed["todos"]["sync_mode"], listed["todos"]["cursor"]) == ("incremental", "updated_at")


@pytest.mark.parametrize("arguments", [["streams"], ["streams", "--json"], ["accounts"], ["--help"]], ids=" ".join)
def test_results_that_nobody_reads_end_as_in_other_programs(person: Person, arguments: list[str]) -> None:
    with person.start(*arguments) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(60) == 128 + signal.SIGPIPE


# --- the terminal, and none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["accounts", "streams"])
def test_a_table_has_colour_on_a_terminal_and_is_plain_elsewhere(person: Person, verb: str) -> None:
    on_terminal, piped = person.on_a_terminal(verb, columns=160).out, person.run_here(verb).out
    assert f"{ESCAPE}[1m" in on_terminal
    assert ESCAPE not in piped
    assert not BOX.search(piped)
    assert [line.rstrip() for line in re.sub(rf"{ESCAPE}\[[\d;]*m", "", on_terminal).splitlines()] == piped.splitlines()


def test_no_color_is_heeded(person: Person) -> None:
    shown = person.on_a_terminal("doctor", "--streams", "people", env={"NO_COLOR": "1"}).out
    assert not re.search(rf"{ESCAPE}\[[\d;]*3\dm", shown)
