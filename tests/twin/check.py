"""What must hold after the story: mirrors, listings, the rules of the tables, and each row as one server alone writes it."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from sogo.model import calendar_object, card_object, quick_card, quick_event
from sogo.model.calendar_repairs import PutSettings
from tests.support.dav_client import card_version, in_order, make_folder
from tests.support.rows import FolderRows, Row, SiteRows, column_reason
from tests.support.site import USERS
from tests.twin.ledger import Slot, etag, mark_of
from tests.twin.objects import Sent
from tests.twin.story import Story

CONTROL = USERS[9]
ZONE = ZoneInfo("Europe/Berlin")
"""The zone of the site, in which floating times are read."""

ROWS = "rows written by "
TOLD = "a card is told in version 3.0 to who asks for none"
LATE = "a token of the original loses what commits late"
OF_A_WRITE = {"c_folder_id", "c_name", "c_version", "c_creationdate", "c_lastmodified", "c_deleted"}
"""Columns that tell of the write and not of what was written."""

LEFT_ALONE = {
    "task": {"c_cycleenddate", "c_cycleinfo", "c_participants", "c_partmails"},
    "card": {"c_telephonenumber", "c_l"},
}
"""Columns that an update of the original leaves as they are when the new text has nothing for them."""


@dataclass
class Findings:
    """`wrong` is what must not be; `deliberate` counts rows by the reason why they differ; `compared` counts rows."""

    wrong: list[str] = field(default_factory=list)
    deliberate: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)

    def same(self, what: str, one: object, two: object) -> None:
        if one != two:
            self.wrong.append(f"{what}: {one!r:.300} is not {two!r:.300}")


@dataclass(frozen=True)
class Written:
    """An object that is there, how it came to be, and who wrote it last."""

    user: str
    folder: str
    name: str
    kind: str
    writer: str
    life: tuple[Sent, ...]
    doubtful: bool = False

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name} ({self.last.label}, write {len(self.life)})"

    @property
    def last(self) -> Sent:
        return self.life[-1]


def places(story: Story) -> list[tuple[str, str]]:
    return sorted({(slot.user, slot.folder) for slot in story.slots} | {(story.contest.user, story.contest.folder)})


# --- what the servers show --------------------------------------------------------------------------------------------


def check_shown(story: Story, found: Findings) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    """Both servers show the same objects, those that were acknowledged last. Returns them: (ETag, text) by name."""
    shown = {}
    for user, folder in places(story):
        original, ours = (server.objects(folder) for server in story.twins.people(user))
        found.same(f"names in {folder} of {user}", sorted(original), sorted(ours))
        for name in original.keys() & ours.keys():
            one, two = ((tag, in_order(text)) for tag, text in (original[name], ours[name]))
            if card_version(one[1]) != card_version(two[1]):
                found.deliberate[TOLD] += 1
                found.same(f"version of {folder}/{name} of {user}", card_version(two[1]), "3.0")
                one = one[0], two[1]
            found.same(f"{folder}/{name} of {user}", one, two)
        shown[user, folder] = ours
        slots = {slot.name: slot for slot in story.slots if (slot.user, slot.folder) == (user, folder)}
        if slots:
            expected = {name: etag(slot.version or 0) for name, slot in slots.items() if slot.sent is not None}
            found.same(f"ETags in {folder} of {user}", expected, {name: tag for name, (tag, _) in ours.items()})
    for name, (_, text) in shown[story.contest.user, story.contest.folder].items():
        if mark_of(text) not in story.contest.acknowledged:
            found.wrong.append(f"nobody was told that {name} holds {mark_of(text)!r}")
    return shown


def check_mirrors(story: Story, found: Findings, shown: dict[tuple[str, str], dict[str, tuple[str, str]]]) -> None:
    """Clients that followed hold what is there. A token of the original is a second: what began in one second and was
    committed in a later one may escape its clients, and nothing else may."""
    late = {
        (slot.user, slot.folder, slot.name)
        for slot in story.slots
        if int(slot.span[0]) != int(slot.span[1]) or slot.doubtful
    }
    for follower in story.followers:
        there = shown[follower.server.user, follower.folder]
        etags = {name: tag for name, (tag, _) in there.items()}
        differ = {name for name in etags.keys() | follower.copy.keys() if etags.get(name) != follower.copy.get(name)}
        if follower.server.name == "original":
            contested = follower.folder == story.contest.folder
            excused = {name for name in differ if contested or (follower.server.user, follower.folder, name) in late}
            found.deliberate[LATE] += len(excused)
            differ -= excused
        found.same(f"{follower.folder} of a client of {follower.server.name}", sorted(differ), [])


# --- what the tables hold ---------------------------------------------------------------------------------------------


def check_tables(story: Story, found: Findings, rows: SiteRows) -> None:
    """The rules of store.md §17 in every folder there is, and version and times of each write."""
    everything = rows.everywhere("sogo_folder_info", "c_path, c_folder_id")
    found.same("folder ids", len({row["c_folder_id"] for row in everything}), len(everything))
    by_place: dict[tuple[str, str], dict[str, Slot]] = defaultdict(dict)
    for slot in story.slots:
        by_place[slot.user, slot.folder][slot.name] = slot
    for row in everything:
        _, _, user, module, name = row["c_path"].split("/")
        folder = rows.folder(user, f"{module}/{name}")
        assert folder is not None
        found.same(f"layout of {row['c_path']}", folder.single, story.twins.single)
        check_folder(row["c_path"], folder, found)
        for slot in by_place[user, f"{module}/{name}"].values():
            stored = folder.live().get(slot.name) or folder.dead().get(slot.name)
            if stored is None:
                found.wrong.append(f"no row of {slot.path}")
                continue
            found.same(f"version of {slot.path}", stored["c_version"], slot.version if slot.sent else slot.tombstone)
            if not int(slot.span[0]) <= stored["c_lastmodified"] <= int(slot.span[1]) + 1:
                found.wrong.append(f"{slot.path} was modified at {stored['c_lastmodified']}, written in {slot.span}")


def check_folder(path: str, folder: FolderRows, found: Findings) -> None:
    live, dead = folder.live(), folder.dead()
    found.compared["store rows"] += len(folder.store)
    found.same(f"names in {path}", len(live) + len(dead), len(folder.store))
    found.same(f"quick rows of {path}", sorted(row["c_name"] for row in folder.quick), sorted(live))
    for row in folder.store:
        if not 1_700_000_000 < row["c_creationdate"] <= row["c_lastmodified"] <= time.time():
            found.wrong.append(f"times of {path}/{row['c_name']}: {row['c_creationdate']}, {row['c_lastmodified']}")
    if not folder.store:
        return
    found.same(f"objects without revision in {path}", sorted({*live, *dead} - folder.objects.keys()), [])
    revisions = sorted(folder.objects.values())
    found.same(f"revisions given twice in {path}", len(set(revisions)), len(revisions))
    assert folder.revision is not None
    found.same(f"last revision of {path}", revisions[-1], folder.revision["c_revision"])
    last = max(row["c_lastmodified"] for row in folder.store)
    found.same(f"last change of {path}", folder.revision["c_modified"] >= last, True)


# --- each row as one server alone writes it ---------------------------------------------------------------------------


def written(story: Story, shown: dict[tuple[str, str], dict[str, tuple[str, str]]]) -> Iterable[Written]:
    for slot in story.slots:
        if slot.sent is not None:
            life = (*slot.before, slot.sent)
            yield Written(slot.user, slot.folder, slot.name, slot.kind, slot.writer, life, slot.doubtful)
    for name, (_, text) in shown[story.contest.user, story.contest.folder].items():
        if entry := story.contest.acknowledged.get(mark_of(text)):
            writer, sent = entry
            yield Written(story.contest.user, story.contest.folder, name, "event", writer, (sent,), doubtful=True)


def check_rows(story: Story, found: Findings, rows: SiteRows, objects: Iterable[Written]) -> None:
    """The original alone writes it all again, for somebody else: what it wrote last in the story with all the object's
    life, what ours wrote last by a single PUT. Then the rows are compared, column by column."""
    original, _ = story.twins.people(CONTROL)
    by_place: dict[tuple[str, str], list[Written]] = defaultdict(list)
    for one in objects:
        by_place[one.user, one.folder].append(one)
    for number, ((user, folder), those) in enumerate(sorted(by_place.items())):
        control = f"{folder.split('/')[0]}/control-{number}"
        make_folder(original, control)
        for one in those:
            for sent in one.life if one.writer == "original" else one.life[-1:]:
                status = original.put(f"{control}/{one.name}", sent.text).status
                if status not in (201, 204):
                    found.wrong.append(f"the original alone answers {status} to {sent.label}")
        theirs, here = rows.folder(CONTROL, control), rows.folder(user, folder)
        assert theirs is not None
        assert here is not None
        alone, beside = theirs.pairs(), here.pairs()
        for one in those:
            compare(one, alone.get(one.name, {}), beside.get(one.name, {}), found)


def compare(one: Written, alone: Row, beside: Row, found: Findings) -> None:
    """`alone` is what the original wrote for the control, `beside` what lies in the story's folder."""
    found.compared[ROWS + one.writer] += 1
    found.same(f"columns of {one.name}", sorted(alone), sorted(beside))
    expected = ours_alone(one) if one.writer == "ours" else {}
    for column in sorted(alone.keys() & beside.keys() - OF_A_WRITE):
        theirs, mine = alone[column], beside[column]
        if column in expected and mine != expected[column] and column != "c_nextalarm":
            found.wrong.append(f"{column} of {one.path}: ours alone {expected[column]!r:.300}, beside {mine!r:.300}")
        if theirs == mine or (column == "c_content" and in_order(theirs) == in_order(mine)):
            continue
        reason = why(one, column, theirs, mine)
        if reason is None:
            found.wrong.append(f"{column} of {one.path} by {one.writer}: alone {theirs!r:.300}, beside {mine!r:.300}")
        else:
            found.deliberate[f"{column}: {reason}"] += 1


def ours_alone(one: Written) -> Row:
    """What our model makes of an upload, with nobody else around."""
    if one.kind in ("card", "list"):
        card = card_object.amend(card_object.check(one.last.text))
        return {**quick_card.quick_row(card.component), "c_content": card.render()}
    settings = PutSettings(zone=ZONE, zone_name=ZONE.key, now=dt.datetime.now(dt.UTC), new_uid=lambda: "")
    calendar = calendar_object.amend(calendar_object.check(one.last.text), settings=settings)
    row = quick_event.quick_row(calendar.calendar, default_zone=ZONE, now=settings.now)
    return {**row, "c_content": calendar.render()}


def why(one: Written, column: str, theirs: object, mine: object) -> str | None:
    """Why a column may differ from what the original alone writes; None when it may not."""
    if one.writer == "original":
        if column in LEFT_ALONE.get(one.kind, ()) and len(one.life) > 1:
            return "the original leaves alone what an earlier version had there"
        return column_reason("", column, theirs, mine) if column == "c_nextalarm" else None
    if column == "c_cycleenddate" and one.last.label == "made" and mine == last_end(one.last.text):
        return "a series is counted by the clock on the wall, the original counts in the offset of its start"
    return column_reason(one.last.label, column, theirs, mine)


def last_end(text: str) -> int | None:
    """When the last occurrence of a made series with a COUNT ends, by another library. Epoch seconds."""
    zone, start = re.findall(r"(?m)^DTSTART(?:;TZID=([^:]+))?:(\d{8}T\d{6})Z?\r?$", text)[
        -1 if "RECURRENCE-ID" not in text else -2
    ]
    rule = re.findall(r"(?m)^RRULE:(.*COUNT.*?)\r?$", text)
    if not rule or not zone:
        return None
    first = dt.datetime.strptime(start, "%Y%m%dT%H%M%S")
    last = list(rrulestr(rule[-1], dtstart=first))[-1]
    ends = re.findall(r"(?m)^DTEND[^:]*:(\d{8}T\d{6})", text)
    minutes = re.findall(r"(?m)^DURATION:PT(\d+)M", text)
    length = dt.datetime.strptime(ends[0], "%Y%m%dT%H%M%S") - first if ends else dt.timedelta(minutes=int(minutes[0]))
    return int((last + length).replace(tzinfo=ZoneInfo(zone)).timestamp())
