"""The steps of `source-basecamp login`: consent in a browser, tokens, and the configuration of an account."""
