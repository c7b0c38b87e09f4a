"""Access tokens from Launchpad (bc-api, "Authentication"): refreshed once for all streams, kept for two weeks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any, Optional, cast

import backoff
import requests
from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.auth.oauth import DeclarativeSingleUseRefreshTokenOauth2Authenticator
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.endpoints import at_endpoint
from source_basecamp.errors import LATER, USER_REMOVED
from source_basecamp.transport import BasecampAdapter, UnreadableAnswer

logger = logging.getLogger("airbyte")

PASSWORD_CHANGED = (
    "Launchpad refuses the refresh token because the password of the user who authorised this connection has changed "
    "since. Authorise the connection again and save the new refresh token."
)
WRONG_CLIENT = (
    "Launchpad refuses the client id or the client secret. Copy both again from your integration at "
    "https://launchpad.37signals.com/integrations."
)
TOKEN_REVOKED = (
    "Launchpad refuses the refresh token: it was revoked, or it was issued for another integration than this client "
    "id. Authorise the connection again and save the new refresh token."
)
LAUNCHPAD_UNAVAILABLE = f"Launchpad, which issues Basecamp's access tokens, could not be used: {{reason}} {LATER}"


_BLOCKED = (403, 407, 451)
"""What a proxy or a firewall answers with. Launchpad refuses with a reason, in JSON or in a known phrase."""


class LaunchpadBusyError(Exception):
    """An answer that is worth another try: 429, 5xx, one without a token, or one that is not Launchpad's own."""


class LaunchpadAuthenticator(DeclarativeSingleUseRefreshTokenOauth2Authenticator):
    """Refreshes the access token by the refresh token in the configuration, and writes both back to it.

    Launchpad's answer may carry a new refresh token; then that one is kept. What changed reaches Airbyte as a CONTROL
    message, so that the next sync needs no refresh while the token is valid (1,209,600 seconds).
    """

    config: MutableMapping[str, Any]
    token_refresh_endpoint: str
    user_agent: str

    publish = staticmethod(emit_configuration_as_airbyte_control_message)
    """Gets the configuration whenever a token in it changed. Without Airbyte to keep it, somebody else has to."""

    def __init__(self, config: MutableMapping[str, Any], token_refresh_endpoint: str, user_agent: str) -> None:
        self._user_agent = user_agent
        super().__init__(
            connector_config=config,
            token_refresh_endpoint=at_endpoint(token_refresh_endpoint),
            client_id=config["client_id"],
            client_secret=config["client_secret"],
            access_token_config_path=["access_token"],
            refresh_token_config_path=["client_refresh_token_2"],
            token_expiry_date_config_path=["token_expiry_date"],
        )

    def token_has_expired(self) -> bool:
        return not self.access_token or bool(super().token_has_expired())

    def _get_config_value_by_path(self, config_path: Any, default: Any = None) -> Any:
        # The CDK's walks all of the configuration, and fails when another thread saves the first token in the meantime.
        # This configuration is flat: a path's last part is the field.
        return self._connector_config.get(config_path[-1], default or "")

    def set_refresh_token(self, new_refresh_token: str) -> None:
        add_to_secrets(new_refresh_token)
        super().set_refresh_token(new_refresh_token)

    def _emit_control_message(self) -> None:
        self.publish(cast(MutableMapping[str, Any], self._connector_config))

    def _make_handled_request(self) -> Any:
        try:
            tokens = self._request_tokens()
        except (LaunchpadBusyError, UnreadableAnswer) as error:
            raise _failure(LAUNCHPAD_UNAVAILABLE.format(reason=error), FailureType.transient_error) from error
        add_to_secrets(tokens["access_token"])
        return tokens

    @backoff.on_exception(backoff.expo, (LaunchpadBusyError, UnreadableAnswer), max_tries=6, max_time=600, logger=None)
    def _request_tokens(self) -> Mapping[str, Any]:
        return ask_for_tokens(
            self.get_token_refresh_endpoint(), self.build_refresh_request_body(), self._user_agent, TOKEN_REVOKED
        )


def ask_for_tokens(endpoint: str, form: Mapping[str, Any], user_agent: str, refused: str) -> dict[str, Any]:
    """Launchpad's answer to one request for tokens, with an `access_token` in it.

    Raises LaunchpadBusyError or UnreadableAnswer where another try may help, and a config_error where Launchpad
    refuses; `refused` is what a person reads if it is the refresh token or the code that it refuses.
    """
    with requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, BasecampAdapter(expects=dict))
        headers = {"User-Agent": user_agent, "Accept": "application/json"}
        response = session.post(endpoint, data=form, headers=headers)
    if response.ok and response.json().get("access_token"):
        return dict(response.json())
    if response.ok:
        raise LaunchpadBusyError("its answer holds no access token.")
    blocked = response.status_code in _BLOCKED and not _is_json(response)
    if blocked or response.status_code == 429 or response.status_code >= 500:
        raise LaunchpadBusyError(f"it answered with status {response.status_code}.")
    raise _failure(_refusal(response, refused), FailureType.config_error, f"Launchpad: {response.status_code}")


def _is_json(response: requests.Response) -> bool:
    try:
        return isinstance(response.json(), dict)
    except requests.JSONDecodeError:
        return False


def _refusal(response: requests.Response, refused: str) -> str:
    text = response.text.lower()
    if "deadbolt" in text or "authorization_expired" in text:
        return PASSWORD_CHANGED
    if "unknown basecamp id" in text:
        return USER_REMOVED
    if response.status_code == 401 or "invalid_client" in text or "unauthorized_client" in text:
        return WRONG_CLIENT
    return refused


def _failure(message: str, kind: FailureType, internal: Optional[str] = None) -> AirbyteTracedException:
    return AirbyteTracedException(message=message, internal_message=internal or message, failure_type=kind)
