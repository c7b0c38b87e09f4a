"""What every request goes through, in order: scripted fault, rate limit, User-Agent, token, account, answer.

What ends in `.xml` is for the Classic site, which has a limit of its own and no header that tells it. The storage is a
host of its own, which wants no token and has no limit.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from sandbox.account import Account
from sandbox.classic import ClassicSite
from sandbox.server.answers import Answer, compressed, json_answer, not_found, text_answer, with_etag
from sandbox.server.api import Api
from sandbox.server.classic_api import ClassicApi
from sandbox.server.faults import Fault, Faults
from sandbox.server.launchpad import IssuedTokens
from sandbox.server.limits import RateLimit
from sandbox.server.log import LoggedRequest, RequestLog, is_launchpad
from sandbox.server.storage import Storage, is_storage
from sandbox.server.wire import send_answer, spoil

# Basecamp wants a User-Agent with a URL or an e-mail address in it.
_IDENTIFYING = re.compile(r"https?://\S|\S@\S+\.\S")
_NO_FAULT = Fault()
_LONGEST_TARGET = 8_000
"""Characters of a path with its query."""


@dataclass
class Switches:
    """What the whole server does. It may be changed between two requests."""

    inactive: bool = False
    """Every API request gets 404 with `Reason: Account Inactive`."""
    clock_skew_seconds: float = 0.0
    """Added to the Date header."""
    gzip: bool = True
    """Compress for clients that accept it."""
    account_time: bool = False
    """Take the Date header from the account's own clock, by which its records are changed."""
    classic_refusal: int = 429
    """What the Classic site answers over its limit: 429 or 503."""


class App:
    """The ASGI application: one account, a Classic site, and Launchpad beside them."""

    def __init__(
        self,
        account: Account,
        tokens: IssuedTokens,
        limits: RateLimit,
        faults: Faults,
        log: RequestLog,
        switches: Switches,
        classic: ClassicSite,
        classic_limits: RateLimit,
        storage: Storage,
    ) -> None:
        self._account, self._tokens, self._limits = account, tokens, limits
        self._faults, self._log, self._switches = faults, log, switches
        self._api = Api(account)
        self._classic_api, self._classic_limits = ClassicApi(classic), classic_limits
        self._storage = storage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        arrived = time.monotonic()
        request = Request(scope, receive)
        body = await request.body()
        query = scope["query_string"].decode()
        target = f"{request.url.path}?{query}" if query else request.url.path
        fault = self._faults.take(request.method, target) or _NO_FAULT
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.before:
            fault.before(self._account)
        answer = self._finish(request, spoil(self._answer(request, body, fault), fault), fault)
        if fault.after:
            fault.after(self._account)
        self._log.add(_logged(arrived, request, body, 0 if fault.reset else answer.status))
        await send_answer(answer, fault, send)

    def _answer(self, request: Request, body: bytes, fault: Fault) -> Answer:
        if fault.status is not None:
            return text_answer("", fault.status)
        if is_storage(request):
            return self._storage.answer(request)
        if is_launchpad(request.url.path):
            return self._launchpad(request, body)
        client = request.client.host if request.client else ""
        if request.url.path.endswith(".xml"):
            return self._classic(request, client)
        wait = self._limits.admit(client)
        if len(request.url.path) + len(request.url.query) > _LONGEST_TARGET:
            answer = text_answer("", 414)
        elif wait:
            answer = _slow_down(wait, 429)
        else:
            answer = with_etag(self._admitted(request), request.headers.get("if-none-match"))
        if self._limits.enabled:
            answer = answer.with_headers({"x-ratelimit": self._limits.header(client)})
        return answer

    def _classic(self, request: Request, client: str) -> Answer:
        wait = self._classic_limits.admit(client)
        if wait:
            return _slow_down(wait, self._switches.classic_refusal)
        refused = self._refused(request)
        if refused:
            return refused
        if request.method != "GET":
            return not_found()
        if "application/xml" not in request.headers.get("accept", ""):
            return Answer(406)
        return self._classic_api.answer(request)

    def _launchpad(self, request: Request, body: bytes) -> Answer:
        match request.method, request.url.path:
            case "GET", "/authorization/new":
                return self._tokens.app.page(request.query_params)
            case "POST", "/authorization":
                return self._tokens.app.decide(dict(parse_qsl(body.decode("utf-8", "replace"))))
            case "POST", "/authorization/token":
                return self._tokens.exchange(body)
            case "GET", "/authorization.json":
                authorization = request.headers.get("authorization", "")
                if not self._tokens.accepts(authorization):
                    return _unauthorized()
                return self._tokens.authorization(authorization)
        return not_found()

    def _refused(self, request: Request) -> Answer | None:
        """Why a request is not let in, if it is not."""
        if not _IDENTIFYING.search(request.headers.get("user-agent", "")):
            return text_answer("Please send a User-Agent with a URL or an e-mail address of yours.\n", 400)
        if self._switches.inactive:
            return not_found({"reason": "Account Inactive"})
        if not self._tokens.accepts(request.headers.get("authorization", "")):
            return _unauthorized()
        return None

    def _admitted(self, request: Request) -> Answer:
        refused = self._refused(request)
        if refused:
            return refused
        account_id, _, rest = request.url.path.removeprefix("/").partition("/")
        if account_id != str(self._account.account_id) or request.method != "GET":
            return not_found()
        file = self._storage.redirect(request, f"/{rest}")
        if file:
            return file
        if not rest.endswith(".json") and "application/json" not in request.headers.get("accept", ""):
            return Answer(406)
        return self._api.answer(request, f"/{rest.removesuffix('.json')}")

    def _finish(self, request: Request, answer: Answer, fault: Fault) -> Answer:
        now = self._account.store.clock.seconds if self._switches.account_time else time.time()
        date = formatdate(now + self._switches.clock_skew_seconds, usegmt=True)
        answer = answer.with_headers({"date": date, **answer.headers})
        wanted = self._switches.gzip and "gzip" in request.headers.get("accept-encoding", "") and answer.body
        if is_storage(request) or "content-encoding" in answer.headers or not (wanted or fault.broken_gzip):
            return answer
        return compressed(answer)


def _slow_down(wait: float, status: int) -> Answer:
    headers = {"retry-after": str(max(math.ceil(wait), 1))}
    return text_answer("API rate limit exceeded. Please slow down.\n", status, headers)


def _unauthorized() -> Answer:
    challenge = 'Bearer realm="Basecamp", error="invalid_token"'
    return json_answer({"error": "OAuth token expired (old age)"}, 401, {"www-authenticate": challenge})


def _logged(arrived: float, request: Request, body: bytes, status: int) -> LoggedRequest:
    headers = dict(request.headers)
    return LoggedRequest(
        time_monotonic=arrived,
        method=request.method,
        path=request.url.path,
        query=dict(request.query_params),
        headers=headers,
        body=body,
        host=headers.get("host", ""),
        status=status,
    )
