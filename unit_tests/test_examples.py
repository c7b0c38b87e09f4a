"""The files to be used as they are name only what there is."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from source_basecamp.catalog import all_streams
from source_basecamp.cli import basecamp
from source_basecamp.cli.login import PORT
from unit_tests.support.pages import PAGES, ROOT, commands, table

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
SCALING = (ROOT / "docs" / "scaling.md").read_text()
AIRBYTE_S_VERBS = {
    "spec": set(),
    "check": {"--config"},
    "discover": {"--config"},
    "read": {"--config", "--catalog", "--state"},
}
PEOPLE_S_VERBS = {
    name: {option for parameter in command.params for option in parameter.opts}
    for name, command in basecamp.commands.items()
}

every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def calls(script: Path, function: str) -> list[ast.Call]:
    tree = ast.parse(script.read_text(), script.name)
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith(function)]


# --- orchestrators ----------------------------------------------------------------------------------------------------


@every_script
def test_each_stream_that_is_read_is_a_stream(script: Path) -> None:
    (names,) = re.findall(r"^STREAMS = (\[.*?\])", script.read_text(), re.MULTILINE | re.DOTALL)
    assert set(ast.literal_eval(names)) <= {stream.name for stream in all_streams()}


@pytest.mark.parametrize("function", ["get_source", "DuckDBCache", "source.read"])
def test_all_call_pyairbyte_alike(function: str) -> None:
    """`make examples` runs them, each night."""
    told = {script.stem: [[k.arg for k in call.keywords] for call in calls(script, function)] for script in SCRIPTS}
    assert len(told) == 3
    assert len({json.dumps(keywords) for keywords in told.values()}) == 1, told
    assert all(len(keywords) == 1 for keywords in told.values()), told


@every_script
def test_what_the_environment_may_say_is_said_at_the_top(script: Path) -> None:
    variables = {ast.literal_eval(call.args[0]) for call in calls(script, "environ.get")}
    told = ast.get_docstring(ast.parse(script.read_text())) or ""
    assert {variable for variable in variables if variable not in told} == set()


# --- Kubernetes -------------------------------------------------------------------------------------------------------

QUANTITIES = {"memory": re.compile(r"(\d+)(Mi|Gi)"), "cpu": re.compile(r"\d+m?")}


def leaves(tree: dict[str, Any], path: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def megabytes(quantity: str) -> int:
    figure, unit = QUANTITIES["memory"].fullmatch(quantity).groups()  # type: ignore[union-attr]
    return int(figure) * {"Mi": 1, "Gi": 1024}[unit]


def source_resources() -> dict[str, str]:
    """What the SQL sets for a sync."""
    statement = (EXAMPLES / "kubernetes" / "source-resources.sql").read_text()
    (settings,) = re.findall(r"= '(.*?)'", statement, re.DOTALL)
    (job,) = json.loads(settings)["jobSpecific"]
    assert job["jobType"] == "sync"
    return dict(job["resourceRequirements"])


def test_the_values_are_keys_that_the_charts_of_airbyte_document() -> None:
    """`global.workloads...` in chart V2, `global.jobs.resources` in chart V1."""
    values = leaves(yaml.safe_load((EXAMPLES / "kubernetes" / "values.yaml").read_text()))
    assert set(values) == {
        *(
            f"global.workloads.resources.mainContainer.{of}.{part}"
            for of in QUANTITIES
            for part in ("request", "limit")
        ),
        *(f"global.jobs.resources.{part}.{of}" for of in QUANTITIES for part in ("requests", "limits")),
    }
    for key, value in values.items():
        pattern = QUANTITIES["memory" if "memory" in key else "cpu"]
        assert pattern.fullmatch(value), f"{key} has to be a text that Kubernetes takes"


def test_the_resources_are_in_the_words_that_airbyte_takes() -> None:
    """test_example_resources.py runs the statement."""
    assert source_resources().keys() == {f"{of}_{part}" for of in QUANTITIES for part in ("request", "limit")}


def test_the_memory_limit_is_twice_what_was_measured_for_the_largest() -> None:
    """The page says so."""
    passes = [int(row[4].removesuffix(" MB")) for row in table(SCALING, "memory")]
    assert len(passes) == 4
    assert megabytes(source_resources()["memory_limit"]) >= 2 * max(passes)


def test_the_page_shows_the_resources_of_the_file() -> None:
    resources = source_resources()
    rows = dict(re.findall(r"^\| (memory|processor) \| (.*) \|$", SCALING, re.MULTILINE))
    shown = {
        of: [cell.replace(" ", "") for cell in rows[name].split(" | ")]
        for of, name in (("memory", "memory"), ("cpu", "processor"))
    }
    assert shown == {of: [resources[f"{of}_request"], resources[f"{of}_limit"]] for of in QUANTITIES}


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", [*PAGES, *(f"examples/{path.name}" for path in (*SCRIPTS, EXAMPLES / "basecamp.crontab"))]
)
def test_each_command_that_is_written_down_is_one_that_there_is(name: str) -> None:
    known = AIRBYTE_S_VERBS | PEOPLE_S_VERBS
    for verb, options in commands((ROOT / name).read_text()):
        assert verb in known, f"source-basecamp {verb}"
        assert set(options) <= known[verb], f"source-basecamp {verb}"


def test_the_crontab_calls_the_command_as_it_takes_it() -> None:
    (line,) = [line for line in (EXAMPLES / "basecamp.crontab").read_text().splitlines() if line.startswith("17 ")]
    minute, hour, day, month, weekday, command = line.split(" ", 5)
    assert (minute, hour, day, month, weekday) == ("17", "*", "*", "*", "*")
    words = shlex.split(command)
    begin, end = words.index("source-basecamp") + 1, words.index(">>")
    verb, *arguments = words[begin:end]
    group = basecamp.make_context("source-basecamp", [verb])
    context = basecamp.commands[verb].make_context(verb, arguments, parent=group)
    assert context.params["to"] == "duckdb:basecamp.duckdb"


def test_the_redirect_uri_on_the_page_is_the_one_that_login_waits_at() -> None:
    page = (ROOT / "docs" / "basecamp.md").read_text()
    assert set(re.findall(r"localhost:\d+/\w*", page)) == {f"localhost:{PORT}/callback"}
