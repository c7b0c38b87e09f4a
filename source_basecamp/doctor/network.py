"""Connectivity checks, sent by the connector's own transport with an invalid token."""

from __future__ import annotations

import os
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pendulum
import requests
from requests.utils import get_environ_proxies, select_proxy

from source_basecamp.classic.requester import classic_session
from source_basecamp.connection import user_agent
from source_basecamp.doctor.findings import CheckupContext, Finding, State, failure, ok, warning
from source_basecamp.endpoints import API_URL, CLASSIC_DOMAIN, LAUNCHPAD_URL, in_force, origin, site_in_force
from source_basecamp.error_handler import UNAVAILABLE
from source_basecamp.launchpad import bearer, find_account, request_headers
from source_basecamp.product import BC3, CLASSIC
from source_basecamp.transport import BasecampAdapter, UnreadableAnswer, basecamp_session

MOST_SKEW = 60.0
"""Seconds. A smaller difference between two clocks is of no effect."""

CLOCK_WRONG = "This machine's clock is {skew} {direction} Basecamp's."
CLOCK_HINT = (
    "Set it, best by NTP. It decides until when an access token is kept, and up to which day time entries are read. "
    "All other records are read by Basecamp's timestamps."
)
CLASSIC_CLOCK_HINT = "Set it, best by NTP. It decides until when an access token is kept, and nothing else."
_CLOCK_HINTS = {BC3: CLOCK_HINT, CLASSIC: CLASSIC_CLOCK_HINT}


def launchpad(context: CheckupContext) -> Finding:
    """Whether Launchpad, which issues the tokens, can be reached."""
    return _connectivity(
        context, in_force(LAUNCHPAD_URL), "authorization.json", basecamp_session(BasecampAdapter(dict))
    )


def basecamp(context: CheckupContext) -> Finding:
    """Whether the API can be reached."""
    return _connectivity(context, in_force(API_URL), "1/projects.json", basecamp_session(BasecampAdapter(list)))


def classic_site(context: CheckupContext) -> Finding:
    """Whether the site of the Classic account, which Launchpad names, can be reached and lets the login in."""
    account = find_account(context.connection.config["account_id"], context.login.accounts, CLASSIC)
    site = site_in_force(account.href if account else "")
    found = _connectivity(context, site, "projects.xml", classic_session(site))
    if found.state is State.OK:
        _ = context.survey.project_ids
    return found


def clock(context: CheckupContext) -> Finding:
    """Whether this machine's clock is right, by the `Date` of the hosts' responses."""
    if not context.skews:
        return Finding(State.SKIPPED, "No response had a Date header.")
    ahead = min(context.skews, key=abs)
    if abs(ahead) <= MOST_SKEW:
        return ok("This machine's clock agrees with Basecamp's to the minute.")
    hint = _CLOCK_HINTS[context.product]
    skew = pendulum.duration(minutes=round(abs(ahead) / 60)).in_words(locale="en")
    return warning(CLOCK_WRONG.format(skew=skew, direction="behind" if ahead > 0 else "ahead of"), hint)


def _connectivity(context: CheckupContext, host: str, path: str, session: requests.Session) -> Finding:
    """Any response from Basecamp counts, including the expected 401."""
    try:
        response = _ask(f"{host}/{path}", session)
    except UnreadableAnswer as error:
        return failure(str(error), _hint(error, host))
    if response.status_code >= 500:
        return failure(UNAVAILABLE.format(status=response.status_code, path=f"/{path}"))
    if "Date" in response.headers:
        context.skews.append(parsedate_to_datetime(response.headers["Date"]).timestamp() - time.time())
    secure = "over a secure connection" if host.startswith("https:") else "on this machine"
    answers = f"{host}{_override(host)} answers {secure}."
    return ok(" ".join(filter(None, (answers, _proxy_used(host), _certificates_used(host)))))


def _ask(url: str, session: requests.Session) -> requests.Response:
    # Without a token, Basecamp would redirect to its login page.
    with session:
        headers = request_headers(bearer("none"), user_agent())
        return session.get(url, headers=headers | {"Accept": f"application/{url.rpartition('.')[2]}"})


def _hint(error: UnreadableAnswer, host: str) -> str:
    name = urlsplit(host).hostname
    match error.__cause__:
        case None:
            return f"Open {host} in a browser on this machine, and pass the login page that shows up."
        case requests.exceptions.ProxyError():
            return f"Correct HTTPS_PROXY, which names {_proxy(host)}, or go past it: NO_PROXY={name}"
        case requests.exceptions.SSLError() | OSError() if _is_about_certificates(error):
            return "Where a proxy opens TLS, name its certificate: REQUESTS_CA_BUNDLE=/path/to/certificates.pem"
        case _:
            return f"Compare with another program: curl -I {host}"


def _is_about_certificates(error: UnreadableAnswer) -> bool:
    return "certificate" in str(error).lower()


def _override(host: str) -> str:
    usual = host in (API_URL, LAUNCHPAD_URL) or host.endswith(CLASSIC_DOMAIN)
    return "" if usual else ", set in the environment,"


def _proxy_used(host: str) -> str:
    proxy = _proxy(host)
    return f"The proxy {proxy} stands in between." if proxy else ""


def _proxy(host: str) -> str | None:
    """The address of the proxy in use, without its password."""
    proxy = select_proxy(host, get_environ_proxies(host))
    return origin(proxy if "://" in proxy else f"http://{proxy}") if proxy else None


def _certificates_used(host: str) -> str:
    if not host.startswith("https:"):
        return ""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return f"Certificates are checked against {bundle}." if bundle else ""
