"""The DAV face over a real SQLite store, asked over HTTP; people come from a list."""

from __future__ import annotations

import datetime as dt
import ipaddress
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from lxml import etree
from yarl import URL

from sogo.conf.levels import Config
from sogo.http.app import create_app
from sogo.http.settings import HttpSettings
from sogo.outbound.client import Outbound, OutboundSettings
from sogo.server.wiring import count_statements, dispatcher
from sogo.service.aftermath import Followed
from sogo.service.bus import ChangeBus
from sogo.service.mail_post import MailPost
from sogo.service.mail_rendering import MailRendering
from sogo.service.mail_routes import MailRoutes
from sogo.service.memory import FolderMemory
from sogo.service.request_scope import RequestEditor, RequestProfiles, RequestProperties
from sogo.service.scheduling.scheduler import Scheduler
from sogo.service.shelf import SharedMemory
from sogo.service.site import Site
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql import SqlStore, StoreSettings, open_store
from sogo.store.sql.url import DatabaseUrl
from tests.support.people import Book, People, person

D = "{DAV:}"
C = "{urn:ietf:params:xml:ns:caldav}"
CR = "{urn:ietf:params:xml:ns:carddav}"
CS = "{http://calendarserver.org/ns/}"
ICAL = "{http://apple.com/ns/ical/}"
_PREFIXES = {"D": "DAV:", "C": C[1:-1], "CR": CR[1:-1], "CS": CS[1:-1], "ICAL": ICAL[1:-1], "X": "urn:example:x"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def xml(self) -> etree._Element:
        return etree.fromstring(self.body)

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def condition(self) -> str | None:
        """The Clark name of the precondition in an error body."""
        root = self.xml
        return str(root[0].tag) if root.tag == D + "error" and len(root) else None

    @property
    def responses(self) -> dict[str, etree._Element]:
        """href (decoded) -> its D:response."""
        return {unquote(item.findtext(D + "href") or ""): item for item in self.xml.findall(D + "response")}

    @property
    def hrefs(self) -> list[str]:
        return list(self.responses)

    def prop(self, href: str, name: str) -> etree._Element | None:
        """The element of a property that was found (200)."""
        for stat in self.responses[href].findall(D + "propstat"):
            if " 200 " in (stat.findtext(D + "status") or ""):
                return stat.find(f"{D}prop/{name}")
        return None

    def prop_text(self, href: str, name: str) -> str:
        element = self.prop(href, name)
        assert element is not None, f"{name} is not there"
        return element.text or ""

    def prop_status(self, href: str, name: str) -> int:
        for stat in self.responses[href].findall(D + "propstat"):
            if stat.find(f"{D}prop/{name}") is not None:
                return int((stat.findtext(D + "status") or "").split()[1])
        raise AssertionError(f"{name} is not mentioned")

    @property
    def token(self) -> str:
        return self.xml.findtext(D + "sync-token") or ""


class Client:
    """One person with one program."""

    def __init__(self, session: ClientSession, base: URL, login: str | None, agent: str = "tests/1") -> None:
        self._session, self._base, self.login = session, base, login
        self._headers = {"User-Agent": agent}
        if login is not None:
            self._headers["Authorization"] = "Basic " + b64encode(f"{login}:secret".encode()).decode()

    def as_agent(self, agent: str) -> Client:
        return Client(self._session, self._base, self.login, agent)

    async def __call__(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Answer:
        sent = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        data = body.encode() if isinstance(body, str) else body
        url = URL(str(self._base).rstrip("/") + path, encoded=True)
        async with self._session.request(method, url, data=data, headers=sent, allow_redirects=False) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def propfind(self, path: str, *names: str, depth: str = "0", **headers: str) -> Answer:
        answer = await self("PROPFIND", path, propfind(*names), Depth=depth, **headers)
        assert answer.status == 207, answer.text
        return answer

    async def report(self, path: str, body: str, **headers: str) -> Answer:
        return await self("REPORT", path, body, Content_Type="text/xml", **headers)

    async def put(self, path: str, body: str, **headers: str) -> Answer:
        return await self("PUT", path, body, Content_Type="text/calendar", **headers)


def namespaces() -> str:
    return " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in _PREFIXES.items())


def propfind(*names: str) -> str:
    """A PROPFIND body for prefixed names, such as C:calendar-data."""
    inner = "".join(f"<{name}/>" for name in names)
    return f'<?xml version="1.0"?><D:propfind {namespaces()}><D:prop>{inner}</D:prop></D:propfind>'


def body(root: str, inner: str) -> str:
    """A body with this prefixed root, namespaces declared."""
    return f'<?xml version="1.0"?><{root} {namespaces()}>{inner}</{root}>'


def event(uid: str, start: str = "20260601T100000Z", *more: str, end: str = "") -> str:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", f"UID:{uid}",
        "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", *([f"DTEND:{end}"] if end else []), f"SUMMARY:Event {uid}", *more,
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def todo(uid: str, *more: str) -> str:
    return event(uid, "20260601T100000Z", *more).replace("VEVENT", "VTODO")


def card(uid: str, fn: str, *more: str) -> str:
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{fn}", f"N:{fn};;;;", *more, "END:VCARD", ""]
    return "\r\n".join(lines)


MB = 1024 * 1024
CONFIG: dict[str, object] = {
    "SOGoTimeZone": "Europe/Paris",
    "SOGoLanguage": "English",
    "SOGoMaximumObjectSize": "256",
    "SOGoMaximumDAVBodySize": "512",
}


class HouseClock:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def sleep(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)


class House:
    """A running server. `config` adds to the site's sogo.conf."""

    def __init__(
        self,
        server: TestServer,
        session: ClientSession,
        site: Site,
        people: People,
        counts: list[Callable[[], int]],
        clock: HouseClock,
    ) -> None:
        self._server, self._session, self.site, self.people = server, session, site, people
        self._counts = counts
        self.clock = clock

    @property
    def statements(self) -> int:
        """SQL statements made for all requests so far."""
        return sum(count() for count in self._counts)

    @property
    def port(self) -> int:
        assert self._server.port is not None
        return self._server.port

    @property
    def app(self) -> web.Application:
        return self._server.app

    def client(self, login: str | None, agent: str = "tests/1") -> Client:
        return Client(self._session, self._server.make_url("/"), login, agent)


async def open_house(folder: Path, **config: object) -> AsyncIterator[House]:
    clock = HouseClock()
    database = f"sqlite:///{folder}/sogo.db"

    def url(table: str) -> DatabaseUrl:
        return DatabaseUrl.parse(f"{database}/{table}")

    store = open_store(
        StoreSettings(
            profile_url=url("sogo_user_profile"), folder_info_url=url("sogo_folder_info"), store_url=url("sogo_store"),
            acl_url=url("sogo_acl"), cache_folder_url=url("sogo_cache_folder"), alarms_url=url("sogo_alarms_folder"), clock=clock,
        )
    )  # fmt: skip
    await store.start()
    try:
        async for house in house_over(store, clock, **config):
            yield house
    finally:
        await store.close()


async def house_over(store: SqlStore, clock: HouseClock, **config: object) -> AsyncIterator[House]:
    """A server over a store that was started, and is closed by whoever did."""
    people = People(
        [person("anna", "Anna Bell"), person("ben"), person("root", superuser=True), person("j.doe@example.org")],
        [Book("staff", [person("anna", "Anna Bell").record, person("zoë", "Zoë Ångström").record])],
    )
    outbound = Outbound(OutboundSettings(allowed=(ipaddress.ip_network("127.0.0.0/8"),)))
    settings = Config.of(CONFIG | config)
    site = Site(
        config=settings, folders=store.folders, profiles=RequestProfiles(store.profiles), acl=store.acl,
        properties=RequestProperties(store.properties), editor=RequestEditor(store.editor), locks=store.locks, home_notes=store.home_notes, pushes=store.pushes, invitations=store.invitations, alarms=store.alarms, inbox=store.inbox, attachments=store.attachments, post=MailPost(store.mails, MailRoutes(settings), clock), outbound=outbound, directory=people, cache=MemoryCache(), bus=ChangeBus(),
        memory=FolderMemory(store.folders, shared=SharedMemory(settings.system.folder_memory * MB), clock=clock), clock=clock,
    )  # fmt: skip
    site = replace(site, around=Followed(site, Scheduler(site, MailRendering(site).render)))
    counts: list[Callable[[], int]] = []

    def start_count() -> Callable[[], int]:
        counts.append(count_statements())
        return counts[-1]

    app = create_app(settings=HttpSettings(), dispatch=dispatcher(site), start_statement_count=start_count)
    server = TestServer(app)
    await server.start_server()
    try:
        async with ClientSession() as session:
            yield House(server, session, site, people, counts, clock)
    finally:
        await server.close()
        await outbound.close()
        await site.imap.close()
