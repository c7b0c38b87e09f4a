"""What a sync costs, against a manifest made of nothing but the CDK's own parts: `make bench`."""
