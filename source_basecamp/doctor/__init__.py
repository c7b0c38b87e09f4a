"""The checks of `source-basecamp doctor`: whether a sync would succeed, and if not, why."""
