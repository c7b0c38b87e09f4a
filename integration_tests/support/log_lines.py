"""The lines with which a stream's listing and a sync end in the log."""

from __future__ import annotations

import re

CLOSING = re.compile(
    r"todos, (?P<status>\w+): (Basecamp counts (?P<counted>[\d,]+) records, )?(?P<read>[\d,]+) read on "
    r"(?P<pages>[\d,]+) pages \((?P<again>[\d,]+) of them again\), (?P<emitted>[\d,]+) emitted, "
    r"(?P<waited>\d+\.\d) s waited for the rate limit and retries, (?P<skipped>[\d,]+) skipped\."
)
SYNC = re.compile(
    r"Sync: (?P<emitted>[\d,]+) records emitted, (?P<requests>[\d,]+) requests \((?P<refused>[\d,]+) refused by the "
    r"rate limit\), (?P<waited>\d+\.\d) s waited, (?P<skipped>[\d,]+) skipped, in (?P<seconds>\d+\.\d) s\."
)
