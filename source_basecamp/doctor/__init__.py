"""Whether a sync would succeed, and what stands in its way: the findings of `source-basecamp doctor`."""
