"""`source-basecamp sync`: the connector's records as typed tables in a database (extra `sync`).

`job` runs a sync: `reader` runs the connector, `dispatch` takes its messages, `staging` keeps the records on disk, and
`loader` loads them in a thread of its own, after `compare` has found the new and changed ones. `store` is the database,
and `views` answer frequent questions.
"""
