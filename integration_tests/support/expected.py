"""Writes expected_records.jsonl, the first record of each stream in the sandbox's account as it comes.

Run `python -m integration_tests.support.expected` when the sandbox changed on purpose; the difference shows in review.
"""

from __future__ import annotations

import json

from integration_tests.support.connector import ROOT, STREAMS, Record, truth
from sandbox import Sandbox

TARGET = ROOT / "integration_tests" / "expected_records.jsonl"


def main() -> None:
    lines = [{"stream": stream, "data": first(Sandbox(), stream), "emitted_at": 0} for stream in STREAMS]
    TARGET.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))


def first(sandbox: Sandbox, stream: str) -> Record:
    """The stream's first record, without null fields, which the CDK leaves out."""
    return {name: value for name, value in truth(sandbox, stream)[0].items() if value is not None}


if __name__ == "__main__":
    main()
