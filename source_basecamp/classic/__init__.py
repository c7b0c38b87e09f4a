"""Basecamp Classic: what `manifest_classic.yaml` needs beside the components of the other edition.

Facts of the API: https://github.com/basecamp/basecamp-classic-api
"""
