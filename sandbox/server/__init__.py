"""Basecamp's API and Launchpad over HTTP: what every request meets on its way to the account, and what is answered."""

from __future__ import annotations
