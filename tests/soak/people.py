"""What people and their programs do all day, well-behaved ones and others. Each deed is one step of one person."""

from __future__ import annotations

import asyncio
import base64
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

import aiohttp

from tests.bench.data import ICS, VCF, XML, book, calendar, card, event
from tests.fuzz.corpus import seeds
from tests.fuzz.mutate import mutated
from tests.support.site import PASSWORD

OBJECTS = 120
FOLDER = "bench"
_SPACES = (
    'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav" xmlns:X="urn:x"'
)
_METHODS = (
    b"GET", b"HEAD", b"PUT", b"POST", b"DELETE", b"OPTIONS", b"PROPFIND", b"PROPPATCH", b"REPORT", b"MKCOL", b"MKCALENDAR", b"COPY", b"MOVE",
    b"LOCK", b"UNLOCK", b"ACL", b"SEARCH", b"TRACE", b"BREW",
)  # fmt: skip
_HEADER_NAMES = (
    "Depth", "Destination", "Overwrite", "If", "If-Match", "If-None-Match", "If-Modified-Since", "If-Schedule-Tag-Match", "Prefer", "Brief",
    "Timeout", "Lock-Token", "Range", "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Content-Length", "Content-Encoding",
    "Transfer-Encoding", "Expect", "Cookie", "Origin", "User-Agent", "X-Forwarded-For", "x-webobjects-server-url", "CalDAV-Timezones", "Upgrade",
)  # fmt: skip
_BLANKS = re.compile(rb"[\x00-\x20\x7f]")
_RESPONSE = re.compile(r"<D:response>(.*?)</D:response>", re.DOTALL)
_HREF = re.compile(r"<D:href>([^<]*)</D:href>")
_ETAG = re.compile(r"<D:getetag>([^<]*)</D:getetag>")
_TOKEN = re.compile(r"<D:sync-token>([^<]*)</D:sync-token>")


@dataclass
class Tally:
    """`answers` counts (deed, status), `broken` the connections that ended early; `wrong` tells what must not be."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def failures(self) -> dict[tuple[str, int], int]:
        return {key: count for key, count in self.answers.items() if key[1] >= 500}


class Person:
    """A login with a program that keeps a copy of one calendar by sync-collection."""

    def __init__(self, base: str, user: str, tally: Tally, dice: random.Random) -> None:
        self.user, self.mirror, self.token = user, dict[str, str](), ""
        self._base, self._tally, self._dice = base, tally, dice
        self._host, _, port = base.partition("://")[2].partition(":")
        self._port = int(port)
        self._login = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        self._http: aiohttp.ClientSession | None = None
        self._serial = 0
        self._syncing = asyncio.Lock()
        self._hostile = {name: list(seeds(name)) for name in ("xml", "calendar", "card", "header", "href")}

    async def __aenter__(self) -> Person:
        timeout = aiohttp.ClientTimeout(total=120)
        self._http = aiohttp.ClientSession(headers={"Authorization": self._login}, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._http is not None
        await self._http.close()

    async def step(self) -> None:
        deeds, weights = zip(*DEEDS, strict=True)
        deed = self._dice.choices(deeds, weights)[0]
        name = deed.__name__.strip("_")
        try:
            await deed(self)
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self._tally.broken[f"{name}: {type(error).__name__}"] += 1

    async def ask(
        self, deed: str, method: str, path: str, body: str | bytes = "", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        assert self._http is not None
        data = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
        async with self._http.request(method, self._base + path, data=data, headers=headers) as answer:
            text = (await answer.read()).decode("utf-8", "replace")
            self._tally.answers[deed, answer.status] += 1
            if answer.status == 503 and "Retry-After" not in answer.headers:
                self._tally.wrong.append(f"{deed}: 503 without Retry-After")
            if answer.status >= 500 and answer.status != 503:
                self._tally.wrong.append(f"{deed}: {method} {path}: {answer.status} {text[:300]}")
            return answer.status, text

    # --- the well-behaved ---------------------------------------------------------------------------------------------

    async def sync(self) -> None:
        async with self._syncing:
            await self._sync()

    async def _sync(self) -> None:
        inner = f"<sync-token>{self.token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>"
        body = f"<sync-collection {_SPACES}>{inner}</sync-collection>"
        status, text = await self.ask("sync", "REPORT", calendar(self.user), body, XML)
        if status != 207:
            if status in (403, 409):
                self.token, self.mirror = "", {}
            return
        for response in _RESPONSE.findall(text):
            href, etag = _HREF.search(response), _ETAG.search(response)
            assert href is not None
            name = unquote(href[1].rsplit("/", 1)[-1])
            if etag is None:
                self.mirror.pop(name, None)
            elif name:
                self.mirror[name] = etag[1]
        self.token = _TOKEN.findall(text)[-1]

    async def listed(self) -> dict[str, str]:
        """The calendar as PROPFIND tells it."""
        body = f"<propfind {_SPACES}><prop><getetag/></prop></propfind>"
        status, text = await self.ask("listed", "PROPFIND", calendar(self.user), body, XML | {"Depth": "1"})
        found = {}
        for response in _RESPONSE.findall(text):
            href, etag = _HREF.search(response), _ETAG.search(response)
            if href is not None and etag is not None and not href[1].endswith("/"):
                found[unquote(href[1].rsplit("/", 1)[-1])] = etag[1]
        return found if status == 207 else {}

    async def _list(self) -> None:
        await self.listed()

    async def _multiget(self) -> None:
        names = self._dice.sample(sorted(self.mirror), min(len(self.mirror), self._dice.choice((1, 10, 60))))
        hrefs = "".join(f"<href>{calendar(self.user)}{name}</href>" for name in names)
        body = f"<C:calendar-multiget {_SPACES}><prop><getetag/><C:calendar-data/></prop>{hrefs}</C:calendar-multiget>"
        await self.ask("multiget", "REPORT", calendar(self.user), body, XML)

    async def _query(self) -> None:
        month = self._dice.randrange(1, 12)
        span = f'start="2027{month:02d}01T000000Z" end="2027{month + 1:02d}01T000000Z"'
        data = self._dice.choice(("", "<C:calendar-data/>", f"<C:calendar-data><C:expand {span}/></C:calendar-data>"))
        inner = f'<C:comp-filter name="VEVENT"><C:time-range {span}/></C:comp-filter>'
        body = (
            f"<C:calendar-query {_SPACES}><prop><getetag/>{data}</prop><C:filter>"
            f'<C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter></C:calendar-query>'
        )
        await self.ask("query", "REPORT", calendar(self.user), body, XML)

    async def _search(self) -> None:
        text = f"<R:text-match>{self._dice.choice(('person', 'ada', 'zzz'))}</R:text-match>"
        inner = f'<R:filter><R:prop-filter name="FN">{text}</R:prop-filter></R:filter>'
        body = f"<R:addressbook-query {_SPACES}><prop><getetag/><R:address-data/></prop>{inner}</R:addressbook-query>"
        await self.ask("search", "REPORT", book(self.user), body, XML)

    async def _put(self) -> None:
        number = self._dice.randrange(OBJECTS)
        text = event(f"{self.user}-{number}", number).replace("Meeting", f"Meeting {self._dice.random()}")
        await self.ask("put", "PUT", f"{calendar(self.user)}e{number:04d}.ics", text, ICS)

    async def _put_card(self) -> None:
        number = self._dice.randrange(OBJECTS)
        await self.ask("put", "PUT", f"{book(self.user)}c{number:04d}.vcf", card(f"{self.user}-c{number}", number), VCF)

    async def _delete(self) -> None:
        await self.ask("delete", "DELETE", f"{calendar(self.user)}e{self._dice.randrange(OBJECTS):04d}.ics")

    async def _get(self) -> None:
        await self.ask("get", "GET", f"{calendar(self.user)}e{self._dice.randrange(OBJECTS):04d}.ics")

    async def _proppatch(self) -> None:
        value = f"<X:note>{self._dice.random()}</X:note><displayname>Mine {self._dice.randrange(9)}</displayname>"
        body = f"<propertyupdate {_SPACES}><set><prop>{value}</prop></set></propertyupdate>"
        await self.ask("proppatch", "PROPPATCH", calendar(self.user), body, XML)

    async def _lock(self) -> None:
        path = f"{calendar(self.user)}lock{self._dice.randrange(3)}.ics"
        body = f"<lockinfo {_SPACES}><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>"
        status, text = await self.ask("lock", "LOCK", path, body, XML | {"Timeout": "Second-5", "Depth": "0"})
        found = re.search(r"<D:locktoken><D:href>([^<]+)", text)
        if status in (200, 201) and found and self._dice.random() < 0.8:
            await self.ask("unlock", "UNLOCK", path, headers={"Lock-Token": f"<{found[1]}>"})

    async def _export(self) -> None:
        ending = self._dice.choice((".ics", ".xml"))
        await self.ask("export", "GET", calendar(self.user).rstrip("/") + ending)
        await self.ask("export", "GET", book(self.user).rstrip("/") + ".vcf")

    async def _import(self) -> None:
        events = [event(f"{self.user}-i{self._dice.randrange(40)}", n) for n in range(self._dice.choice((1, 20)))]
        inner = "".join(
            text.split("END:VCALENDAR")[0].partition("BEGIN:VEVENT")[2].join(("BEGIN:VEVENT", "")) for text in events
        )
        head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n"
        await self.ask("import", "POST", calendar(self.user, "personal"), f"{head}{inner}END:VCALENDAR\r\n", ICS)

    async def _busy(self) -> None:
        await self.ask("busy", "GET", f"/SOGo/dav/{self.user}/freebusy.ifb")

    async def _home(self) -> None:
        body = f"<propfind {_SPACES}><prop><displayname/><resourcetype/><sync-token/></prop></propfind>"
        await self.ask("home", "PROPFIND", f"/SOGo/dav/{self.user}/Calendar/", body, XML | {"Depth": "1"})

    async def _folder(self) -> None:
        path = calendar(self.user, f"short{self._dice.randrange(3)}")
        await self.ask("mkcalendar", "MKCALENDAR", path)
        self._serial += 1
        await self.ask("put", "PUT", f"{path}x.ics", event(f"{self.user}-s{self._serial}", 1), ICS)
        await self.ask("delete", "DELETE", path)

    # --- the others ---------------------------------------------------------------------------------------------------

    async def _broken_body(self) -> None:
        method = self._dice.choice(("PROPFIND", "REPORT", "PROPPATCH", "LOCK", "MKCALENDAR"))
        path = calendar(self.user) if method != "MKCALENDAR" else calendar(self.user, "never-made") + "x/"
        await self.ask("broken body", method, path, mutated(self._dice, self._hostile["xml"]), XML)

    async def _broken_object(self) -> None:
        kind = self._dice.choice(("calendar", "card"))
        folder, headers = (calendar(self.user, "personal"), ICS) if kind == "calendar" else (book(self.user), VCF)
        name = f"broken{self._dice.randrange(20)}"
        await self.ask("broken object", "PUT", folder + name, mutated(self._dice, self._hostile[kind]), headers)

    async def _stranger(self) -> None:
        login = base64.b64encode(f"{self.user}:wrong{self._dice.random()}".encode()).decode()
        await self.ask("stranger", "PROPFIND", calendar(self.user), headers={"Authorization": f"Basic {login}"})

    async def _aborted_upload(self) -> None:
        """Most of a large object, and then nobody is there any more (CVE-2016-6188)."""
        writer = await self._send(f"PUT {calendar(self.user)}large.ics HTTP/1.1", "Content-Length: 9000000")
        for _ in range(self._dice.randrange(1, 60)):
            writer.write(b"x" * 50_000)
            await writer.drain()
        writer.transport.abort()

    async def _slow_upload(self) -> None:
        """A few octets at a time."""
        text = event(f"{self.user}-slow", 3).encode()
        writer = await self._send(
            f"PUT {calendar(self.user, 'personal')}slow.ics HTTP/1.1", f"Content-Length: {len(text)}"
        )
        for place in range(0, len(text), 100):
            writer.write(text[place : place + 100])
            await writer.drain()
            await asyncio.sleep(0.3)
        writer.close()

    async def _left_in_the_middle(self) -> None:
        """An export, of which a few octets are read."""
        writer = await self._send(f"GET {calendar(self.user).rstrip('/')}.ics HTTP/1.1", "Content-Length: 0")
        await asyncio.sleep(self._dice.choice((0, 0.01, 0.1)))
        writer.transport.abort()

    async def _half_a_head(self) -> None:
        _, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(b"PROPFIND /SOGo/dav/ HTTP/1.1\r\nHost: x\r\nX-Y: ")
        await writer.drain()
        await asyncio.sleep(self._dice.choice((0.1, 5)))
        writer.transport.abort()

    async def _broken_head(self) -> None:
        """Any method, paths and headers that are not quite what they should be."""
        method = self._dice.choice(_METHODS)
        path = self._dice.choice(
            (calendar(self.user, "personal").encode(), mutated(self._dice, self._hostile["href"]))
        )[:4_000]
        lines = [f"Host: {self._host}", f"Authorization: {self._login}", "Connection: close"]
        names = self._dice.sample(_HEADER_NAMES, self._dice.choice((1, 2, 5)))
        broken = [name.encode() + b": " + mutated(self._dice, self._hostile["header"])[:4_000] for name in names]
        head = [method + b" " + _BLANKS.sub(b"%20", path) + b" HTTP/1.1", *(line.encode() for line in lines), *broken]
        reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(b"\r\n".join([*head, b"", b""]))
        status = (await asyncio.wait_for(reader.readline(), 60)).split(b" ")
        writer.transport.abort()
        if len(status) > 1:
            self._note("broken head", int(status[1]), f"{method!r} {path!r} {broken!r}")

    def _note(self, deed: str, status: int, what: str) -> None:
        self._tally.answers[deed, status] += 1
        if status >= 500 and status not in (501, 503, 505, 507):
            self._tally.wrong.append(f"{deed}: {what}: {status}")

    async def _send(self, line: str, length: str) -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection(self._host, self._port)
        head = f"{line}\r\nHost: {self._host}\r\nAuthorization: {self._login}\r\nContent-Type: text/calendar\r\n{length}\r\n\r\n"
        writer.write(head.encode())
        return writer


Deed = Callable[[Person], Awaitable[None]]
DEEDS: tuple[tuple[Deed, int], ...] = (
    (Person.sync, 30), (Person._list, 8), (Person._multiget, 12), (Person._query, 10), (Person._search, 4), (Person._put, 14), (Person._put_card, 4),
    (Person._delete, 5), (Person._get, 8), (Person._proppatch, 3), (Person._lock, 3), (Person._export, 2), (Person._import, 2), (Person._busy, 1),
    (Person._home, 4), (Person._folder, 1), (Person._broken_body, 4), (Person._broken_object, 3), (Person._stranger, 1), (Person._aborted_upload, 2),
    (Person._broken_head, 4), (Person._slow_upload, 1), (Person._left_in_the_middle, 2), (Person._half_a_head, 1),
)  # fmt: skip
"""What is done, and how often."""
