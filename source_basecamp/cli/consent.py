"""What a person is asked at Launchpad, and what the answer means (bc-api, "Authentication"; RFC 6749, 4.1)."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from source_basecamp.cli.errors import VerbError
from source_basecamp.endpoints import LAUNCHPAD_URL, in_force

DECLINED = (
    "You chose not to give access, so nothing was connected. To connect after all, run `source-basecamp login` again."
)
REFUSED = (
    "Launchpad refused to give access ({error}), so nothing was connected. Compare the client ID and the redirect URI "
    "with your integration at https://launchpad.37signals.com/integrations, and run `source-basecamp login` again."
)
_ERROR_CODE = re.compile(r"[a-z_]{1,60}")


class DeclinedError(VerbError):
    """The person said no."""


class WrongStateError(Exception):
    """The answer belongs to another question: to an earlier login, or to somebody who tries to plant an account."""


class NoAnswerError(Exception):
    """A text in which there is neither a code nor an error."""


@dataclass(frozen=True)
class Consent:
    """One question to a person. Its `state` comes back with the answer, and nobody else can know it."""

    client_id: str
    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """Where the browser asks it."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
        }
        return f"{in_force(LAUNCHPAD_URL)}/authorization/new?{urlencode(query)}"

    def is_answered_by(self, query: Mapping[str, str]) -> bool:
        """Whether the parameters with which the browser came back belong to this question."""
        return hmac.compare_digest(query.get("state", "").encode(), self.state.encode())

    def code_in(self, query: Mapping[str, str]) -> str:
        """The code of a "yes". Raises a VerbError for a "no", WrongStateError or NoAnswerError."""
        if not self.is_answered_by(query):
            raise WrongStateError
        if query.get("error") == "access_denied":
            raise DeclinedError(DECLINED)
        if error := query.get("error"):
            raise VerbError(REFUSED.format(error=error if _ERROR_CODE.fullmatch(error) else "unknown error"))
        if not query.get("code"):
            raise NoAnswerError
        return query["code"]

    def code_in_text(self, text: str) -> str:
        """The code in what a person pasted: the address where the browser ended, or the code alone. Raises as above."""
        text = text.strip().strip("'\"<>")
        query = dict(parse_qsl(urlsplit(text).query or text))
        if query.keys() & {"code", "error"}:
            return self.code_in(query)
        if not text or re.search(r"[\s/?&]", text):
            raise NoAnswerError
        return text
