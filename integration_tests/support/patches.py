"""The connector with other parts, for tests that need thousands of requests or another manifest."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, get_type_hints
from unittest.mock import patch

import backoff._sync
from airbyte_cdk.sources.declarative import concurrent_declarative_source
from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
    ConcurrentDeclarativeSource,
    get_declarative_component_schema,
    validate_manifest,
)
from airbyte_cdk.sources.declarative.parsers import model_to_component_factory
from airbyte_cdk.sources.declarative.schema import JsonFileSchemaLoader
from airbyte_cdk.sources.streams.http import rate_limiting
from airbyte_cdk.sources.utils import transform
from pydantic.v1 import BaseModel
from requests_cache.serializers import cattrs

from source_basecamp import source
from source_basecamp.catalog import resolved_manifest
from source_basecamp.classic.site import SITES
from source_basecamp.error_handler import RetryBackoff
from source_basecamp.process import STOP_SIGNALS
from source_basecamp.product import BC3, CLASSIC
from source_basecamp.source import SourceBasecamp, manifest
from source_basecamp.source import with_streams as narrowed
from source_basecamp.transport import BasecampAdapter, Gate

Manifest = dict[str, Any]


@contextmanager
def no_waiting() -> Iterator[None]:
    """A retry follows at once, and no budget holds a request back: the sandbox limits nothing."""
    at_once = SimpleNamespace(sleep=lambda seconds: None, time=time.time)
    with ExitStack() as stack:
        for module in (rate_limiting, backoff._sync):
            stack.enter_context(patch.object(module, "time", at_once))
        stack.enter_context(changed_manifest(without_budget))
        yield


@contextmanager
def like_a_process(environment: Mapping[str, str]) -> Iterator[None]:
    """For a command in this process: an environment, signal handlers, rate limits and addresses that end with it."""
    handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    SITES.clear()
    try:
        with (
            patch.dict(os.environ, environment),
            patch.object(BasecampAdapter, "gate", Gate()),
            patch.dict(RetryBackoff.told, clear=True),
        ):
            yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def changed_manifest(change: Callable[[Manifest], Manifest]) -> Iterator[None]:
    """The connector with another manifest.

    Manifests, their components and schemas are parsed, resolved and validated once for all tests: that takes longer
    than many a test. So do two classes that the CDK's parts make anew for each stream, and that no stream uses or
    changes: the one that would convert its records to the types of its schema, and the one that writes answers into a
    cache.
    """
    # These are kept for the process: they have to be of the whole manifests.
    for product in (BC3, CLASSIC):
        resolved_manifest(product)
        _pickled(product)
    original = source.manifest if source.manifest is not manifest else _parsed
    with (
        patch.object(source, "manifest", lambda product=BC3: change(original(product))),
        patch.object(concurrent_declarative_source, "get_declarative_component_schema", _schema),
        patch.object(ConcurrentDeclarativeSource, "_pre_process_manifest", _prepared),
        patch.object(ConcurrentDeclarativeSource, "_validate_source", lambda source: None),
        patch.object(JsonFileSchemaLoader, "get_json_schema", _stream_schema),
        patch.object(BaseModel, "parse_obj", _component),
        patch.object(model_to_component_factory, "get_type_hints", _type_hints),
        patch.object(transform, "validators", SimpleNamespace(create=lambda **how: None)),
        patch.object(cattrs, "init_converter", _converter),
    ):
        yield


def prepare() -> None:
    """Keeps in this process what `changed_manifest` needs for any stream. Starts no thread, as a budget would."""
    secrets = dict.fromkeys(("client_id", "client_secret", "client_refresh_token_2"), "-")
    for product in (BC3, CLASSIC):
        config = {"account_id": 1, "product": product, **secrets}
        with changed_manifest(dict):
            SourceBasecamp(config=config)
        with changed_manifest(without_budget):
            SourceBasecamp(config=config).streams(config)


_schema = cache(get_declarative_component_schema)
_type_hints = cache(get_type_hints)
_converter = cache(cattrs.init_converter)
_parse_model = BaseModel.parse_obj.__func__  # type: ignore[attr-defined]
_prepare = ConcurrentDeclarativeSource._pre_process_manifest
_read_schema = JsonFileSchemaLoader.get_json_schema
_pickles: dict[Hashable, bytes] = {}


def _prepared(source: ConcurrentDeclarativeSource, manifest: Manifest) -> Manifest:
    """The resolved manifest. Each stream of it is resolved and validated when it is seen for the first time."""

    def resolved(part: Manifest) -> Manifest:
        whole = _prepare(source, part)
        validate_manifest(whole, _schema())
        return whole

    def joined() -> Manifest:
        names = [stream["$parameters"]["name"] for stream in manifest["streams"]]
        parts = [narrowed(manifest, [name]) for name in names]
        ready = [_once(pickle.dumps(part), partial(resolved, part)) for part in parts]
        return ready[0] | {"streams": [stream for part in ready for stream in part["streams"]]}

    return dict(_once(pickle.dumps(manifest), joined))


@classmethod  # type: ignore[misc]
def _component(model: type[BaseModel], definition: Mapping[str, Any]) -> Any:
    """A part of the manifest as the CDK's model of it; each time another one, for some are changed later."""
    return _once((model, pickle.dumps(definition)), lambda: _parse_model(model, definition))


def _once(key: Hashable, make: Callable[[], Any]) -> Any:
    """What `make` returns, a copy each time."""
    if key not in _pickles:
        _pickles[key] = pickle.dumps(make())
    return pickle.loads(_pickles[key])


def _stream_schema(loader: JsonFileSchemaLoader) -> Mapping[str, Any]:
    return dict(_once(str(loader._get_json_filepath()), lambda: _read_schema(loader)))


def _parsed(product: str = BC3) -> Manifest:
    return dict(pickle.loads(_pickled(product)))


@cache
def _pickled(product: str) -> bytes:
    return pickle.dumps(manifest(product))


def with_streams(*names: str) -> Callable[[Manifest], Manifest]:
    """The connector with no more than these streams, which takes half the time to start."""

    def change(manifest: Manifest) -> Manifest:
        streams = [stream for stream in manifest["streams"] if stream["$parameters"]["name"] in names]
        return manifest | {"streams": streams}

    return change


def without_budget(manifest: Manifest) -> Manifest:
    return {key: value for key, value in manifest.items() if key != "api_budget"}


def with_feeds_of_active_projects(manifest: Manifest) -> Manifest:
    """As version 1.0.0 was: a feed lists the projects that are active at the moment, whatever they were before."""
    feed = manifest["definitions"]["feed"]
    feed["retriever"]["partition_router"] = "#/definitions/statuses"
    del feed["state_migrations"]
    return manifest


def with_paging_of_the_cdk(manifest: Manifest) -> Manifest:
    """As the connector would be without a paginator of its own."""
    definitions = with_feeds_of_active_projects(manifest)["definitions"]
    strategy = {
        "type": "CursorPagination",
        "cursor_value": "{{ headers['link']['next']['url'] }}",
        "stop_condition": "{{ 'next' not in headers['link'] }}",
    }
    for paginator in ("feed_paginator", "list_paginator"):
        definitions[paginator]["pagination_strategy"] = strategy
    del definitions["requester"]["request_headers"]["Cache-Control"]
    del definitions["newest_first"]["is_client_side_incremental"]
    definitions["newest_first"]["is_data_feed"] = True
    return manifest
