"""The pages that a login ends with in the browser. They load nothing, and show nothing of the request."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template

_HERE = Path(__file__).parent
_GOOD = '<path d="M14 25l7 7 13-15"/>'
_OPEN = '<path d="M14 24h19M26 16l8 8-8 8"/>'
_BAD = '<path d="M16 16l16 16M32 16L16 32"/>'
_NO = '<path d="M14 24h20"/>'
INTEGRATIONS = "https://launchpad.37signals.com/integrations"
_AGAIN = "To try again, run `source-basecamp login` in the terminal."
_CLOSE = "You can close this tab."
SEE_TERMINAL = "The reason is in the terminal."


@dataclass(frozen=True)
class Page:
    """An HTML page in UTF-8, and its HTTP status."""

    body: bytes
    status: HTTPStatus = HTTPStatus.OK


def connected(account: str, account_id: int, person: str, file: str) -> Page:
    """The login succeeded: the account that can now be read, who allowed it, and the configuration file."""
    text = f"The connector can now read what {person or 'this login'} can see there."
    facts = {"Account ID": str(account_id), "Written to": file}
    end = f"{_CLOSE} The next step is in the terminal."
    return _page("good", _GOOD, f"Connected to {account}", [text], facts, end)


def to_be_chosen(person: str, accounts: Iterable[str]) -> Page:
    """The person can read several accounts, and chooses one in the terminal."""
    names = ", ".join(accounts)
    text = f"{person or 'This login'} can read several accounts: {names}."
    return _page("open", _OPEN, "Choose an account", [text], {}, f"Choose the one to connect in the terminal. {_CLOSE}")


def declined() -> Page:
    """The person refused at Launchpad."""
    text = "You chose not to give access. Nothing was connected, and nothing was saved."
    return _page("no", _NO, "Not connected", [text, _AGAIN], {}, _CLOSE)


def failed(reason: str = SEE_TERMINAL) -> Page:
    """The login failed. `reason` is the message that the terminal shows."""
    return _page("bad", _BAD, "Not connected", [reason, "Nothing was saved."], {}, _CLOSE)


def foreign() -> Page:
    """An answer with a wrong `state` was refused. The login goes on waiting for the right one."""
    texts = [
        "This answer was refused, because it does not belong to the login that waits in the terminal. The page may be "
        "left over from an earlier one.",
        "Open the address in the terminal, and allow access there.",
    ]
    return _page("bad", _BAD, "Not connected", texts, {}, _CLOSE, HTTPStatus.BAD_REQUEST)


def _page(
    tone: str,
    mark: str,
    title: str,
    texts: Iterable[str],
    facts: Mapping[str, str],
    end: str,
    status: HTTPStatus = HTTPStatus.OK,
) -> Page:
    content = "\n".join(f"<p>{_escaped(text)}</p>" for text in texts)
    if facts := {name: fact for name, fact in facts.items() if fact}:
        rows = (f"<dt>{_escaped(name)}</dt><dd>{_escaped(fact)}</dd>" for name, fact in facts.items())
        content += f"\n<dl>{''.join(rows)}</dl>"
    template = Template((_HERE / "page.html").read_text(encoding="utf-8"))
    body = template.substitute(
        title=_escaped(title), style=_style(), tone=tone, mark=mark, content=content, end=_escaped(end)
    )
    return Page(body.encode(), status)


def _escaped(text: str) -> str:
    """As HTML, with commands in backticks as `<code>` and the integrations page as a link."""
    html = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return html.replace(INTEGRATIONS, f'<a href="{INTEGRATIONS}">{INTEGRATIONS}</a>')


@cache
def _style() -> str:
    return (_HERE / "page.css").read_text(encoding="utf-8")


def headers() -> dict[str, str]:
    """The HTTP headers of every page: no scripts, no loading, no frames, no referrer, no cache."""
    style = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    nothing = "; ".join(f"{what} 'none'" for what in ("default-src", "base-uri", "form-action", "frame-ancestors"))
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": f"{nothing}; style-src 'sha256-{style}'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
