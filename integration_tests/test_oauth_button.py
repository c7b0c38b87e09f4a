"""Airbyte's own button: what the spec says of OAuth is enough for its platform to get a configuration that works.

The platform fills in the templates as Jinja, sends the parameters as a form because the headers say so, and makes a
date of `expires_in` ("OAuth Authentication Methods" in Airbyte's documentation of connector development).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import jinja2
import pytest
import requests

from integration_tests.support.connector import Connector
from integration_tests.support.login_desk import decided
from sandbox import AccountSize
from source_basecamp.endpoints import LAUNCHPAD_URL

SMALL = AccountSize(projects=1, todos=3, messages=0, schedule_entries=0)
REDIRECT_URI = "https://cloud.airbyte.com/auth_flow?from=here&there"
STATE = "kR7.x-_"
NAMES = ("client_id", "client_secret", "code", "redirect_uri", "state")

Spec = Mapping[str, Any]
Start = Callable[..., Connector]


@pytest.fixture
def spec(connect: Start, monkeypatch: pytest.MonkeyPatch) -> Spec:
    """As Airbyte gets it, where no environment variable points anywhere else."""
    connector = connect(SMALL)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(type(connector.sandbox), "env", {})
        (message,) = connector.spec().of_type("SPEC")
    return dict(message)


@pytest.fixture
def flow(spec: Spec) -> Spec:
    return dict(spec["advanced_auth"]["oauth_config_specification"])


class Platform:
    """The part of Airbyte behind the button: it knows an integration, and reads the spec."""

    def __init__(self, flow: Spec, launchpad: str, **values: str) -> None:
        self._flow, self._input = flow, flow["oauth_connector_input_specification"]
        self._launchpad = launchpad
        self._values = values

    def consent_url(self, state: str) -> str:
        return self._here(self._rendered(self._input["consent_url"], state=state))

    def config(self, code: str) -> dict[str, Any]:
        """Exchanges a code, and returns what the platform puts into the connection's configuration."""
        parameters = {
            name: self._rendered(text, code=code) for name, text in self._input["access_token_params"].items()
        }
        headers = self._input["access_token_headers"]
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        url = self._here(self._rendered(self._input["access_token_url"]))
        response = requests.post(url, data=parameters, headers=headers, timeout=10)
        assert response.status_code == 200, response.text
        specified = self._flow["complete_oauth_output_specification"]["properties"]
        answer = response.json()
        extracted = {
            path: str(answer[path]) for (path,) in (each["path_in_oauth_response"] for each in specified.values())
        }
        ends = datetime.now(UTC) + timedelta(seconds=int(extracted["expires_in"]))
        # Java's clock counts nanoseconds.
        output = {**extracted, "token_expiry_date": f"{ends:%Y-%m-%dT%H:%M:%S.%f}123Z"}
        own = self._flow["complete_oauth_server_output_specification"]["properties"]
        return {
            **{path: output[name] for name, (path,) in _paths(specified)},
            **{path: self._values[name] for name, (path,) in _paths(own)},
        }

    def _rendered(self, template: str, **more: str) -> str:
        values = {**dict.fromkeys(NAMES, ""), **self._values, **more}
        known = {"auth_code": "code"}
        context = {}
        for name in (*NAMES, "auth_code"):
            key = known.get(name, name)
            encoded = quote(values[key], safe="") if name == "redirect_uri" else values[key]
            context |= {f"{name}_key": key, f"{name}_value": values[key], f"{name}_param": f"{key}={encoded}"}
        return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(template).render(context)

    def _here(self, url: str) -> str:
        assert url.startswith(LAUNCHPAD_URL)
        return self._launchpad + url.removeprefix(LAUNCHPAD_URL)


def _paths(properties: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [(name, each["path_in_connector_config"]) for name, each in properties.items()]


def test_consent_and_tokens_are_asked_of_launchpad_and_no_one_else(flow: Spec) -> None:
    addresses = [flow["oauth_connector_input_specification"][name] for name in ("consent_url", "access_token_url")]
    assert [urlsplit(address)._replace(query="").geturl() for address in addresses] == [
        f"{LAUNCHPAD_URL}/authorization/new",
        f"{LAUNCHPAD_URL}/authorization/token",
    ]


def test_a_secret_stands_in_no_address(flow: Spec) -> None:
    addresses = [flow["oauth_connector_input_specification"][name] for name in ("consent_url", "access_token_url")]
    assert not [address for address in addresses if "secret" in address or "code_value" in address]


def test_what_the_button_brings_is_configuration_and_every_secret_is_marked_as_one(spec: Spec, flow: Spec) -> None:
    properties = spec["connectionSpecification"]["properties"]
    outputs = ("complete_oauth_output_specification", "complete_oauth_server_output_specification")
    paths = [path for output in outputs for _, path in _paths(flow[output]["properties"])]
    assert sorted(paths) == [
        ["access_token"],
        ["client_id"],
        ["client_refresh_token_2"],
        ["client_secret"],
        ["token_expiry_date"],
    ]
    assert {path for (path,) in paths if not properties[path].get("airbyte_secret")} == {"token_expiry_date"}
    # With the account, that is all that a connection needs.
    assert {*spec["connectionSpecification"]["required"]} <= {"account_id", *(path for (path,) in paths)}


def test_the_button_is_there_without_a_choice_before_it(spec: Spec) -> None:
    assert spec["advanced_auth"]["auth_flow_type"] == "oauth2.0"
    assert not spec["advanced_auth"].get("predicate_key")


def test_the_consent_page_gets_what_it_needs_and_asks_for_no_scope(flow: Spec) -> None:
    platform = Platform(flow, LAUNCHPAD_URL, client_id="id", client_secret="hush", redirect_uri=REDIRECT_URI)
    assert parse_qs(urlsplit(platform.consent_url(STATE)).query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["id"],
        "redirect_uri": [REDIRECT_URI],
        "state": [STATE],
    }


def test_whoever_presses_the_button_and_allows_gets_a_connection_that_works(connect: Start, flow: Spec) -> None:
    connector = connect(SMALL)
    sandbox = connector.sandbox
    sandbox.tokens.app.redirect_uris = [REDIRECT_URI]
    platform = Platform(
        flow,
        sandbox.url,
        client_id=sandbox.tokens.client_id,
        client_secret=sandbox.tokens.client_secret,
        redirect_uri=REDIRECT_URI,
    )
    came_back = parse_qs(urlsplit(decided(platform.consent_url(STATE))).query)
    assert came_back["state"] == [STATE]
    connector.config = {"account_id": sandbox.account.account_id, **platform.config(came_back["code"][0])}
    sandbox.log.clear()
    assert connector.check().connection == {"status": "SUCCEEDED"}
    # The access token that came with the consent is used, until it ends.
    assert not sandbox.log.launchpad
    connector.config["token_expiry_date"] = "2020-01-01T00:00:00Z"
    assert connector.check().connection == {"status": "SUCCEEDED"}
    assert sandbox.log.count("/authorization/token", status=200) == 1
