"""Access tokens from Launchpad: refreshed once for all streams, kept for two weeks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import backoff
from airbyte_cdk.config_observation import emit_configuration_as_airbyte_control_message
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_basecamp.cdk import SingleUseTokenAuthenticator
from source_basecamp.endpoints import at_endpoint
from source_basecamp.launchpad import LAUNCHPAD_UNAVAILABLE, TOKEN_REVOKED, LaunchpadBusyError, request_tokens
from source_basecamp.problems import transient_error
from source_basecamp.transport import UnreadableAnswer

TokenSink = Callable[[MutableMapping[str, Any]], None]
"""Takes the configuration whenever a token in it has changed."""


class LaunchpadAuthenticator(SingleUseTokenAuthenticator):
    """Refreshes the access token by the refresh token in the configuration, and writes both back to it.

    Launchpad's answer may carry a new refresh token; then that one is kept. What changed reaches Airbyte as a CONTROL
    message, so that the next sync needs no refresh while the token is valid (1,209,600 seconds).
    """

    config: MutableMapping[str, Any]
    token_refresh_endpoint: str
    user_agent: str

    token_sink: TokenSink = staticmethod(emit_configuration_as_airbyte_control_message)
    """Airbyte keeps the configuration that a CONTROL message holds. Without Airbyte, `connection.py` keeps it."""

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

    def set_refresh_token(self, new_refresh_token: str) -> None:
        add_to_secrets(new_refresh_token)
        super().set_refresh_token(new_refresh_token)

    def publish(self, config: MutableMapping[str, Any]) -> None:
        self.token_sink(config)

    def request_tokens(self) -> Mapping[str, Any]:
        try:
            tokens = self._request_tokens()
        except (LaunchpadBusyError, UnreadableAnswer) as error:
            raise transient_error(LAUNCHPAD_UNAVAILABLE.format(reason=error)) from error
        add_to_secrets(tokens["access_token"])
        return tokens

    @backoff.on_exception(backoff.expo, (LaunchpadBusyError, UnreadableAnswer), max_tries=6, max_time=600, logger=None)
    def _request_tokens(self) -> Mapping[str, Any]:
        endpoint, form = self.get_token_refresh_endpoint(), self.build_refresh_request_body()
        return request_tokens(endpoint, form, self._user_agent, TOKEN_REVOKED)
