"""What the connector takes of the CDK that is not public: all of it in `cdk.py`, and each part is there."""

from __future__ import annotations

import re
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.sources.declarative.auth.oauth import DeclarativeSingleUseRefreshTokenOauth2Authenticator

import source_basecamp
from source_basecamp import SourceBasecamp

PACKAGE = Path(source_basecamp.__file__).parent
CONFIG = {"account_id": 1, "client_id": "-", "client_secret": "-", "client_refresh_token_2": "-"}
# Parts of the standard library and of requests, with the reason beside each use.
NOT_THE_CDKS = {
    "atexit._run_exitfuncs",
    "os._exit",
    "parts._replace",
    "response._content",
    "response._content_consumed",
    "whole._content",
}


@cache
def source() -> Any:
    return SourceBasecamp(config=CONFIG)


@cache
def child_stream() -> Any:
    """A stream that is asked for each project."""
    return next(stream for stream in source().streams(CONFIG) if stream.name == "project_people")


@cache
def retriever() -> Any:
    return child_stream()._stream_partition_generator._partition_factory._retriever


def authenticator() -> Any:
    return retriever().requester.get_authenticator()


OBJECTS = {
    "source": source,
    "stream": child_stream,
    "authenticator": lambda: DeclarativeSingleUseRefreshTokenOauth2Authenticator,
    "authenticator of a stream": authenticator,
    "requester": lambda: retriever().requester,
}
PARTS = [
    ("source", "_concurrent_source._queue.maxsize"),
    ("source", "_constructor._api_budget"),
    ("stream", "_stream_partition_generator._stream_slicer"),
    ("stream", "_stream_partition_generator._partition_factory._retriever"),
    ("requester", "_http_client._name"),
    ("requester", "_http_client._session"),
    ("authenticator", "_emit_control_message"),
    ("authenticator", "_get_config_value_by_path"),
    ("authenticator", "_make_handled_request"),
    ("authenticator of a stream", "_connector_config"),
]


@pytest.mark.parametrize(("kind", "part"), PARTS, ids=str)
def test_the_cdk_still_has_the_private_part(kind: str, part: str) -> None:
    """An AttributeError here names what a new CDK has taken away; `cdk.py` is the one place to change."""
    attrgetter(part)(OBJECTS[kind]())


def test_every_private_part_in_cdk_py_is_tested_here() -> None:
    used = set(re.findall(r"\.(_[a-z]\w*)", (PACKAGE / "cdk.py").read_text()))
    overridden = set(re.findall(r"def (_[a-z]\w*)", (PACKAGE / "cdk.py").read_text()))
    assert used | overridden == {name for _, part in PARTS for name in part.split(".") if name.startswith("_")}


def test_no_other_module_takes_private_parts_of_others() -> None:
    taken = {
        (module.name, use)
        for module in PACKAGE.rglob("*.py")
        if module.name != "cdk.py"
        for use in re.findall(r"\b(?!self\.|cls\.)([a-z]\w*\._[a-z]\w*)", module.read_text())
    }
    assert {(module, use) for module, use in taken if use not in NOT_THE_CDKS} == set()
