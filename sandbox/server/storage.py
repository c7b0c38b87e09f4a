"""Where files lie: another origin, which takes signed addresses and no token, as storage hosts do.

It is the same port by another name: `localhost`, where the API is `127.0.0.1`.
"""

from __future__ import annotations

import re
import time
from hashlib import sha256
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request

from sandbox.account import Account
from sandbox.account.contents import File, file_at
from sandbox.server.answers import Answer, forbidden, not_found, text_answer

PREFIX = "/storage"
_HOST = "localhost"
_SECONDS = 60
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_SIGN_IN = "/signin"


def is_storage(request: Request) -> bool:
    """Whether a request is for the storage, not for Basecamp."""
    return request.url.path.startswith(f"{PREFIX}/") and request.url.hostname == _HOST


class Storage:
    """Sends the bytes of files, whole or in part, to whoever has an address that was signed a minute ago or less."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.takes_ranges = self.takes_conditions = True
        self.seconds = _SECONDS
        """How long an address is of use."""

    def redirect(self, request: Request, path: str) -> Answer | None:
        """The answer to a download address; None for an address of something else."""
        with self._account.lock:
            file = file_at(self._account.store, path)
        if file is None:
            return None
        if file.refusal == 403:
            return forbidden()
        port = request.url.port
        if file.refusal:
            return Answer(302, {"location": f"http://{request.url.hostname}:{port}{_SIGN_IN}"})
        target, expires = f"{PREFIX}{path}", int(time.time()) + self.seconds
        query = urlencode({"X-Amz-Expires": expires, "X-Amz-Signature": self._signature(target, str(expires))})
        return Answer(302, {"location": f"http://{_HOST}:{port}{quote(target)}?{query}"})

    def answer(self, request: Request) -> Answer:
        """The bytes; 400 for a request with a token, 403 for one whose signature is wrong or old."""
        if "authorization" in request.headers:
            return text_answer("Only one auth mechanism allowed\n", 400)
        path, expires = unquote(request.url.path), request.query_params.get("X-Amz-Expires", "")
        signed = request.query_params.get("X-Amz-Signature") == self._signature(path, expires)
        if not signed or int(expires) <= time.time():
            return text_answer("Request has expired\n", 403)
        with self._account.lock:
            file = file_at(self._account.store, path.removeprefix(PREFIX))
        return self._content(request, file) if file and request.method == "GET" else not_found()

    def _content(self, request: Request, file: File) -> Answer:
        tag = f'"{sha256(file.body.seed.encode()).hexdigest()[:32]}"'
        headers = {"content-type": file.content_type, "etag": tag, "accept-ranges": "bytes"}
        if request.headers.get("if-none-match") == tag and self.takes_conditions:
            return Answer(304, headers)
        asked = _RANGE.fullmatch(request.headers.get("range", ""))
        if asked is None or not self.takes_ranges:
            return Answer(200, headers, file.body)
        size = len(file.body)
        start, stop = int(asked[1]), min(size, int(asked[2] or size - 1) + 1)
        if start >= size:
            return Answer(416, {"content-range": f"bytes */{size}"})
        return Answer(206, {**headers, "content-range": f"bytes {start}-{stop - 1}/{size}"}, file.body[start:stop])

    def _signature(self, path: str, expires: str) -> str:
        return sha256(f"{self._account.size.seed} {path} {expires}".encode()).hexdigest()
