#!/usr/bin/env python3
"""Show one site through two servers, the original and ours, and say where they differ.

Both must serve the same database and memcached and know the same users. Give `--config` (the site's sogo.conf) to
compare table rows too. Three comparisons, all by default:

    read    every collection, object and property a user has is read through both and compared
    write   the uploads of a folder go to one folder through the original and to another through ours; then rows and
            texts are compared, and each server reads, changes, moves and deletes what the other wrote
    race    for some time, one writer through the original and two through ours change the same objects and folders,
            while clients follow by sync-collection on both; at the end the followers hold what the tables hold. (Two
            writers through the original stop each other for ever: a PUT and a DELETE of one object lock in two orders
            on two connections each.)

    scripts/compare_with_original.py ORIGINAL_URL OUR_URL USER PASSWORD [read] [write] [race]

`write` and `race` make and remove folders named compare-* of that user, nothing else. What differs on purpose is listed
in DELIBERATE, each with its reason, and counted apart. The exit code is the number of other differences, 100 at most.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import http.client
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import ndiff
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SPACES = {
    "D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "CR": "urn:ietf:params:xml:ns:carddav",
    "CS": "http://calendarserver.org/ns/", "ICAL": "http://apple.com/ns/ical/",
    "I": "urn:inverse:params:xml:ns:inverse-dav", "G": "http://groupdav.org/",
}  # fmt: skip
EVERYWHERE = (
    "D:resourcetype", "D:displayname", "D:getetag", "D:getcontenttype", "D:getcontentlength", "D:getlastmodified",
    "D:creationdate", "D:owner", "D:current-user-principal", "D:principal-collection-set", "D:principal-URL",
    "D:supported-report-set", "D:supported-privilege-set", "D:current-user-privilege-set", "D:acl",
    "D:acl-restrictions", "D:resource-id", "D:group-membership", "D:supportedlock", "CS:getetag",
)  # fmt: skip
PRINCIPAL = (
    "C:calendar-home-set", "C:schedule-inbox-URL", "C:schedule-outbox-URL", "C:calendar-user-address-set",
    "C:calendar-user-type", "C:calendar-timezone", "CR:addressbook-home-set", "CR:directory-gateway",
    "CS:email-address-set", "CS:first-name", "CS:last-name", "CS:calendar-proxy-read-for",
    "CS:calendar-proxy-write-for", "CS:notifications-URL",
)  # fmt: skip
HOME = (
    "C:supported-calendar-component-set", "I:events-default-classification", "I:tasks-default-classification",
    "I:contacts-categories",
)  # fmt: skip
FOLDER = (
    "D:sync-token", "CS:getctag", "C:supported-calendar-component-set", "C:calendar-description", "C:calendar-timezone",
    "C:schedule-calendar-transp", "CR:addressbook-description", "ICAL:calendar-color", "ICAL:calendar-order",
    "I:calendar-show-alarms", "I:notify-on-personal-modifications", "I:notify-on-external-modifications",
    "I:notify-user-on-personal-modifications", "I:notified-user-on-personal-modifications",
)  # fmt: skip
OBJECT = ("C:calendar-data", "CR:address-data")
DELIBERATE = {
    "D:resourcetype": "the schedule-outbox comes with scheduling",
    "D:principal-URL": "of principals and homes only, and then the principal's",
    "D:getcontenttype": "text/vcard and a charset, as the standards have it",
    "D:resource-id": "address books have one too",
    "CR:addressbook-description": "of address books only",
    "ICAL:calendar-order": "the order has no capitals first; told in listings, where it means something",
    "D:displayname": "of cards: the name of the resource, where the original has FN",
    "I:notified-user-on-personal-modifications": "empty until it is set, where the original has none",
    "D:sync-token": "a revision that never loses a change, where the original has seconds",
    "CS:getctag": "made of the same revision",
    "D:getlastmodified": "of collections: the last change, where the original says now",
    "D:creationdate": "in the form of RFC 4918",
    "D:current-user-principal": "with a slash everywhere",
    "D:getetag": "of collections: none, where the original says None",
    "CS:getetag": "as getetag",
    "D:principal-collection-set": "with a slash everywhere",
    "D:supported-report-set": "what each server answers",
    "D:supported-privilege-set": "the standard's privileges in another cut",
    "D:current-user-privilege-set": "the standard's privileges in another cut",
    "D:supportedlock": "empty, which says that there are no locks",
    "C:calendar-timezone": "a VTIMEZONE everywhere, not the offset the original gives on principals",
    "C:calendar-user-type": "ROOM, RESOURCE and GROUP are told",
    "D:group-membership": "of principals only",
    "D:acl": "comes with sharing",
    "D:acl-restrictions": "comes with sharing",
    "C:schedule-inbox-URL": "comes with scheduling",
    "C:schedule-outbox-URL": "comes with scheduling",
    "CS:calendar-proxy-read-for": "comes with sharing",
    "CS:calendar-proxy-write-for": "comes with sharing",
    "C:supported-calendar-component-set": "VJOURNAL is taken, VFREEBUSY is not",
    "I:events-default-classification": "comes with the preferences",
    "I:tasks-default-classification": "comes with the preferences",
    "I:contacts-categories": "comes with the preferences",
}


@dataclass
class Report:
    """What was found. A difference is one line; deliberate ones are counted by their reason."""

    differences: list[str] = field(default_factory=list)
    deliberate: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)

    def same(self, what: str, where: str, theirs: object, ours: object, reason: str | None = None) -> bool:
        self.compared[what] += 1
        if theirs == ours:
            return True
        if reason is not None:
            self.deliberate[f"{what}: {reason}"] += 1
        elif isinstance(theirs, str) and isinstance(ours, str) and "\n" in theirs:
            lines = [line for line in ndiff(theirs.split("\n"), ours.split("\n")) if line[0] in "+-"]
            self.wrong(f"{what} of {where}: {lines!r:.600}")
        else:
            self.wrong(f"{what} of {where}: original {theirs!r:.300}, ours {ours!r:.300}")
        return False

    def wrong(self, text: str) -> None:
        self.differences.append(text)
        print("DIFFERENT", text, flush=True)


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
                    named |= {str(element.tag): element for element in stat.find("{DAV:}prop")}
        return found


class Server:
    """One of the two, used by one person."""

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
        kind = "text/vcard" if path.startswith("Contacts") else "text/calendar"
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


# --- read -------------------------------------------------------------------------------------------------------------


def value(element: etree._Element | None) -> object:
    """A property as something to compare: hrefs and times in one form, children without order; None for 404."""
    if element is None:
        return None
    if len(element):
        return tuple(sorted(map(str, map(_child, element))))
    text = (element.text or "").replace("\r\n", "\n").strip()
    if element.tag in (clark("D:getlastmodified"), clark("D:creationdate")):
        try:
            return int(parsedate_to_datetime(text).timestamp())
        except ValueError:
            return text
    return text


def _child(element: etree._Element) -> object:
    text = unquote((element.text or "").strip())
    return (str(element.tag), text, *sorted(element.attrib.items()), *sorted(map(str, map(_child, element))))


def compare_properties(
    report: Report, original: Server, ours: Server, path: str, names: Iterable[str], *, is_object: bool = False
) -> None:
    names = tuple(names)
    theirs = original.propfind(path, names)
    mine = ours.propfind(path, names)
    where = original.path(path)
    one, two = theirs.get(where, {}), mine.get(where, {})
    for name in names:
        reason = None if name in (OBJECT_MUST if is_object else FOLDER_MUST) else DELIBERATE.get(name)
        report.same(f"property {name}", where, value(one.get(clark(name))), value(two.get(clark(name))), reason)


OBJECT_MUST = {"D:getetag", "CS:getetag", "D:getlastmodified", "D:resourcetype"}
FOLDER_MUST = {"D:displayname"}


def compare_reading(report: Report, original: Server, ours: Server) -> None:
    compare_properties(report, original, ours, "", EVERYWHERE + PRINCIPAL)
    for module in ("Calendar", "Contacts"):
        compare_properties(report, original, ours, f"{module}/", EVERYWHERE + HOME)
        compare_listing(report, original, ours, f"{module}/")
        names = original.folders(module)
        mine = ours.folders(module)
        report.same("folders", module, sorted(names), sorted(mine))
        report.same("order of folders", module, names, mine, "without case, where the original puts capitals first")
        for name in names:
            compare_folder(report, original, ours, f"{module}/{name}")


def compare_listing(report: Report, original: Server, ours: Server, home: str) -> None:
    """What only a listing tells: the order."""
    names = ("D:displayname", "D:resourcetype", "ICAL:calendar-order", "ICAL:calendar-color")
    theirs, mine = original.propfind(home, names, depth=1), ours.propfind(home, names, depth=1)
    for path in theirs.keys() & mine.keys():
        for name in names:
            one, two = theirs[path].get(clark(name)), mine[path].get(clark(name))
            report.same(
                f"listed property {name}",
                path,
                value(one),
                value(two),
                None if name in FOLDER_MUST else DELIBERATE.get(name),
            )


def compare_folder(report: Report, original: Server, ours: Server, folder: str) -> None:
    compare_properties(report, original, ours, f"{folder}/", EVERYWHERE + FOLDER)
    theirs, mine = original.objects(folder), ours.objects(folder)
    report.same("objects", folder, sorted(theirs), sorted(mine))
    for name in sorted(theirs.keys() & mine.keys()):
        report.same("ETag", f"{folder}/{name}", theirs[name][0], mine[name][0])
        unreadable = "a row without an object is shown as it is stored" if mine[name][1] == "(null)" else None
        report.same("text", f"{folder}/{name}", in_order(theirs[name][1]), in_order(mine[name][1]), unreadable)
    for name in sorted(theirs)[:20]:
        compare_properties(report, original, ours, f"{folder}/{name}", EVERYWHERE + OBJECT, is_object=True)
        one, two = original.get(f"{folder}/{name}"), ours.get(f"{folder}/{name}")
        report.same("GET", f"{folder}/{name}", in_order(one.body.decode()), in_order(two.body.decode()))
        report.same("ETag of GET", f"{folder}/{name}", one.headers["ETag"], two.headers["ETag"])


def in_order(text: str) -> str:
    """A text as it can be compared: the original writes parameters in any order, and may end without a line end."""
    lines = re.sub(r"\r?\n[ \t]", "", text).split("\n")
    return "\n".join(";".join(sorted(re.split("[;:]", line.strip("\r")))) for line in lines).strip()


# --- write ------------------------------------------------------------------------------------------------------------


def compare_writing(report: Report, original: Server, ours: Server, uploads: Path, rows: Rows) -> None:
    for module, pattern in (("Calendar", "*.ics"), ("Contacts", "*.vcf")):
        left, right = f"{module}/compare-original", f"{module}/compare-ours"
        make_folder(original, left), make_folder(ours, right)
        for path in sorted(uploads.glob(pattern)):
            compare_upload(report, original, ours, path, (left, right))
        rows.compare(report, original.user, left, right)
        compare_settings(report, original, ours, (left, right))
        compare_moves(report, original, ours, (left, right))
        compare_edits(report, original, ours, right, "ours")
        compare_edits(report, ours, original, left, "the original")
        for name in (left, right):
            report.same(
                "DELETE of a folder", name, 204, (ours if name == left else original)("DELETE", name + "/").status
            )
            report.same("folders after it", module, name.split("/")[1] in original.folders(module), False)


def make_folder(server: Server, folder: str) -> None:
    server("DELETE", folder + "/")
    if folder.startswith("Calendar"):
        answer = server("MKCALENDAR", folder + "/")
    else:
        kind = "<D:resourcetype><D:collection/><CR:addressbook/></D:resourcetype>"
        answer = server("MKCOL", folder + "/", xml("D:mkcol", f"<D:set><D:prop>{kind}</D:prop></D:set>"), **XML_TYPE)
    if answer.status != 201:
        raise SystemExit(f"{server.name} made no folder {folder}: {answer.status}")


def compare_upload(report: Report, original: Server, ours: Server, path: Path, folders: tuple[str, str]) -> None:
    """A refusal of ours is fine where the document is refused by the standards; what ours takes the original takes."""
    data = path.read_bytes()
    theirs = original.put(f"{folders[0]}/{path.name}", data).status
    mine = ours.put(f"{folders[1]}/{path.name}", data).status
    reason = "what the standards refuse is refused, with its precondition" if mine in (403, 409, 415) else None
    if theirs >= 400 and mine < 300:
        reason = "what the original fails at or takes for another is taken"
    report.same("status of PUT", path.name, theirs, mine, reason)


def compare_edits(report: Report, reader: Server, writer: Server, folder: str, who: str) -> None:
    """`reader` lists, reads and edits what `writer` wrote."""
    written = writer.objects(folder)
    read = reader.objects(folder)
    report.same(f"names written by {who}", folder, sorted(written), sorted(read))
    for name in written.keys() & read.keys():
        one, two = ((etag, in_order(without_emoji(text))) for etag, text in (written[name], read[name]))
        report.same(f"text written by {who}", f"{folder}/{name}", one, two)
    names = sorted(written)[:5]
    for name in names:
        answer = reader.put(f"{folder}/{name}", written[name][1], If_Match=written[name][0])
        report.same(f"status of an edit of what {who} wrote", name, answer.status, 204)
        report.same("ETag after an edit", name, reader.objects(folder)[name][0], writer.objects(folder)[name][0])
        late = writer.put(f"{folder}/{name}", written[name][1], If_Match=written[name][0])
        report.same("status of an edit with the old ETag", name, late.status, 412)
    for name in names[:2]:
        report.same("status of DELETE", name, reader("DELETE", f"{folder}/{name}").status, 204)
        report.same("status of GET after it", name, writer.get(f"{folder}/{name}").status, 404)


def compare_settings(report: Report, original: Server, ours: Server, folders: tuple[str, str]) -> None:
    """Each server changes what the other has just read and remembers; nothing may be lost in between."""
    names = ("D:displayname", "ICAL:calendar-color", "C:schedule-calendar-transp", "I:calendar-show-alarms")
    for number in range(8):
        writer, reader = (ours, original) if number % 2 else (original, ours)
        folder = folders[number // 2 % 2]
        is_calendar = folder.startswith("Calendar")
        values = {"D:displayname": f"compare &amp; {number} é"}
        if is_calendar:
            transparent = "transparent" if number % 3 else "opaque"
            values |= {"ICAL:calendar-color": f"#12345{number}FF", "I:calendar-show-alarms": "true"}
            values["C:schedule-calendar-transp"] = f"<C:{transparent}/>"
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in values.items())
        report.same(f"PROPPATCH by {writer.name}", folder, 207, writer.proppatch(f"{folder}/", inner).status)
        for name in folders:
            theirs, mine = (one.propfind(f"{name}/", names).get(one.path(f"{name}/"), {}) for one in (original, ours))
            for what in names:
                one, two = value(theirs.get(clark(what))), value(mine.get(clark(what)))
                report.same(f"{what} after a PROPPATCH by {writer.name}", name, one, two)
        seen = value(reader.propfind(f"{folder}/", names)[reader.path(f"{folder}/")][clark("D:displayname")])
        report.same(f"name given by {writer.name}", folder, seen, f"compare & {number} é")


def compare_moves(report: Report, original: Server, ours: Server, folders: tuple[str, str]) -> None:
    """What one wrote, the other moves; the original gives it a name of its own, and a card a new UID."""
    for number in range(6):
        server, other = (original, ours) if number % 2 else (ours, original)
        source, target = folders if number % 4 < 2 else folders[::-1]
        ending = ".vcf" if source.startswith("Contacts") else ".ics"
        path = f"compare-move-{number}{ending}"
        report.same(
            "PUT before a move",
            path,
            other.put(f"{source}/{path}", sample(path, path[:-4], f"moved-{number}")).status,
            201,
        )
        moved = server.move(f"{source}/{path}", f"{target}/{path}", overwrite="F")
        report.same(f"status of MOVE by {server.name}", f"{source}/{path}", moved.status, 201)
        report.same("GET where it was", path, other.get(f"{source}/{path}").status, 404)
        arrived = [name for name, (_, text) in other.objects(target).items() if f":moved-{number}\n" in text]
        report.same("objects that arrived", path, len(arrived), 1)
        for name in arrived:
            report.same("DELETE after a move", name, other("DELETE", f"{target}/{name}").status, 204)


class Rows:
    """The rows of two folders side by side, read through our own store."""

    def __init__(self, config: Path | None) -> None:
        self._config = config

    def compare(self, report: Report, user: str, left: str, right: str) -> None:
        if self._config is None:
            return
        theirs, mine = asyncio.run(self._read(user, left)), asyncio.run(self._read(user, right))
        for name in sorted(theirs.keys() & mine.keys()):
            for column in sorted(theirs[name].keys() | mine[name].keys()):
                one, two = theirs[name].get(column), mine[name].get(column)
                report.same(
                    f"column {column}", name, one, two, column_reason(name, column, one, two, theirs[name], mine[name])
                )
        for name in sorted(theirs.keys() ^ mine.keys()):
            report.same("row", name, name in theirs, name in mine, "as the status of its PUT says")

    async def _read(self, user: str, folder: str) -> dict[str, dict[str, Any]]:
        from sogo.conf.load import load_config
        from sogo.model.folder import FolderKind
        from sogo.server.mapping import store_settings
        from sogo.store.sql import open_store

        config = load_config([], environ={}, config_file=self._config)
        store = open_store(store_settings(config))
        try:
            module, _, name = folder.partition("/")
            state = await store.folders.find_folder(user, FolderKind(module), name)
            if state is None:
                return {}
            pages = store.folders.entries(state.folder, content=True, quick=True)
            return {
                entry.name: {"content": entry.content, "version": entry.version, **(entry.quick or {})}
                async for page in pages
                for entry in page
            }
        finally:
            await store.close()


def without_emoji(text: str) -> str:
    """What is left of characters beyond the BMP on MySQL, where the original opens its connection with utf8."""
    return re.sub("(?:[^\0-\uffff]|[?])+", "?", text)


def known_rows() -> dict[str, dict[str, Any]]:
    """Where our rows are other on purpose: the tests of the vectors have the lists, with reasons."""
    from tests.model import test_quick_card, test_quick_event

    return {name: dict(row) for test in (test_quick_event, test_quick_card) for name, row in test.OURS_AS_SENT.items()}


def column_reason(
    name: str, column: str, theirs: Any, mine: Any, their_row: dict[str, Any], my_row: dict[str, Any]
) -> str | None:
    """Why these two values may differ; None when they may not."""
    known = known_rows().get(Path(name).stem, {})
    if column in known and (mine == known[column] or column == "c_uid"):
        return "as the tests of the vectors say, with reasons"
    if isinstance(mine, str) and isinstance(theirs, str) and without_emoji(mine) == without_emoji(theirs):
        return "an emoji is kept on MySQL"
    if column == "content":
        return "kept as it came, where the original writes it anew"
    if column == "c_nextalarm" and isinstance(theirs, int) and isinstance(mine, int) and abs(theirs - mine) < 86_400:
        return "worked out at another moment"
    return None


# --- race -------------------------------------------------------------------------------------------------------------


class Follower:
    """A client that keeps a copy by sync-collection."""

    def __init__(self, server: Server, folder: str) -> None:
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


def race(report: Report, original: Server, ours: Server, seconds: float) -> None:
    folders = ["Calendar/compare-race", "Calendar/compare-race2", "Contacts/compare-race"]
    for number, folder in enumerate(folders):
        make_folder((original, ours)[number % 2], folder)
    followers = [Follower(server, folder) for folder in folders for server in (original, ours)]
    statuses: Counter[str] = Counter()
    acknowledged: set[str] = set()
    lock = threading.Lock()
    end = time.monotonic() + seconds
    jobs = [
        lambda server=server, seed=seed: write_until(
            end, server, folders, random.Random(seed), statuses, acknowledged, lock
        )
        for server, seed in ((original, 1), (ours, 2), (ours, 3))
    ]
    jobs += [lambda one=one: follow_until(end, one) for one in followers]
    run_all(report, jobs)
    time.sleep(2.1)  # a token of the original leaves out the second it was given in
    for follower in followers:
        follower.sync()
        follower.sync()
    for folder in folders:
        check_followers(
            report, original, ours, folder, [one for one in followers if one.folder == folder], acknowledged
        )
        ours("DELETE", folder + "/")
    print("race:", dict(sorted(statuses.items())), "syncs:", [one.rounds for one in followers])
    for key, count in statuses.items():
        if int(key.split()[-1]) >= 500:
            reason = "the original answers 500 when another was first" if key.startswith("original") else None
            report.same(f"race: {key}", f"{count} times", False, True, reason)


def run_all(report: Report, jobs: list[Callable[[], None]]) -> None:
    def guarded(job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:  # one thread's end must not go unseen
            report.wrong(f"race: {error!r}")

    threads = [threading.Thread(target=guarded, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write_until(
    end: float, server: Server, folders: list[str], dice: random.Random, statuses: Counter[str],
    acknowledged: set[str], lock: threading.Lock,
) -> None:  # fmt: skip
    """Changes of all kinds. Every text carries a mark, and marks of acknowledged writes are noted."""
    marks = numbers(server.name)
    while time.monotonic() < end:
        folder = dice.choice(folders)
        name = f"o{dice.randrange(12)}"
        path = f"{folder}/{name}" + (".vcf" if "Contacts" in folder else ".ics")
        deed = dice.choice(["PUT", "PUT", "PUT", "EDIT", "EDIT", "DELETE", "MOVE"])
        mark = next(marks)
        if deed == "MOVE" and "Calendar" in folder:
            target = folders[1 - folders.index(folder)]
            answer = server.move(path, f"{target}/{name}.ics", overwrite="T")
        elif deed == "DELETE":
            answer = server("DELETE", path)
        elif deed == "EDIT":
            before = server.get(path)
            if before.status != 200:
                continue
            answer = server.put(
                path, sample(path, f"{folder.replace('/', '-')}-{name}", mark), If_Match=before.headers["ETag"]
            )
        else:
            answer = server.put(path, sample(path, f"{folder.replace('/', '-')}-{name}", mark))
        with lock:
            statuses[f"{server.name} {deed} {answer.status}"] += 1
            if answer.status in (201, 204):
                acknowledged.add(mark)


def numbers(name: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{name}-{threading.get_ident()}-{number}"


def sample(path: str, uid: str, mark: str) -> str:
    if path.endswith(".vcf"):
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"N:{mark};;;;", f"FN:{mark}", "END:VCARD", ""]
    else:
        lines = ["BEGIN:VCALENDAR", "PRODID:-//compare//EN", "VERSION:2.0", "BEGIN:VEVENT", f"UID:{uid}",
                 "DTSTAMP:20260101T000000Z", "DTSTART:20260601T100000Z", "DTEND:20260601T110000Z", f"SUMMARY:{mark}",
                 "CLASS:PUBLIC", "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
    return "\r\n".join(lines)


def follow_until(end: float, follower: Follower) -> None:
    while time.monotonic() < end:
        follower.sync()
        time.sleep(0.3)


def check_followers(
    report: Report,
    original: Server,
    ours: Server,
    folder: str,
    followers: list[Follower],
    acknowledged: set[str],
) -> None:
    theirs, mine = original.objects(folder), ours.objects(folder)
    report.same("objects after the race", folder, theirs, mine)
    etags = {name: etag for name, (etag, _) in mine.items()}
    for follower in followers:
        what = f"copy of a client of {follower.server.name} after {follower.rounds} syncs"
        reason = "its tokens lose what commits late" if follower.server is original else None
        report.same(what, folder, etags, follower.copy, reason)
    for name, (_, text) in mine.items():
        found = re.search(r"(?:SUMMARY|FN):(\S+)", text)
        report.same("text of an acknowledged write", f"{folder}/{name}", bool(found and found[1] in acknowledged), True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("original", help="base URL of the original, such as http://HOST:PORT")
    parser.add_argument("ours", help="base URL of our server on the same database")
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("parts", nargs="*", choices=[[], "read", "write", "race"], help="all of them by default")
    parser.add_argument("--config", type=Path, help="sogo.conf of the site, to compare rows as well")
    parser.add_argument("--uploads", type=Path, default=Path(__file__).parents[1] / "tests/vectors/quick")
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    parts = chosen.parts or ["read", "write", "race"]
    report = Report()
    original = Server("original", chosen.original, chosen.user, chosen.password)
    ours = Server("ours", chosen.ours, chosen.user, chosen.password)
    if "read" in parts:
        compare_reading(report, original, ours)
    if "write" in parts:
        compare_writing(report, original, ours, chosen.uploads, Rows(chosen.config))
    if "race" in parts:
        race(report, original, ours, chosen.seconds)
    print(json.dumps({"compared": sum(report.compared.values()), "different": len(report.differences)}))
    for reason, count in sorted(report.deliberate.items()):
        print(f"on purpose, {count} times: {reason}")
    sys.exit(min(100, len(report.differences)))


if __name__ == "__main__":
    main()
