"""The table of streams in README.md, which `make docs` writes."""

from __future__ import annotations

from source_basecamp.catalog import StreamInfo, all_streams
from tools.docs import ROOT
from tools.docs.page import filled
from tools.docs.tables import table

README = ROOT / "README.md"

_REFERENCE = "[docs/reference.md](docs/reference.md) describes each with its key, its requests and all its fields."


def readme() -> str:
    """The whole page, its table of streams as it should be today."""
    streams = all_streams()
    groups: dict[tuple[str, str], list[StreamInfo]] = {}
    for stream in streams:
        groups.setdefault(_group(stream), []).append(stream)
    rows = [
        (what, ", ".join(f"`{stream.name}`" for stream in group), how.format(_cursors(group)))
        for (what, how), group in groups.items()
    ]
    heading = f"{len(streams)} of them; {_REFERENCE}"
    return filled(README.read_text(), "streams", f"{heading}\n\n{table(('what', 'streams', 'how it syncs'), rows)}")


def _group(stream: StreamInfo) -> tuple[str, str]:
    """`(what, how it syncs)`."""
    if stream.on_request:
        return "asked per record", "read where they are named only (`--streams`): a request or more for each record"
    if stream.parent:
        return "asked per project or tool", "full refresh; a request or more for each"
    if stream.name == "projects" or stream.made_of == "projects":
        return "projects and their tools", "full refresh; the tools cost no request of their own"
    if stream.recording:
        return "recordings", "incremental by {}; one request per status finds out that nothing changed"
    if stream.cursor:
        return "activity and time", "incremental by {}"
    return "the account", "full refresh"


def _cursors(streams: list[StreamInfo]) -> str:
    return ", and by ".join(dict.fromkeys(f"`{stream.cursor}`" for stream in streams))
