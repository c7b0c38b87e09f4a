"""How an answer goes over the wire, and what a fault does to it on the way."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import replace

from starlette.types import Send

from sandbox.server.answers import Answer
from sandbox.server.faults import Fault

# With lingering on and no time to linger, closing a socket sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

_GZIP_HEADER_BYTES = 10


def spoil(answer: Answer, fault: Fault) -> Answer:
    """The fault's changes to the answer itself."""
    headers = {**answer.headers}
    for name, value in fault.headers.items():
        headers.pop(name.lower(), None)
        if value is not None:
            headers[name.lower()] = value
    body = answer.body
    if fault.body is not None:
        body = fault.body.encode() if isinstance(fault.body, str) else fault.body
    return replace(answer, headers=headers, body=body[: fault.truncate])


async def send_answer(answer: Answer, fault: Fault, send: Send) -> None:
    """Send it, whole or as the fault will have it."""
    transport = _transport(send)
    if fault.reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
        # Lets the server hear of the lost connection before it finds the request unanswered.
        await asyncio.sleep(0)
        return
    body = _undecodable(answer.body) if fault.broken_gzip else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": _raw_headers(answer, len(body))})
    if fault.cut is not None:
        await send({"type": "http.response.body", "body": body[: fault.cut], "more_body": True})
        transport.close()
        return
    if fault.drip:
        for position in range(len(body)):
            if transport.is_closing():
                return
            await send({"type": "http.response.body", "body": body[position : position + 1], "more_body": True})
            await asyncio.sleep(fault.drip)
        body = b""
    await send({"type": "http.response.body", "body": body})


def _raw_headers(answer: Answer, length: int) -> list[tuple[bytes, bytes]]:
    headers = dict(answer.headers)
    if answer.status not in (204, 304):
        headers.setdefault("content-length", str(length))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _undecodable(body: bytes) -> bytes:
    """Gzip whose first block is of a type that does not exist: noise further on may pass for data."""
    return body[:_GZIP_HEADER_BYTES] + b"\xff" + body[_GZIP_HEADER_BYTES + 1 :]


def _transport(send: Send) -> asyncio.Transport:
    """ASGI knows no way to break a connection; uvicorn's `send` is a method of what holds the transport."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport
