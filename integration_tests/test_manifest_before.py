"""The manifest asks, reads, saves and says what the manifest before it did: the same account, read by both."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from integration_tests.support.cli import Person
from integration_tests.support.connector import STREAMS, InProcess, Output
from integration_tests.support.patches import changed_manifest, no_waiting
from sandbox import AccountSize, Fault, Sandbox
from sandbox.account import Account

BEFORE = Path(__file__).parent / "support" / "manifest_before.yaml"
CHOSEN = {"all projects": slice(0, 0), "two projects": slice(0, 2)}


def before(manifest: dict[str, Any]) -> dict[str, Any]:
    return dict(safe_load_yaml(BEFORE.read_text()))


def now(manifest: dict[str, Any]) -> dict[str, Any]:
    return manifest


def between_syncs(account: Account) -> None:
    """Something is changed, archived, trashed or gone in each feed; a project loses its rights, another goes."""
    for type in ("Todo", "Message", "Comment", "Schedule::Entry", "Kanban::Card", "Question::Answer", "Vault"):
        changed, archived, trashed, gone = [record["id"] for record in account.feed(type)[1:5]]
        account.update(changed, title="Changed")
        account.archive(archived)
        account.trash(trashed)
        account.delete(gone)
    first, second, *_ = account.projects()
    account.forbid(first["id"])
    account.trash(second["id"])


def comparable(output: Output, sandbox: Sandbox) -> dict[str, Any]:
    """What was printed, without what no two runs share: of each stream in its order, of all together in any."""
    lines = []
    for message in output.messages:
        text = json.dumps(message, sort_keys=True).replace(sandbox.url, "https://sandbox")
        text = re.sub(r'"emitted_at": [\d.]+', "", text)
        text = re.sub(r"[\d.]+ s\b|[\d.]+ (?:ms|seconds?)\b", "", text)
        text = re.sub(r"'date': '[^']*'", "", text)
        lines.append(re.sub(r'"(?:access_token|token_expiry_date)": "[^"]*"', "", text))
    by_stream: dict[str, list[str]] = {"": []}
    for message, line in zip(output.messages, lines, strict=True):
        if message["type"] == "RECORD":
            by_stream.setdefault(message["record"]["stream"], []).append(line)
        elif message["type"] == "STATE":
            by_stream.setdefault(message["state"]["stream"]["stream_descriptor"]["name"], []).append(line)
        else:
            by_stream[""].append(line)
    by_stream[""].sort()
    return by_stream


def asked(sandbox: Sandbox) -> list[Any]:
    """Each request, sorted."""
    found = [
        (request.method, request.path, tuple(request.query.items()), *sent(request.headers), request.status)
        for request in sandbox.log.requests
    ]
    sandbox.log.clear()
    return sorted(found)


def sent(headers: Any) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers.items() if name not in ("authorization", "host"))


def story(change: Callable[..., Any], folder: Path, chosen: slice) -> dict[str, Any]:
    """Everything that there is to see of a connector with one of the manifests."""
    folder.mkdir()
    told: dict[str, Any] = {}
    with Sandbox(AccountSize(), rate_limit=False) as sandbox, changed_manifest(change), no_waiting():
        connector = InProcess(sandbox, folder)
        # One worker, so that parents are asked in one order.
        connector.config["num_workers"] = 1
        if ids := [project["id"] for project in sandbox.account.projects()[chosen]]:
            connector.config["project_ids"] = ids
        told["spec"] = connector.spec().of_type("SPEC")
        told["catalog"] = connector.discover().of_type("CATALOG")
        told["check"] = comparable(connector.check(), sandbox)
        state = None
        for sync in ("first sync", "second sync", "third sync"):
            asked(sandbox)
            output = connector.read(STREAMS, state, lookback_minutes=0)
            told[f"{sync} printed"] = comparable(output, sandbox)
            told[f"{sync} asked"] = asked(sandbox)
            told[f"{sync} records"] = sorted(output.counts().items())
            state = output.state
            told[f"{sync} state"] = sorted(map(str, state))
            between_syncs(sandbox.account) if sync == "first sync" else None
        alone: dict[str, Any] = {}
        for stream in STREAMS:
            output = connector.read([stream])
            alone[stream] = [comparable(output, sandbox), asked(sandbox)]
        told["alone"] = alone
        sandbox.faults.add(Fault(r"projects\.json", status=403, body="", times=None))
        told["refused"] = comparable(connector.read(STREAMS), sandbox)
        told["refused asked"] = asked(sandbox)
        sandbox.faults.clear()
        person = Person(sandbox, folder)
        person.save(**connector.config)
        told["doctor"] = re.sub(r"[\d.]+ m?s\b", "", json.dumps(person.run_here("doctor", "--json").json)).replace(
            sandbox.url, ""
        )
        told["doctor asked"] = Counter(map(str, asked(sandbox)))
    return told


@pytest.mark.parametrize("chosen", CHOSEN)
def test_nothing_can_be_seen_of_the_manifest_being_another(
    tmp_path: Path, chosen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = story(before, tmp_path / "before", CHOSEN[chosen])
    new = story(now, tmp_path / "now", CHOSEN[chosen])
    with capsys.disabled():
        print(f"\n{chosen}: {len(old['catalog'][0]['streams'])} streams")
        for sync in ("first sync", "second sync", "third sync"):
            requests, records = len(old[f"{sync} asked"]), sum(count for _, count in old[f"{sync} records"])
            messages = sum(map(len, old[f"{sync} printed"].values()))
            print(f"  {sync}: {requests} requests, {records} records, {messages} messages")
        print(f"  each stream alone: {sum(len(requests) for _, requests in old['alone'].values())} requests")
        refused = [line for line in old["refused"][""] if '"ERROR"' in line]
        print(f"  projects refused: {len(old['refused asked'])} requests, {len(refused)} errors")
        print(f"  doctor: {old['doctor asked'].total()} requests")
    for what in old:
        if isinstance(old[what], dict):
            for part in old[what]:
                assert new[what].get(part) == old[what][part], (what, part)
        assert new[what] == old[what], what
