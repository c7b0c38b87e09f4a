"""The image keeps the contract of Airbyte's platform, as far as its Dockerfile tells."""

from __future__ import annotations

import json
import tomllib
from pathlib import PurePosixPath

import pytest
import yaml

from integration_tests.support.connector import ROOT
from integration_tests.support.image import HOME, copied, reaches_the_build, stages

BEFORE, BUILDER, IMAGE = stages()
ENVIRONMENT = dict(step.arguments.split("=", 1) for step in IMAGE if step.keyword == "ENV")


def only(keyword: str) -> str:
    (arguments,) = [step.arguments for step in IMAGE if step.keyword == keyword]
    return arguments


def test_the_base_is_a_build_argument_and_the_digest_in_the_metadata() -> None:
    metadata = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
    (argument,) = BEFORE
    assert (argument.keyword, argument.arguments) == (
        "ARG",
        f"BASE_IMAGE={metadata['connectorBuildOptions']['baseImage']}",
    )
    assert "@sha256:" in argument.arguments
    assert [stage[0].words[0] for stage in (BUILDER, IMAGE)] == ["${BASE_IMAGE}"] * 2


def test_the_platform_and_a_shell_start_the_same_command_and_it_gets_the_signals() -> None:
    entrypoint = json.loads(only("ENTRYPOINT"))
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert PurePosixPath(entrypoint[0]).parent == PurePosixPath(HOME, "bin")
    assert PurePosixPath(entrypoint[0]).name in scripts
    assert ENVIRONMENT["AIRBYTE_ENTRYPOINT"] == " ".join(entrypoint)
    assert not [step for step in IMAGE if step.keyword in ("CMD", "SHELL")]


def test_the_environment_is_copied_to_the_place_it_was_made_for() -> None:
    (copy,) = [step for step in IMAGE if step.keyword == "COPY"]
    assert copy.words == ["--from=builder", HOME, HOME]
    assert any(f"venv --without-pip {HOME}" in step.arguments for step in BUILDER if step.keyword == "RUN")


def test_the_last_user_is_a_number_and_not_root() -> None:
    assert int(only("USER")) > 0
    assert [step.keyword for step in IMAGE].index("USER") == len(IMAGE) - 2


def test_nothing_is_made_for_one_architecture() -> None:
    steps = [step.arguments for stage in (BEFORE, BUILDER, IMAGE) for step in stage]
    assert not [step for step in steps if any(word in step for word in ("--platform", "amd64", "arm64", "x86_64"))]


def test_all_that_is_copied_is_there_and_reaches_the_build() -> None:
    assert copied()
    assert all((ROOT / name).exists() and reaches_the_build(name) for name in copied())


@pytest.mark.parametrize(
    "path", [".git/config", ".venv/bin/python", "secrets/config.json", "sandbox/demo.py", "config.json", "Dockerfile"]
)
def test_nothing_else_reaches_the_build(path: str) -> None:
    assert not reaches_the_build(path)


def test_compiled_files_of_this_machine_stay_out() -> None:
    assert reaches_the_build("source_basecamp/schemas/todos.json")
    assert not reaches_the_build("source_basecamp/__pycache__/run.cpython-311.pyc")
