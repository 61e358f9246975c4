"""An IMAP server that says what a test wants: by command, octets with `TAG` for the tag of the command."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sogo.mail.imap.server import ImapServer

HANG_UP, SILENCE = b"hang up", b"silence"
OK = b"TAG OK done\r\n"


@dataclass
class Scripted:
    """`heard` is each line a client sent, literals as lines of their own; `answers` by the first word after the tag."""

    answers: dict[str, bytes]
    greeting: bytes = b"* OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+] ready\r\n"
    port: int = 0
    heard: list[bytes] = field(default_factory=list)
    connections: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def server(self) -> ImapServer:
        return ImapServer("127.0.0.1", self.port)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(self.greeting)
        try:
            while line := await reader.readline():
                self.heard.append(line.rstrip(b"\r\n"))
                tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
                answer = self.answers.get(rest.split(b" ")[0].decode(), OK)
                if answer is HANG_UP:
                    break
                if answer is not SILENCE:
                    writer.write(answer.replace(b"TAG", tag))
                    await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.closed.set()
            writer.close()


@asynccontextmanager
async def scripted(
    answers: Mapping[str, bytes] | None = None, *, greeting: bytes | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Scripted]:
    made = Scripted(dict(answers or {}))
    if greeting is not None:
        made.greeting = greeting
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
