"""How people are told what there is to be called, and that neither half of the command line pays for the other."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from airbyte_cdk.entrypoint import AirbyteEntrypoint

from integration_tests.support.cli import BOX, Person
from source_basecamp.cli import basecamp
from source_basecamp.usage import VERBS as AIRBYTE_VERBS
from source_basecamp.usage import help_of

VERBS = sorted(basecamp.commands)
EXTRA = ("dlt", "duckdb", "pyarrow")


def test_the_help_names_every_verb_and_shows_examples(person: Person) -> None:
    for arguments in ((), ("--help",), ("-h",)):
        shown = person.run_here(*arguments)
        assert shown.exit_code == (0 if arguments else 2)
        assert not BOX.search(shown.out)
        for verb in VERBS:
            assert re.search(rf"^  {verb} +\w", shown.out, re.MULTILINE), verb
        for verb in AIRBYTE_VERBS:
            assert verb in shown.out
        examples = re.findall(r"^source-basecamp (\w+)", shown.out, re.MULTILINE)
        assert set(examples) <= {*VERBS}
        assert len(examples) >= 3


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_an_example_on_each_line(person: Person, verb: str) -> None:
    shown = person.run_here(verb, "--help")
    assert shown.exit_code == 0
    examples = [line.strip() for line in shown.lines if line.startswith(f"source-basecamp {verb}")]
    assert len(examples) >= 2
    known = {name for option in basecamp.commands[verb].params for name in (*option.opts, *option.secondary_opts)}
    for example in examples:
        assert {word for word in example.split() if word.startswith("--")} <= known, example
    assert shown == person.run_here(verb, "-h")


def test_the_version_is_the_package_s(person: Person) -> None:
    project = (Path(__file__).parent.parent / "pyproject.toml").read_text()
    (version,) = re.findall(r'^version = "(.*)"$', project, re.MULTILINE)
    assert person.run_here("--version").out == f"source-basecamp {version}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "No such command 'nonsense'. See `source-basecamp --help`."),
        (["accounts", "--nonsense"], "No such option '--nonsense'. See `source-basecamp accounts --help`."),
        (["accounts", "--config"], "Option '--config' requires an argument. See `source-basecamp --help`."),
        (["streams", "todos"], "Got unexpected extra argument (todos). See `source-basecamp streams --help`."),
    ],
)
def test_a_wrong_call_says_where_the_right_one_is_explained(person: Person, arguments: list[str], says: str) -> None:
    shown = person.run_here(*arguments)
    assert (shown.exit_code, shown.out, shown.err) == (2, "", f"Error: {says}\n")


def test_the_configuration_is_named_by_option_or_environment(person: Person) -> None:
    person.file.rename(person.folder / "work.json")
    assert person.run_here("accounts", "--config", "work.json").exit_code == 0
    person.env["BASECAMP_CONFIG"] = "work.json"
    assert person.run_here("accounts").exit_code == 0


# --- neither half pays for the other ----------------------------------------------------------------------------------

LOADED = """
import json, sys
from source_basecamp.run import run
try:
    run(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    """The libraries that a call has imported."""
    done = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, timeout=120, check=True)
    return set(json.loads(done.stderr))


def test_airbyte_verbs_load_nothing_that_only_people_need() -> None:
    assert loaded("spec").isdisjoint({"rich_click", "rich", "click", *EXTRA})


QUICK = [
    ["--help"],
    *([verb, "--help"] for verb in VERBS),
    ["--version"],
    *([verb, "-h"] for verb in AIRBYTE_VERBS),
    ["read", "--config", "config.json", "--help"],
    ["streams"],
    ["streams", "--json"],
    ["streams", "--product", "classic"],
]


@pytest.mark.parametrize("arguments", QUICK, ids=" ".join)
def test_what_is_known_without_the_cdk_is_said_without_loading_it(arguments: list[str]) -> None:
    assert loaded(*arguments).isdisjoint({"airbyte_cdk", "pandas", "pydantic", *EXTRA})


@pytest.mark.parametrize("verb", AIRBYTE_VERBS)
def test_the_help_of_an_airbyte_verb_names_the_options_that_the_cdk_takes(verb: str) -> None:
    told = set(re.findall(r"--[a-z-]+", help_of(verb)))
    required = set(re.findall(r"(?<!\[)(--[a-z]+) FILE", help_of(verb).partition("\n\n")[0]))
    files = {option: "file.json" for option in ("--config", "--catalog", "--state") if option in told}
    arguments = [part for option in files.items() for part in option]
    taken = vars(AirbyteEntrypoint.parse_args([verb, "--debug", *arguments]))
    assert told == {"--help", *(f"--{name}" for name in taken if not name.endswith("_path") and name != "command")}
    for option in required:
        with pytest.raises(SystemExit):
            AirbyteEntrypoint.parse_args([verb, *(part for one in files.items() if one[0] != option for part in one)])
