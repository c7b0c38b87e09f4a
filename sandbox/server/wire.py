"""How an answer is sent, and what a fault does to it."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import replace

from starlette.types import Send

from sandbox.account.contents import FileBytes
from sandbox.server.answers import Answer
from sandbox.server.faults import Fault

# SO_LINGER on, with 0 seconds: closing the socket sends RST instead of FIN.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

_GZIP_HEADER_BYTES = 10


def spoil(answer: Answer, fault: Fault) -> Answer:
    """The answer with the headers and the body that the fault wants."""
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
    """Send the answer, or as much of it and at the pace that the fault wants."""
    transport = _transport(send)
    if fault.reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
        # Lets uvicorn notice the lost connection before it notices that the request has no answer.
        await asyncio.sleep(0)
        return
    body = _undecodable(bytes(answer.body)) if fault.broken_gzip else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": _raw_headers(answer, len(body))})
    if fault.cut is not None:
        await send({"type": "http.response.body", "body": bytes(body[: fault.cut]), "more_body": True})
        transport.close()
        return
    if fault.drip:
        for position in range(len(body)):
            if transport.is_closing():
                return
            part = bytes(body[position : position + 1])
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(fault.drip)
        body = b""
    if isinstance(body, FileBytes):
        await _send_file(body, transport, send)
        body = b""
    await send({"type": "http.response.body", "body": body})


async def _send_file(body: FileBytes, transport: asyncio.Transport, send: Send) -> None:
    for chunk in body:
        if transport.is_closing():
            return
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        # Other requests are answered between two chunks, even where the client takes them at once.
        await asyncio.sleep(0)


def _raw_headers(answer: Answer, length: int) -> list[tuple[bytes, bytes]]:
    headers = dict(answer.headers)
    if answer.status not in (204, 304):
        headers.setdefault("content-length", str(length))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _undecodable(body: bytes) -> bytes:
    """Gzip whose first block is of a type that does not exist. Wrong bytes further on might decompress."""
    return body[:_GZIP_HEADER_BYTES] + b"\xff" + body[_GZIP_HEADER_BYTES + 1 :]


def _transport(send: Send) -> asyncio.Transport:
    """The connection. ASGI has no way to break it, but uvicorn's `send` is a method of an object that has it."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport
