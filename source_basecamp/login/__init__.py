"""`source-basecamp login`: from an integration at Launchpad to a configuration that the connector can use."""
