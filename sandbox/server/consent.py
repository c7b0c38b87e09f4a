"""Launchpad's consent page, and the codes that it sends to the app (bc-api, "Authentication")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from string import Template
from time import monotonic
from urllib.parse import urlencode, urlsplit

from sandbox.server.answers import Answer

CODE_SECONDS = 600.0
PERSON = {"first_name": "Victor", "last_name": "Cooper", "email_address": "victor@honcho.example"}
"""The person who is signed in to Launchpad, always."""

_PAGES = Path(__file__).parent


@dataclass
class Registration:
    """An app as it is registered at Launchpad's integrations page, and the codes that were issued for it."""

    client_id: str
    name: str = "source-basecamp"
    redirect_uris: list[str] = field(default_factory=lambda: ["http://localhost:8487/callback"])
    """Compared as a whole, port and path included."""
    code_lifetime: float = CODE_SECONDS
    """Seconds."""
    _codes: dict[str, tuple[str, float]] = field(default_factory=dict)

    def issue(self, redirect_uri: str) -> str:
        """A new code, valid for one exchange with the same redirect URI."""
        code = secrets.token_hex(20)
        self._codes[code] = redirect_uri, monotonic() + self.code_lifetime
        return code

    def redeem(self, code: str, redirect_uri: str) -> bool:
        """Whether the code is valid. It is not valid a second time, whatever the first answer was."""
        issued_for, ends = self._codes.pop(code, ("", 0.0))
        return issued_for == redirect_uri and monotonic() < ends

    def page(self, query: Mapping[str, str]) -> Answer:
        """`GET /authorization/new`: the page that asks for consent."""
        fault = self._fault(query)
        if fault:
            return _page("refused.html", 400, fault=fault)
        return _page(
            "consent.html",
            app=self.name,
            person=f"{PERSON['first_name']} {PERSON['last_name']}",
            host=urlsplit(query["redirect_uri"]).netloc,
            client_id=query["client_id"],
            redirect_uri=query["redirect_uri"],
            state=query.get("state", ""),
        )

    def decide(self, form: Mapping[str, str]) -> Answer:
        """`POST /authorization`, which the page sends: redirects to the app with a code, or with an error."""
        fault = self._fault({"response_type": "code", **form})
        if fault:
            return _page("refused.html", 400, fault=fault)
        uri = form["redirect_uri"]
        answer = {"code": self.issue(uri)} if form.get("decision") == "allow" else {"error": "access_denied"}
        if form.get("state"):
            answer["state"] = form["state"]
        return Answer(303, {"location": f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(answer)}"})

    def _fault(self, query: Mapping[str, str]) -> str | None:
        """What is wrong with the request. Nothing is sent to a redirect URI that is not registered."""
        if query.get("response_type") != "code" and query.get("type") != "web_server":
            return "Only the response type code is supported"
        if query.get("client_id") != self.client_id:
            return "No integration has this client_id"
        if query.get("redirect_uri") not in self.redirect_uris:
            return "Provided redirect_uri is not approved"
        return None


def _page(file: str, status: int = 200, **texts: str) -> Answer:
    template = Template((_PAGES / file).read_text(encoding="utf-8"))
    body = template.substitute({name: escape(text) for name, text in texts.items()}).encode()
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        # No form-action: it would also forbid the redirect that answers the form.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    }
    return Answer(status, headers, body)
