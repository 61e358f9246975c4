"""Stands between litmus and the server, for what litmus takes for granted of a file server and an address book is not.

- litmus stores octets; here an address book holds cards. A body that is put is carried inside a card, and what is got is
  taken out of it again.
- litmus makes collections inside its own, `litmus/`; here an address book holds no collections. `litmus/inner/` is led
  to an address book beside it, `litmus--inner/`, and told as what litmus knows.

Status, headers and everything else pass as they are.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from email.message import Message

from aiohttp import web

LINE = "X-LITMUS-BODY:"
TRANSLATED = frozenset({"Destination", "If"})
HOP_BY_HOP = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding", "keep-alive"})
_INNER = re.compile(r"(/Contacts/litmus)/([^/?>]+)/")
_BESIDE = re.compile(r"(/Contacts/litmus)--([^/?<]+)/")


def as_card(path: str, body: bytes) -> bytes:
    """A card of the object at this path with a body inside."""
    uid, inner = hashlib.sha256(path.encode()).hexdigest(), base64.b64encode(body).decode()
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", "FN:litmus", "N:litmus;;;;", LINE + inner, "END:VCARD", ""]
    return "\r\n".join(lines).encode()


def body_of(card: bytes) -> bytes:
    """What `as_card` put inside; anything else as it is."""
    for line in card.replace(b"\r\n ", b"").split(b"\r\n"):
        if line.startswith(LINE.encode()):
            return base64.b64decode(line[len(LINE) :])
    return card


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


class LitmusProxy:
    """`handle` answers requests of litmus with what the server on this port of this machine says."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._plain: set[str] = set()
        """Names in `litmus/` that are no collections: a slash after them has to be judged by the server."""

    async def handle(self, request: web.Request) -> web.Response:
        path, body = request.raw_path, await request.read()
        headers = [
            (name, self._to_server(value) if name in TRANSLATED else value)
            for name, value in request.headers.items()
            if name.lower() not in HOP_BY_HOP
        ]
        if request.method == "PUT":
            body = as_card(path, body)
        answer = await asyncio.to_thread(self._ask, request.method, self._to_server(path), headers, body)
        if request.method == "PUT" and answer.status in (201, 204):
            self._plain.add(path.rpartition("/")[2])
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP]
        return web.Response(status=answer.status, headers=kept, body=_from_server(request.method, answer))

    def _ask(self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> Answer:
        """One request, its target as it is: also with a fragment, which client libraries take for a mistake."""
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def _to_server(self, text: str) -> str:
        return _INNER.sub(lambda found: found[0] if found[2] in self._plain else f"{found[1]}--{found[2]}/", text)


def _from_server(method: str, answer: Answer) -> bytes:
    if answer.headers.get_content_type().endswith("xml"):
        return _BESIDE.sub(r"\1/\2/", answer.body.decode()).encode()
    return body_of(answer.body) if method == "GET" else answer.body
