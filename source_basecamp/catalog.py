"""What can be said of each stream without asking Basecamp: from the manifest and the schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from airbyte_cdk.sources.declarative.parsers.manifest_component_transformer import ManifestComponentTransformer
from airbyte_cdk.sources.declarative.parsers.manifest_reference_resolver import ManifestReferenceResolver
from airbyte_cdk.sources.declarative.schema import JsonFileSchemaLoader

from source_basecamp.product import BC3
from source_basecamp.source import manifest


@dataclass(frozen=True)
class StreamInfo:
    """A stream as its product's manifest declares it, references resolved."""

    declaration: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.declaration["name"])

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that tell records apart."""
        key = self.declaration["primary_key"]
        return (key,) if isinstance(key, str) else tuple(key)

    @property
    def recording(self) -> str | None:
        """The type of recordings that it holds, such as `Kanban::Card`; None where it is no feed of one type."""
        type = self.declaration["$parameters"].get("recording")
        return str(type) if type else None

    @property
    def cursor(self) -> str | None:
        """The field by which it is read incrementally; None where each sync reads the whole."""
        field = self.declaration.get("incremental_sync", {}).get("cursor_field")
        return str(field) if field else None

    @property
    def sync_mode(self) -> str:
        """The best that the stream can, in Airbyte's words: `incremental` or `full_refresh`."""
        return "incremental" if self.cursor else "full_refresh"

    @property
    def sync_words(self) -> str:
        """Its sync mode, for people."""
        return f"incremental by {self.cursor}" if self.cursor else "full refresh"

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """Its JSON schema, shared shapes resolved."""
        parameters, path = self.declaration["$parameters"], self.declaration["schema_loader"]["file_path"]
        return JsonFileSchemaLoader(config={}, parameters=parameters, file_path=path).get_json_schema()

    @property
    def description(self) -> str:
        return str(self.schema["description"])

    @property
    def parent(self) -> str | None:
        """What it is asked for one by one, such as `questionnaire`; None where Basecamp lists the whole account."""
        names = list(dict.fromkeys(str(parent["name"]).removeprefix("every ") for parent in self._parents))
        return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or None

    @property
    def above(self) -> tuple[str, ...]:
        """The names of all listings that are read to know what to ask for: its parents', theirs, and so on."""
        return tuple(dict.fromkeys(_above(self.declaration)))

    @property
    def on_request(self) -> bool:
        """Whether only those who name it read it, because it costs a request for each record of other streams."""
        return bool(self.declaration["$parameters"].get("on_request"))

    @property
    def parent_caches(self) -> set[str]:
        """Out of whose answers the parents are read: `projects`, or listings of their own."""
        return {str(parent["retriever"]["requester"].get("shared_cache")) for parent in self._parents}

    @property
    def asked_whole(self) -> list[str]:
        """The parents all of which are asked, by the names under which they are listed; not those with a condition."""
        whole = (parent for parent in self._parents if "record_filter" not in parent["retriever"]["record_selector"])
        return [str(parent["name"]) for parent in whole if self.on_request]

    @property
    def made_of(self) -> str | None:
        """The stream out of whose answers this one is made, each of them fetched once; None if it has its own."""
        cache = self.declaration["retriever"]["requester"].get("shared_cache", self.name)
        return None if cache == self.name else str(cache)

    @property
    def single(self) -> bool:
        """Whether Basecamp answers with one object and not with a list."""
        return bool(self.declaration["retriever"]["requester"].get("answers_with") == "object")

    @property
    def paged(self) -> bool:
        """Whether an answer may be one page of several."""
        return "paginator" in self.declaration["retriever"] and not self.single

    @property
    def filtered(self) -> bool:
        """Whether a part of what Basecamp lists is left out here."""
        return "record_filter" in self.declaration["retriever"]["record_selector"]

    @property
    def cost(self) -> str:
        """What a sync asks for. A page has 15, 30, 50, then 100 records; in Classic 25, 50 or 100."""
        if self.made_of:
            return f"none: made of `{self.made_of}`"
        if self.parent:
            beside = ", beside those that list them; on request" if self.on_request else ""
            return f"{'one or more' if self.paged else 'one'} per {self.parent}{beside}"
        if "step" in self.declaration.get("incremental_sync", {}):
            return "one per changed year, 1 or more"
        if self.cursor:
            least = "3 or more, or 6 with archived projects" if self.recording else "1 or more"
            return f"one per changed page, {least}"
        if not self.paged:
            return "one"
        return "one per page" + (" and status" if self._by_status else "")

    @property
    def _parents(self) -> list[Mapping[str, Any]]:
        router = self.declaration["retriever"].get("partition_router", {})
        if self.recording:
            # A feed has to know which projects there are, and is not asked for each.
            return []
        return [parent["stream"] for parent in router.get("parent_stream_configs", ())]

    @property
    def _by_status(self) -> bool:
        return "partition_router" in self.declaration["retriever"]


def _above(declaration: Mapping[str, Any]) -> Iterator[str]:
    for parent in declaration["retriever"].get("partition_router", {}).get("parent_stream_configs", ()):
        yield str(parent["stream"]["name"])
        yield from _above(parent["stream"])


def all_streams(product: str = BC3) -> list[StreamInfo]:
    """Every stream of a product, in its manifest's order. Each resolves its schema once for the process."""
    return list(_streams(product))


def resolved_manifest(product: str = BC3) -> Mapping[str, Any]:
    """A product's manifest with its references resolved, which takes a third of a second, once."""
    return _resolved(product)


@cache
def _resolved(product: str) -> Mapping[str, Any]:
    """As the CDK does it for a source. It validates the manifest besides, which takes as long again."""
    resolved = ManifestReferenceResolver().preprocess_manifest(manifest(product))
    return ManifestComponentTransformer().propagate_types_and_parameters("", resolved, {})


@cache
def _streams(product: str) -> tuple[StreamInfo, ...]:
    return tuple(StreamInfo(declaration) for declaration in resolved_manifest(product)["streams"])
