"""`source-basecamp sync`: the connector's records as typed tables in a database, on dlt (extra `sync`).

`reader` runs the connector, `staging` keeps its records on disk, `compare` finds what is new among them, `store` loads
that, `loader` does one after the other, and `views` answer frequent questions.
"""

import os

# Before any module of this package imports dlt, which reads it once.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
