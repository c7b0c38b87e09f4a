"""`source-basecamp sync`: the connector's records as typed tables in a database, on dlt (extra `sync`).

`reader` runs the connector, `arrivals` keeps its records on disk, `compare` finds what is new among them, `store` loads
that, `sync` puts one after the other, and `views` are the questions people ask.
"""
