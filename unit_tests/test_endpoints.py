"""Tokens go to Basecamp's two hosts, or where this machine's own environment says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.endpoints import (
    API_URL,
    LAUNCHPAD_URL,
    allowed_origins,
    at_endpoint,
    download_address,
    in_force,
    is_safe,
    origin,
    signs_in,
    site_in_force,
)
from source_basecamp.transport import BasecampAdapter

SITE = "https://acme.basecamphq.com"


@pytest.fixture(autouse=True)
def _no_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BASECAMP_BASE_URL", raising=False)
    monkeypatch.delenv("BASECAMP_LAUNCHPAD_URL", raising=False)
    monkeypatch.delenv("BASECAMP_CLASSIC_URL", raising=False)


def test_without_an_override_the_two_hosts_are_basecamp_s() -> None:
    assert allowed_origins() == {"https://3.basecampapi.com:443", "https://launchpad.37signals.com:443"}


@pytest.mark.parametrize(
    "address", ["https://proxy.example.com", "http://127.0.0.1:8080", "http://[::1]:1", "http://localhost/"]
)
def test_an_override_is_https_or_loopback(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("BASECAMP_BASE_URL", address)
    assert in_force(API_URL) == address.rstrip("/")
    assert at_endpoint(f"{API_URL}/1/") == f"{address.rstrip('/')}/1/"
    assert at_endpoint(f"{LAUNCHPAD_URL}/authorization/token") == f"{LAUNCHPAD_URL}/authorization/token"
    monkeypatch.setenv("BASECAMP_CLASSIC_URL", address)
    assert site_in_force(SITE) == address.rstrip("/")


@pytest.mark.parametrize("address", ["http://example.com", "ftp://localhost", "localhost", "http://127.0.0.1.evil.com"])
@pytest.mark.parametrize(
    ("variable", "address_of"),
    [
        ("BASECAMP_BASE_URL", lambda: in_force(API_URL)),
        ("BASECAMP_LAUNCHPAD_URL", lambda: in_force(LAUNCHPAD_URL)),
        ("BASECAMP_CLASSIC_URL", lambda: site_in_force(SITE)),
    ],
)
def test_an_override_that_would_show_tokens_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, address_of: Callable[[], str], address: str
) -> None:
    monkeypatch.setenv(variable, address)
    with pytest.raises(AirbyteTracedException, match=variable) as refused:
        address_of()
    assert refused.value.failure_type == FailureType.config_error


def test_an_override_makes_no_site_of_what_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASECAMP_CLASSIC_URL", "http://localhost")
    with pytest.raises(AirbyteTracedException, match=r"none of Basecamp Classic's"):
        site_in_force("https://evil.example.com")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/1/projects.json",
        "http://3.basecampapi.com/1/projects.json",
        "https://3.basecampapi.com@evil.example.com/1/projects.json",
        "https://3.basecampapi.com.evil.example.com/1/projects.json",
        "https://3.basecampapi.com:8443/1/projects.json",
        "https://evil.example.com/https://3.basecampapi.com/",
    ],
)
def test_a_request_to_any_other_origin_is_refused_before_it_is_made(url: str) -> None:
    assert origin(url) not in allowed_origins()
    request = requests.Request("GET", url, headers={"Authorization": "Bearer secret"}).prepare()
    with pytest.raises(AirbyteTracedException, match="refused before it was made"):
        BasecampAdapter().send(request)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (
            "https://3.basecampapi.com/1/uploads/2/download/a%20b.pdf",
            "https://3.basecampapi.com/1/uploads/2/download/a%20b.pdf",
        ),
        ("https://storage.3.basecamp.com/1/blobs/k/download/x", "https://3.basecampapi.com/1/blobs/k/download/x"),
        ("http://3.basecamp.com/1/blobs/k?a=1", "https://3.basecampapi.com/1/blobs/k?a=1"),
        ("https://basecamp.com.evil.example.com/1/x", None),
        ("https://evilbasecamp.com/1/x", None),
        ("https://3.basecamp.com@evil.example.com/1/x", None),
        ("ftp://3.basecamp.com/1/x", None),
        ("https://3.basecampapi.com/", None),
        ("//[", None),
        ("", None),
    ],
)
def test_a_file_is_asked_for_at_the_api_or_not_at_all(address: str, asked: str | None) -> None:
    assert download_address(address) == asked


def test_with_an_override_the_file_is_asked_for_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASECAMP_BASE_URL", "http://127.0.0.1:9")
    assert download_address("https://storage.3.basecamp.com/1/x") == "http://127.0.0.1:9/1/x"


def test_bytes_are_taken_over_https_and_from_no_host_that_takes_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_safe("https://bucket.s3.amazonaws.com/x?signature=1")
    assert not is_safe("http://localhost:1/x")
    assert not any(
        map(is_safe, ("http://example.com/x", "https://me:secret@example.com/x", "ftp://example.com/x", "https:///x"))
    )
    assert signs_in("https://launchpad.37signals.com/signin")
    assert not signs_in("https://storage.example.com/signin")
    monkeypatch.setenv("BASECAMP_BASE_URL", "http://127.0.0.1:9")
    assert is_safe("http://localhost:1/x")
