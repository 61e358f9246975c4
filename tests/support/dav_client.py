"""A person at a DAV server, plainly: requests over http.client, their answers, and a client that follows a folder.

Made for comparing two servers, so it repairs nothing and has no opinion; the original closes every connection, hence
one a request. Nothing here is asynchronous: whoever wants several people at once takes threads.
"""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

SPACES = {
    "D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "CR": "urn:ietf:params:xml:ns:carddav",
    "CS": "http://calendarserver.org/ns/", "ICAL": "http://apple.com/ns/ical/",
    "I": "urn:inverse:params:xml:ns:inverse-dav", "G": "http://groupdav.org/",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def xml(self) -> etree._Element:
        """The original writes an emoji as two references to halves of it, which no parser takes."""
        return etree.fromstring(HALVES.sub(_whole, self.body))

    def responses(self) -> dict[str, dict[str, etree._Element]]:
        """Decoded path -> Clark name -> element, of the propstats with 200; a status instead of them is under ""."""
        found: dict[str, dict[str, etree._Element]] = {}
        for item in self.xml.iterfind("{DAV:}response"):
            named = found.setdefault(unquote(urlsplit(item.findtext("{DAV:}href") or "").path), {})
            if (status := item.find("{DAV:}status")) is not None:
                named[""] = status
            for stat in item.iterfind("{DAV:}propstat"):
                if " 200" in (stat.findtext("{DAV:}status") or ""):
                    named |= {str(element.tag): element for element in stat.iterfind("{DAV:}prop/*")}
        return found


class DavUser:
    """One server, used by one person; `name` is what messages call the server."""

    def __init__(self, name: str, base: str, user: str, password: str) -> None:
        self.name, self.user = name, user
        self._base, self._host = base.rstrip("/"), urlsplit(base).netloc
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def __call__(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Answer:
        """A path is decoded and relative to /SOGo/dav/USER/."""
        sent = {"Authorization": self._login, "Connection": "close", "User-Agent": "compare/1"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, quote(self.path(path)), data, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def path(self, path: str) -> str:
        return path if path.startswith("/") else f"/SOGo/dav/{self.user}/{path}"

    def propfind(self, path: str, names: Iterable[str], depth: int = 0) -> dict[str, dict[str, etree._Element]]:
        inner = "".join(f"<{name}/>" for name in names)
        answer = self("PROPFIND", path, xml("D:propfind", f"<D:prop>{inner}</D:prop>"), Depth=str(depth), **XML_TYPE)
        return answer.responses() if answer.status == 207 else {}

    def report(self, path: str, root: str, inner: str) -> Answer:
        return self("REPORT", path, xml(root, inner), Depth="1", **XML_TYPE)

    def proppatch(self, path: str, inner: str) -> Answer:
        body = xml("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")
        return self("PROPPATCH", path, body, **XML_TYPE)

    def put(self, path: str, body: str | bytes, **headers: str) -> Answer:
        kind = "text/x-vlist" if path.endswith(".vlf") else "text/vcard" if "Contacts/" in path else "text/calendar"
        return self("PUT", path, body, Content_Type=f"{kind}; charset=utf-8", **headers)

    def get(self, path: str) -> Answer:
        return self("GET", path)

    def move(self, path: str, target: str, *, overwrite: str) -> Answer:
        """The original takes a path for another server: 403."""
        goal = f"{self._base}{quote(self.path(target))}"
        return self("MOVE", path, Destination=goal, Overwrite=overwrite)

    def folders(self, module: str) -> list[str]:
        """Names of the collections of a home, in their order; export files and directories left out."""
        home = self.path(f"{module}/")
        kinds = (clark("C:calendar"), clark("CR:addressbook"))
        found = self.propfind(home, ["D:resourcetype"], depth=1)
        return [
            href.removeprefix(home).strip("/")
            for href, named in found.items()
            if (element := named.get(clark("D:resourcetype"))) is not None
            and any(element.find(kind) is not None for kind in kinds)
            and element.find(clark("CR:directory")) is None
        ]

    def objects(self, folder: str) -> dict[str, tuple[str, str]]:
        """name -> (ETag, text) of everything in a folder, by a multiget of what PROPFIND lists."""
        base = self.path(f"{folder}/")
        listed = [href for href in self.propfind(base, ["D:getetag"], depth=1) if is_member(base, href)]
        root, data = ("CR:addressbook-multiget", "CR:address-data") if "Contacts" in folder else MULTIGET
        hrefs = "".join(f"<D:href>{escape(quote(href))}</D:href>" for href in listed)
        found = self.report(base, root, f"<D:prop><D:getetag/><{data}/></D:prop>{hrefs}").responses() if listed else {}
        return {
            href.removeprefix(base): (text_of(named, "D:getetag"), text_of(named, data))
            for href, named in found.items()
        }


XML_TYPE = {"Content_Type": "text/xml; charset=utf-8"}
MULTIGET = ("C:calendar-multiget", "C:calendar-data")


def xml(root: str, inner: str) -> str:
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
    return f'<?xml version="1.0" encoding="utf-8"?><{root} {spaces}>{inner}</{root}>'


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def clark(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{SPACES[prefix]}}}{local}"


HALVES = re.compile(rb"&#(5[56]\d{3});&#(5[67]\d{3});")


def _whole(match: re.Match[bytes]) -> bytes:
    high, low = int(match[1]), int(match[2])
    return b"&#%d;" % (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def text_of(named: dict[str, etree._Element], name: str) -> str:
    element = named.get(clark(name))
    return "" if element is None else (element.text or "").replace("\r\n", "\n").replace("\r", "\n")


def is_member(base: str, href: str) -> bool:
    """An object itself: not the folder, and not the .../master that the original lists below events."""
    return href.startswith(base) and bool(name := href.removeprefix(base)) and "/" not in name


def make_folder(server: DavUser, folder: str) -> None:
    server("DELETE", folder + "/")
    if folder.startswith("Calendar"):
        answer = server("MKCALENDAR", folder + "/")
    else:
        kind = "<D:resourcetype><D:collection/><CR:addressbook/></D:resourcetype>"
        answer = server("MKCOL", folder + "/", xml("D:mkcol", f"<D:set><D:prop>{kind}</D:prop></D:set>"), **XML_TYPE)
    if answer.status != 201:
        raise RuntimeError(f"{server.name} made no folder {folder}: {answer.status}")


def sample(path: str, uid: str, mark: str) -> str:
    if path.endswith(".vcf"):
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"N:{mark};;;;", f"FN:{mark}", "END:VCARD", ""]
    else:
        lines = ["BEGIN:VCALENDAR", "PRODID:-//compare//EN", "VERSION:2.0", "BEGIN:VEVENT", f"UID:{uid}",
                 "DTSTAMP:20260101T000000Z", "DTSTART:20260601T100000Z", "DTEND:20260601T110000Z", f"SUMMARY:{mark}",
                 "CLASS:PUBLIC", "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
    return "\r\n".join(lines)


def in_order(text: str) -> str:
    """A text as it can be compared: the original writes parameters in any order, and may end without a line end."""
    lines = re.sub(r"\r?\n[ \t]", "", text).split("\n")
    return "\n".join(";".join(sorted(re.split("[;:]", line.strip("\r")))) for line in lines).strip()


def card_version(text: str) -> str:
    """The version of a card, from a text `in_order`; "" of anything else."""
    found = re.search(r"(?m)^(\d\.\d);VERSION$", text) if text.startswith("BEGIN;VCARD") else None
    return found[1] if found else ""


def without_emoji(text: str) -> str:
    """What is left of characters beyond the BMP on MySQL, where the original opens its connection with utf8."""
    return re.sub("(?:[^\0-\uffff]|[?])+", "?", text)


class Follower:
    """A client that keeps a copy by sync-collection."""

    def __init__(self, server: DavUser, folder: str) -> None:
        self.server, self.folder, self.copy, self.token = server, folder, dict[str, str](), ""
        self.rounds = 0

    def sync(self) -> None:
        inner = f"<D:sync-token>{escape(self.token)}</D:sync-token><D:sync-level>1</D:sync-level>"
        inner += "<D:prop><D:getetag/></D:prop>"
        answer = self.server.report(self.folder + "/", "D:sync-collection", inner)
        if answer.status == 403 and self.token:  # the order of changes was begun anew: so do we
            self.copy, self.token = {}, ""
            self.sync()
            return
        if answer.status != 207:
            raise RuntimeError(f"sync-collection of {self.server.name}: {answer.status} {answer.body[:200]!r}")
        base = self.server.path(self.folder + "/")
        for href, named in answer.responses().items():
            name = href.removeprefix(base)
            if "" in named:
                self.copy.pop(name, None)
            elif name:
                self.copy[name] = text_of(named, "D:getetag")
        self.token = answer.xml.findtext("{DAV:}sync-token") or ""
        self.rounds += 1
