"""What HTTP lets a client send, down to the bytes, and what becomes of it in DAV (RFC 9110, RFC 9112)."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import pytest

from tests.support.house import Client, House, event, propfind

ONE = "/SOGo/dav/anna/Calendar/personal/one.ics"
LOGIN = "Authorization: Basic " + b64encode(b"anna:secret").decode()
PATIENCE_SECONDS = 30


class Wire:
    """A connection of one's own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: str | bytes) -> None:
        self._writer.write(data.encode() if isinstance(data, str) else data)
        await self._writer.drain()

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer, names in lower case."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            text = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = text.strip().split("\r\n")
        fields = (line.partition(":") for line in lines)
        return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in fields}

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        status, headers = await self.head()
        return status, headers, await self._reader.readexactly(int(headers.get("content-length", "0")))

    async def rest(self) -> bytes:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._reader.read()

    def close(self) -> None:
        self._writer.close()


async def wire(house: House) -> Wire:
    return Wire(*await asyncio.open_connection("127.0.0.1", house.port))


def head(method: str, target: str, *lines: str) -> str:
    return "\r\n".join((f"{method} {target} HTTP/1.1", "Host: localhost", LOGIN, *lines, "", ""))


@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_head_tells_what_get_would_and_sends_nothing(house: House, anna: Client, coding: str) -> None:
    assert (await anna.put(ONE, event("one", "20260601T100000Z", "DESCRIPTION:" + "words " * 400))).status == 201
    connection = await wire(house)
    await connection.send(head("GET", ONE, f"Accept-Encoding: {coding}"))
    status, got, body = await connection.answer()
    assert (status, int(got["content-length"])) == (200, len(body))
    assert got.get("content-encoding", "identity") == coding
    await connection.send(head("HEAD", ONE, f"Accept-Encoding: {coding}", "Connection: close"))
    status, told = await connection.head()
    assert (status, await connection.rest()) == (200, b"")
    assert [told[name] for name in ("content-length", "etag", "content-type", "last-modified")] == [
        got[name] for name in ("content-length", "etag", "content-type", "last-modified")
    ]
    connection.close()


async def test_a_client_may_wait_until_its_body_is_asked_for(house: House, anna: Client) -> None:
    body = event("one").encode()
    connection = await wire(house)
    await connection.send(head("PUT", ONE, f"Content-Length: {len(body)}", "Expect: 100-continue"))
    assert (await connection.head())[0] == 100
    await connection.send(body)
    assert (await connection.answer())[0] == 201
    connection.close()
    assert (await anna("GET", ONE)).body == body


async def test_a_body_in_chunks_is_stored_as_if_it_came_whole(house: House, anna: Client) -> None:
    body = event("one", "20260601T100000Z", "DESCRIPTION:" + "wörter " * 300).encode()
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    connection = await wire(house)
    await connection.send(head("PUT", ONE, "Transfer-Encoding: chunked", "Content-Type: text/calendar"))
    for piece in pieces:
        await connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
    await connection.send(b"0\r\n\r\n")
    status, headers, _ = await connection.answer()
    assert (status, headers["etag"]) == (201, (await anna("GET", ONE)).etag)
    connection.close()
    assert (await anna("GET", ONE)).body == body


async def test_an_xml_body_in_chunks_is_read_too(house: House) -> None:
    body = propfind("D:displayname").encode()
    connection = await wire(house)
    await connection.send(head("PROPFIND", "/SOGo/dav/anna/", "Depth: 0", "Transfer-Encoding: chunked"))
    for octet in body:
        await connection.send(b"1\r\n%c\r\n" % octet)
    await connection.send(b"0\r\n\r\n")
    status, _, answer = await connection.answer()
    assert (status, b"Anna Bell" in answer) == (207, True)
    connection.close()


@pytest.mark.parametrize("origin", ["http://localhost", "http://cloud.example.com:8080", "HTTPS://cloud.example.com"])
async def test_a_whole_url_as_target_means_its_path(house: House, origin: str) -> None:
    body = propfind("D:displayname")
    connection = await wire(house)
    await connection.send(
        head("PROPFIND", f"{origin}/SOGo/dav/anna/", "Depth: 0", f"Content-Length: {len(body)}") + body
    )
    status, _, answer = await connection.answer()
    assert status == 207
    assert b"<D:href>/SOGo/dav/anna/</D:href>" in answer
    connection.close()


async def test_requests_sent_at_once_are_answered_in_their_order(house: House, anna: Client) -> None:
    await anna.put(ONE, event("one"))
    connection = await wire(house)
    await connection.send(head("GET", ONE) + head("OPTIONS", "/SOGo/dav/anna/") + head("GET", "/SOGo/dav/anna/none"))
    answers = [await connection.answer() for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 404]
    assert b"UID:one" in answers[0][2]
    connection.close()
