#!/usr/bin/env python3
"""Show one site through two servers, the original and ours, and say where they differ.

Without arguments both are started for it, on a database and memcached of their own, with users of their own; that needs
the Debian packages of scripts/test. Or give two that run: they must serve the same database and memcached and know the
same users, and `--config` (the site's sogo.conf) has table rows compared too. Three comparisons, all by default:

    read    every collection, object and property a user has is read through both and compared
    write   the uploads of a folder go to one folder through the original and to another through ours; then rows and
            texts are compared, and each server reads, changes, moves and deletes what the other wrote
    race    for some time, one writer through the original and two through ours change the same objects and folders,
            while clients follow by sync-collection on both; at the end the followers hold what the tables hold. (Two
            writers through the original stop each other for ever: a PUT and a DELETE of one object lock in two orders
            on two connections each.)

    scripts/compare_with_original.py [read] [write] [race] [--at ORIGINAL_URL OUR_URL USER PASSWORD]

`write` and `race` make and remove folders named compare-* of that user, nothing else. What differs on purpose is listed
in DELIBERATE, each with its reason, and counted apart. The exit code is the number of other differences, 100 at most.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import ndiff
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.dav_client import (
    DavUser,
    Follower,
    card_version,
    clark,
    in_order,
    make_folder,
    sample,
    without_emoji,
)
from tests.support.rows import SiteRows, column_reason
from tests.support.services import PostgreSQL
from tests.support.site import USERS
from tests.twin.site import Twins

UPLOADS = Path(__file__).resolve().parents[1] / "tests/vectors/quick"
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
    "D:supportedlock": "what LOCK does here, where that of the original means nothing",
    "C:calendar-timezone": "a VTIMEZONE everywhere, not the offset the original gives on principals",
    "CS:last-name": "none of a name of one word, where the original says the word twice",
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
    report: Report, original: DavUser, ours: DavUser, path: str, names: Iterable[str], *, is_object: bool = False
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


def compare_reading(report: Report, original: DavUser, ours: DavUser) -> None:
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


def compare_listing(report: Report, original: DavUser, ours: DavUser, home: str) -> None:
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


def compare_folder(report: Report, original: DavUser, ours: DavUser, folder: str) -> None:
    compare_properties(report, original, ours, f"{folder}/", EVERYWHERE + FOLDER)
    theirs, mine = original.objects(folder), ours.objects(folder)
    report.same("objects", folder, sorted(theirs), sorted(mine))
    for name in sorted(theirs.keys() & mine.keys()):
        report.same("ETag", f"{folder}/{name}", theirs[name][0], mine[name][0])
        unreadable = "a row without an object is shown as it is stored" if mine[name][1] == "(null)" else None
        one, two = in_order(theirs[name][1]), in_order(mine[name][1])
        report.same("text", f"{folder}/{name}", one, two, unreadable or told_as_3(one, two))
    for name in sorted(theirs)[:20]:
        compare_properties(report, original, ours, f"{folder}/{name}", EVERYWHERE + OBJECT, is_object=True)
        one, two = original.get(f"{folder}/{name}"), ours.get(f"{folder}/{name}")
        report.same("GET", f"{folder}/{name}", in_order(one.body.decode()), in_order(two.body.decode()))
        report.same("ETag of GET", f"{folder}/{name}", one.headers["ETag"], two.headers["ETag"])


def told_as_3(one: str, two: str) -> str | None:
    """`one` and `two` are texts in order, of one object through both servers."""
    return "a card is told in version 3.0 to who asks for none" if card_version(one) != card_version(two) else None


# --- write ------------------------------------------------------------------------------------------------------------


def compare_writing(report: Report, original: DavUser, ours: DavUser, uploads: Path, config: Path | None) -> None:
    for module, pattern in (("Calendar", "*.ics"), ("Contacts", "*.vcf")):
        left, right = f"{module}/compare-original", f"{module}/compare-ours"
        make_folder(original, left), make_folder(ours, right)
        for path in sorted(uploads.glob(pattern)):
            compare_upload(report, original, ours, path, (left, right))
        compare_rows(report, config, original.user, left, right)
        compare_settings(report, original, ours, (left, right))
        compare_moves(report, original, ours, (left, right))
        compare_edits(report, original, ours, right, "ours")
        compare_edits(report, ours, original, left, "the original")
        for name in (left, right):
            report.same(
                "DELETE of a folder", name, 204, (ours if name == left else original)("DELETE", name + "/").status
            )
            report.same("folders after it", module, name.split("/")[1] in original.folders(module), False)


def compare_upload(report: Report, original: DavUser, ours: DavUser, path: Path, folders: tuple[str, str]) -> None:
    """A refusal of ours is fine where the document is refused by the standards; what ours takes the original takes."""
    data = path.read_bytes()
    theirs = original.put(f"{folders[0]}/{path.name}", data).status
    mine = ours.put(f"{folders[1]}/{path.name}", data).status
    reason = "what the standards refuse is refused, with its precondition" if mine in (403, 409, 415) else None
    if theirs >= 400 and mine < 300:
        reason = "what the original fails at or takes for another is taken"
    report.same("status of PUT", path.name, theirs, mine, reason)


def compare_edits(report: Report, reader: DavUser, writer: DavUser, folder: str, who: str) -> None:
    """`reader` lists, reads and edits what `writer` wrote."""
    written = writer.objects(folder)
    read = reader.objects(folder)
    report.same(f"names written by {who}", folder, sorted(written), sorted(read))
    for name in written.keys() & read.keys():
        one, two = ((etag, in_order(without_emoji(text))) for etag, text in (written[name], read[name]))
        report.same(f"text written by {who}", f"{folder}/{name}", one, two, told_as_3(one[1], two[1]))
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


def compare_settings(report: Report, original: DavUser, ours: DavUser, folders: tuple[str, str]) -> None:
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


def compare_moves(report: Report, original: DavUser, ours: DavUser, folders: tuple[str, str]) -> None:
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


def compare_rows(report: Report, config: Path | None, user: str, left: str, right: str) -> None:
    """The rows of two folders side by side."""
    if config is None:
        return
    with SiteRows(config) as rows:
        theirs, mine = (
            (found.pairs() if found else {}) for found in (rows.folder(user, left), rows.folder(user, right))
        )
    for name in sorted(theirs.keys() & mine.keys()):
        for column in sorted((theirs[name].keys() | mine[name].keys()) - WHEN_AND_WHERE):
            one, two = theirs[name].get(column), mine[name].get(column)
            report.same(f"column {column}", name, one, two, column_reason(Path(name).stem, column, one, two))
    for name in sorted(theirs.keys() ^ mine.keys()):
        report.same("row", name, name in theirs, name in mine, "as the status of its PUT says")


WHEN_AND_WHERE = {"c_folder_id", "c_creationdate", "c_lastmodified"}


# --- race -------------------------------------------------------------------------------------------------------------


def race(report: Report, original: DavUser, ours: DavUser, seconds: float) -> None:
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
    end: float, server: DavUser, folders: list[str], dice: random.Random, statuses: Counter[str],
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


def follow_until(end: float, follower: Follower) -> None:
    while time.monotonic() < end:
        follower.sync()
        time.sleep(0.3)


def check_followers(
    report: Report,
    original: DavUser,
    ours: DavUser,
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


@contextmanager
def own_site() -> Iterator[tuple[DavUser, DavUser, Path]]:
    """Both servers on a PostgreSQL of their own, and one user of them, who has the vectors of the quick rows."""
    with PostgreSQL() as service, Twins(service, "compare") as twins:
        original, ours = people = twins.people(USERS[0])
        for module in ("Calendar", "Contacts"):
            original.folders(module)  # made by looking
        for number, path in enumerate(sorted(UPLOADS.glob("*.[iv]c[sf]"))):
            module = "Calendar" if path.suffix == ".ics" else "Contacts"
            people[number % 2].put(f"{module}/personal/{path.name}", path.read_bytes())
        yield original, ours, twins.ours.folder / "sogo.conf"


@contextmanager
def site_at(where: list[str], config: Path | None) -> Iterator[tuple[DavUser, DavUser, Path | None]]:
    original, ours, user, password = where
    yield DavUser("original", original, user, password), DavUser("ours", ours, user, password), config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[[], "read", "write", "race"], help="all of them by default")
    parser.add_argument("--at", nargs=4, metavar=("ORIGINAL_URL", "OUR_URL", "USER", "PASSWORD"))
    parser.add_argument("--config", type=Path, help="sogo.conf of the site given with --at, to compare rows as well")
    parser.add_argument("--uploads", type=Path, default=UPLOADS)
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    parts = chosen.parts or ["read", "write", "race"]
    report = Report()
    with site_at(chosen.at, chosen.config) if chosen.at else own_site() as (original, ours, config):
        if "write" in parts:
            compare_writing(report, original, ours, chosen.uploads, config)
        if "race" in parts:
            race(report, original, ours, chosen.seconds)
        if "read" in parts:
            compare_reading(report, original, ours)
    print(json.dumps({"compared": sum(report.compared.values()), "different": len(report.differences)}))
    for reason, count in sorted(report.deliberate.items()):
        print(f"on purpose, {count} times: {reason}")
    sys.exit(min(100, len(report.differences)))


if __name__ == "__main__":
    main()
