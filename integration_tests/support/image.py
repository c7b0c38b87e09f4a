"""The image without a container engine: its Dockerfile read, and its build stage carried out in a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from integration_tests.support.connector import ROOT

HOME = "/opt/source-basecamp"
"""Where the image has the connector's environment."""


@dataclass(frozen=True)
class Step:
    """An instruction of the Dockerfile, such as `COPY a b`."""

    keyword: str
    arguments: str

    @property
    def words(self) -> list[str]:
        return self.arguments.split()


def stages() -> list[list[Step]]:
    """The Dockerfile's steps: those before the first stage, then those of each stage."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", " ")
    found: list[list[Step]] = [[]]
    for line in filter(None, map(str.strip, text.splitlines())):
        keyword, _, arguments = line.partition(" ")
        if keyword == "FROM":
            found.append([])
        found[-1].append(Step(keyword, arguments.strip()))
    return found


def copied() -> list[str]:
    """What the build stage copies out of the checkout."""
    return [name for step in stages()[1] if step.keyword == "COPY" for name in step.words[:-1]]


def reaches_the_build(path: str) -> bool:
    """Whether `.dockerignore` lets a file or folder of the checkout through: the last pattern that fits decides."""
    place = PurePosixPath(path)
    within = [str(parent) for parent in (place, *place.parents)]
    kept = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#") and any(_pattern(pattern).fullmatch(name) for name in within):
            kept = line.startswith("!")
    return kept


def build(folder: Path) -> Path:
    """Carries out the build stage, and returns the environment that it makes. The wheel lies in `folder/build/dist`.

    What the wheel needs is fetched by uv, in a tenth of pip's time. pip's own command finds it there: it may fetch
    nothing, so that it fails unless it is content with all that it finds.
    """
    context, home = folder / "build", folder / "environment"
    for name in copied():
        _copy(name, context)
    for command in (step.arguments for step in stages()[1] if step.keyword == "RUN"):
        fetched = "--constraint constraints.txt" in command
        if fetched:
            uv = f"uv pip install --quiet --python {HOME}/bin/python --constraint constraints.txt -r pyproject.toml"
            _carry_out(uv, context, home)
        _carry_out(command, context, home, **({"PIP_NO_INDEX": "1"} if fetched else {}))
    # pip would have compiled all, which takes as long as the rest together. This compiles what is imported.
    _carry_out(f"{HOME}/bin/source-basecamp spec", context, home, PYTHONDONTWRITEBYTECODE="")
    return home


def _carry_out(command: str, context: Path, home: Path, **options: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", command.replace(HOME, str(home))],
        cwd=context,
        env=os.environ | {"PATH": path, "PIP_QUIET": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | options,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def _copy(name: str, context: Path) -> None:
    for source in _files(ROOT / name):
        relative = source.relative_to(ROOT)
        if reaches_the_build(relative.as_posix()):
            (context / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, context / relative)


def _files(path: Path) -> Iterator[Path]:
    yield from (inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]


def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern of `.dockerignore`: `*` stays within a folder's name, `**/` is any folders."""
    parts = re.split(r"(\*\*/|\*)", pattern)
    return re.compile("".join({"**/": "(?:.*/)?", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))
