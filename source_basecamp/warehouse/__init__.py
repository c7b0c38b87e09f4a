"""`source-basecamp sync`: the connector's records as typed tables in a database, on dlt (extra `sync`).

`job` runs a sync: `reader` runs the connector, `dispatch` takes its messages, `staging` keeps the records on disk, and
`loader` loads them in a thread of its own, after `compare` has found the new and changed ones. `store` is the database,
and `views` answer frequent questions.
"""

import os

# Before any module of this package imports dlt, which reads it once.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
