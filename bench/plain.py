"""The plain manifest as a connector of its own, run as the CDK runs a manifest that brings no code."""

from __future__ import annotations

import sys
from pathlib import Path

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.sources.declarative.yaml_declarative_source import YamlDeclarativeSource

from bench.usage import usage_told

MANIFEST = Path(__file__).with_name("plain_manifest.yaml")


def main(arguments: list[str]) -> None:
    """Runs one of Airbyte's verbs."""
    config = AirbyteEntrypoint.extract_config(arguments)
    catalog = AirbyteEntrypoint.extract_catalog(arguments)
    state = AirbyteEntrypoint.extract_state(arguments)
    source = YamlDeclarativeSource(
        path_to_yaml=str(MANIFEST),
        catalog=YamlDeclarativeSource.read_catalog(catalog) if catalog else None,
        config=YamlDeclarativeSource.read_config(config) if config else None,
        state=YamlDeclarativeSource.read_state(state) if state else None,
    )
    launch(source, arguments)


if __name__ == "__main__":
    with usage_told():
        main(sys.argv[1:])
