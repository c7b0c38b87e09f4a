"""What is written for users is what the connector is and says today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integration_tests.support.messages import CASES, MessageCase
from source_basecamp import connection
from source_basecamp.catalog import resolved_manifest
from source_basecamp.cli import basecamp
from source_basecamp.doctor import network
from source_basecamp.error_handler import LATER
from source_basecamp.login import oauth
from source_basecamp.warehouse import errors
from tools.changelog import CHANGELOG, releases
from tools.docs import commands
from tools.docs.classic import CLASSIC_PAGE, classic_page
from tools.docs.generate import LISTED, TARGET, listed, reference
from tools.docs.page import PAGE, filled, page
from tools.docs.readme import README, readme
from tools.docs.warehouse import TABLES_PAGE, tables_page, with_classic_tables
from unit_tests.support.pages import PAGES, ROOT
from unit_tests.support.texts import HOLE, shown

MESSAGES = {
    "config_error": "What you can mend",
    "transient_error": "What passes",
    "system_error": "What to report",
    "note": "Notes in the log",
}


def test_the_reference_is_fresh() -> None:
    assert TARGET.read_text() == reference(), "run `make docs`"


def test_the_page_of_the_tables_is_fresh() -> None:
    assert TABLES_PAGE.read_text() == tables_page(), "run `make docs`"


def test_the_page_of_classic_is_fresh() -> None:
    assert CLASSIC_PAGE.read_text() == with_classic_tables(classic_page()), "run `make docs`"


def test_the_page_of_the_commands_is_fresh() -> None:
    assert commands.PAGE.read_text() == commands.commands(), "run `make docs`"


@pytest.mark.parametrize("product", LISTED)
def test_what_the_command_streams_says_is_fresh(product: str) -> None:
    assert LISTED[product].read_text() == listed(product), "run `make docs`"


def test_every_command_for_people_has_a_section_with_its_options() -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## )", commands.commands(), re.MULTILINE | re.DOTALL))
    assert sections.keys() == basecamp.commands.keys()
    for name, command in basecamp.commands.items():
        assert set(re.findall(r"^\| `(--[\w-]+)", sections[name], re.MULTILINE)) == {o.opts[0] for o in command.params}


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("doctor", network.CLOCK_HINT),
        ("login", oauth.DECLINED),
        ("sync", errors.NO_SPACE.replace("{place}", HOLE)),
        ("every command", connection.UNWRITABLE.format(path=HOLE, reason=HOLE)),
    ],
    ids=lambda value: value if len(value) < 15 else "",
)
def test_the_messages_of_a_command_are_on_its_page(section: str, message: str) -> None:
    (told,) = re.findall(rf"^##+ Messages of {section}\n(.*?)(?=^#|\Z)", commands.commands(), re.M | re.S)
    assert f"| {message} |" in told


def test_the_written_parts_of_the_page_are_fresh() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_the_table_of_streams_in_the_readme_is_fresh() -> None:
    assert README.read_text() == readme(), "run `make docs`"


def test_a_page_without_its_markers_is_noticed() -> None:
    with pytest.raises(ValueError, match="streams"):
        filled("no marker", "streams", "")


def test_every_version_of_the_changelog_is_on_the_page() -> None:
    told = releases(CHANGELOG.read_text())
    assert told
    assert [one for one in told if f"| {one.version} | {one.date} |" not in PAGE.read_text()] == []


def test_the_page_has_the_sections_of_other_connector_pages_in_their_order() -> None:
    assert re.findall(r"^## (.*)", PAGE.read_text(), re.MULTILINE) == [
        "Prerequisites",
        "Setup guide",
        "Supported sync modes",
        "Supported streams",
        "Performance considerations",
        "Data type map",
        "Limitations and troubleshooting",
        "Reference",
        "Changelog",
    ]


# --- messages ---------------------------------------------------------------------------------------------------------


def plain(markdown: str) -> str:
    """Text as the reader sees it, on one line."""
    return " ".join(re.sub(r"[`*]|<(?=https)|(?<=/)>", "", markdown).split())


def section(title: str) -> str:
    (text,) = re.findall(rf"^#### {title}.*?\n(.*?)(?=^##)", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(text)


def messages(kind: str) -> list[str]:
    """What the page says the connector says, with `…` for what is filled in."""
    rows = re.findall(r"^\| (.*?) \| .* \|$", section(MESSAGES[kind]), re.MULTILINE)
    return [plain(row) for row in rows if row not in ("---", "message", "line")]


def test_every_text_that_a_person_can_be_shown_is_on_the_page() -> None:
    told = plain(PAGE.read_text())
    assert len(shown()) > 50
    assert sorted(text for text in shown() if plain(text) not in told) == []


@pytest.mark.parametrize("kind", MESSAGES)
def test_the_page_quotes_nothing_that_the_connector_does_not_say(kind: str) -> None:
    keys = set(resolved_manifest()["spec"]["connection_specification"]["properties"])
    longest_first = sorted(map(plain, {*shown(), LATER}), key=len, reverse=True)
    for message in messages(kind):
        rest = message
        for text in longest_first:
            rest = rest.replace(text, HOLE)
        assert set(re.findall(r"\w+", rest)) <= keys, message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_page_says_of_each_message_whose_fault_it_is(case: MessageCase) -> None:
    told = [kind for kind in MESSAGES for message in messages(kind) if is_one(plain(case.says), message)]
    assert told == [case.failure_type]


def is_one(said: str, message: str) -> bool:
    return re.fullmatch(".+".join(map(re.escape, message.split(HOLE))), said) is not None


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_every_link_to_a_file_or_a_heading_leads_there(name: str) -> None:
    source = ROOT / name
    links = re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", source.read_text())
    assert [link for link in links if not leads_somewhere(source, link)] == []


def leads_somewhere(source: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = source.parent / path if path else source
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_of_the_decisions_lists_each_with_its_number_and_title() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^\| (\d+) \| \[(.*)\]\((.*)\) \|$", (folder / "README.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _, _ in listed] == list(range(1, len(listed) + 1))
    assert [name for _, _, name in listed] == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for number, title, name in listed:
        assert (folder / name).read_text().startswith(f"# {number}. {title}\n\n## Context\n"), name
