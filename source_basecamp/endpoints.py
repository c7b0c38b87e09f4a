"""The hosts that the connector sends requests to, and to no other: two, and of Basecamp Classic the account's site.

Environment variables, not configuration, may point it elsewhere (the sandbox, a recording proxy): whoever can edit
a connection's configuration must not be able to send its tokens to another host.
"""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

from source_basecamp.problems import config_error, system_error

API_URL = "https://3.basecampapi.com"
LAUNCHPAD_URL = "https://launchpad.37signals.com"
CLASSIC_DOMAIN = ".basecamphq.com"
"""The end of the host of every Classic site."""
_APP_URL = "https://3.basecamp.com"
_WEB = ".basecamp.com"
"""What the names of the hosts end in that Basecamp shows people; they take a browser's session, and no token."""
_VARIABLES = {API_URL: "BASECAMP_BASE_URL", LAUNCHPAD_URL: "BASECAMP_LAUNCHPAD_URL"}
_CLASSIC_VARIABLE = "BASECAMP_CLASSIC_URL"
_CLASSIC_SITE = re.compile(r"https://[a-z0-9-]+\.basecamphq\.com/?", re.IGNORECASE | re.ASCII)

WITHOUT_SSL = (
    "The Basecamp Classic site {site} is not served over https, and this connector sends its token over https only. "
    "Have the account's owner switch on SSL in its settings."
)
NOT_CLASSIC = (
    "Launchpad names an address for this Basecamp Classic account that is none of Basecamp Classic's. No request was "
    "made to it, because it would have carried this connection's access token. Please report it."
)


def origin(url: str) -> str:
    """Scheme, host and port of `url`, without credentials. A token goes only to an origin of `allowed_origins`."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or default}"


def in_force(url: str) -> str:
    """The address to use for `API_URL` or `LAUNCHPAD_URL`: itself, or what its environment variable says.

    Raises a config_error for anything but https, or http on this machine's loopback interface.
    """
    return _override(_VARIABLES[url]) or url


def site_in_force(address: str) -> str:
    """The address to use for the site of a Classic account: itself, or what `BASECAMP_CLASSIC_URL` says.

    Raises a config_error for one that is not https, and a system_error for one that is not directly below
    basecamphq.com: a token would go there.
    """
    if _CLASSIC_SITE.fullmatch(f"https://{address.removeprefix('http://')}"):
        raise config_error(WITHOUT_SSL.format(site=address.rstrip("/")))
    if not _CLASSIC_SITE.fullmatch(address):
        raise system_error(NOT_CLASSIC, f"refused: {address[:200]!r}")
    return _override(_CLASSIC_VARIABLE) or address.rstrip("/")


def _override(variable: str) -> str | None:
    override = os.environ.get(variable, "").rstrip("/")
    if not override:
        return None
    parts = urlsplit(override)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))):
        return override
    raise config_error(
        f"The environment variable {variable} is set to an address that is not safe for tokens. "
        "Use https, or http on localhost only, or unset it."
    )


def download_address(address: str) -> str | None:
    """Where the file of an address is asked for with a token: at the API, which answers for the hosts of the web too.

    None for an address that is not Basecamp's: a token must not go there.
    """
    try:
        parts = urlsplit(address)
        host, known = (parts.hostname or "").lower(), origin(address) == origin(in_force(API_URL))
    except ValueError:
        return None
    known |= host == urlsplit(API_URL).hostname or host.endswith(_WEB)
    if parts.scheme not in ("https", "http") or not known or not parts.path.strip("/"):
        return None
    return f"{in_force(API_URL)}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def signs_in(address: str) -> bool:
    """Whether an address that Basecamp sends a request to is of Basecamp's own hosts: a page to sign in."""
    return origin(address) in allowed_origins() | {origin(url) for url in (API_URL, LAUNCHPAD_URL, _APP_URL)}


def is_safe(address: str) -> bool:
    """Whether a file may be taken from an address that Basecamp has named: over https.

    Or from this machine, where the API is there too: no answer of Basecamp's leads into the network of its reader.
    """
    parts, here = urlsplit(address), urlsplit(in_force(API_URL)).scheme == "http"
    safe = parts.scheme == "https" or (here and parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    return safe and bool(parts.hostname) and not parts.username


def allowed_origins() -> frozenset[str]:
    """The origins that a request may go to."""
    return frozenset(origin(in_force(url)) for url in _VARIABLES)


def at_endpoint(address: str) -> str:
    """An address of the manifest, with the host in force."""
    for url in _VARIABLES:
        if address.startswith(url):
            return in_force(url) + address[len(url) :]
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
