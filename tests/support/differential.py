"""A random story in a few folders, by several workers and the original, and random questions about it.

Whoever asks two servers the same compares their answers by `comparable`: they may differ in order, and in what a limit
leaves out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from lxml import etree

from sogo.model.folder import Folder, FolderKind
from sogo.store.sql import SqlStore
from tests.support.house import Answer, Client, HouseClock, body, card, event, propfind, todo

FOLDERS = ("Calendar/personal", "Calendar/work", "Contacts/personal")
NAMES = ("a", "b c", "d%20e", "d e", "f@g", "ü", "h?i", "j#k", "l", "m", "n;o", "p&amp;q")
REPEATED = 12
AGENTS = (
    "tests/1", "Thunderbird/128.0", "DAVx5/4.4 (2024/12/01; dav4jvm; okhttp/4.12.0) Android/14", "iOS/17.4 (21E219) dataaccessd/1.0",
    "macOS/14.4 (23E214) AddressBookCore/2600", "macOS/14.4 (23E214) dataaccessd/1.0",
)  # fmt: skip
SETTINGS = "urn:inverse:params:xml:ns:inverse-dav"
ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo")


@dataclass
class Story:
    """What can happen, and what can be asked. `tokens` are those that were told; `late` is what the original has not
    written yet; `told` what happened; `ticks` the seconds that have passed for memories."""

    dice: random.Random
    store: SqlStore
    clock: HouseClock
    tokens: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    late: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    ticks: float = 0.0
    asked: list[Question] = field(default_factory=list)

    # -- what happens ----------------------------------------------------------------------------------------------

    async def go_on(self, client: Callable[[str], Client]) -> None:
        """One thing happens. `client` makes somebody who asks some worker, of a login."""
        dice = self.dice
        if self.late:
            self.told.append("late")
            await self.late.pop(0)()
            return
        deeds = (
            (8, self._put), (3, self._delete), (2, self._carry), (2, self._patch), (1, self._remake), (2, self._touch),
            (3, self._original_update), (2, self._original_again), (1, self._renew), (1, self._purge),
        )  # fmt: skip
        (deed,) = dice.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])
        who = client(dice.choice(("anna", "anna", "root")))
        self.told.append(deed.__name__)
        await deed(who)

    def _folder(self) -> str:
        return self.dice.choice(FOLDERS)

    def _path(self, folder: str | None = None) -> str:
        folder = folder or self._folder()
        suffix = ".ics" if folder.startswith("Calendar") else ".vcf"
        return f"/SOGo/dav/anna/{folder}/{quote(self.dice.choice(NAMES) + suffix)}"

    async def _put(self, who: Client) -> None:
        path = self._path()
        await who("PUT", path, self._card() if "Contacts" in path else self._event())

    def _card(self) -> str:
        dice = self.dice
        number = dice.randrange(100)
        text = card(f"c{number}", f"Name {number}", f"EMAIL:x{number}@example.org", "PHOTO;ENCODING=b:QUJD")
        if dice.random() < 0.3:
            text = text.replace("VERSION:3.0", "VERSION:4.0").replace("PHOTO;ENCODING=b:QUJD", "KIND:group")
        if dice.random() < 0.2:
            return f"BEGIN:VLIST\r\nUID:v{number}\r\nVERSION:1.0\r\nFN:List {number}\r\nEND:VLIST\r\n"
        return text

    def _event(self) -> str:
        dice = self.dice
        uid, day = f"u{dice.randrange(100_000)}", dice.randrange(1, 29)
        more = dice.choice((
            (), ("RRULE:FREQ=DAILY;COUNT=5",), ("RRULE:FREQ=WEEKLY",), ("LOCATION:Room",),
            ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT15M", "END:VALARM"),
        ))  # fmt: skip
        kind = dice.randrange(5)
        if kind == 0:
            return todo(uid, *more)
        if kind == 1:
            return event(uid, f"202606{day:02}", *more).replace("DTSTART:", "DTSTART;VALUE=DATE:")
        if kind == 2:
            return event(uid, f"202606{day:02}T100000", *more)
        if kind == 3:
            zone = dice.choice(ZONES)
            return event(uid, f"202606{day:02}T100000", *more).replace("DTSTART:", f"DTSTART;TZID={zone}:")
        return event(uid, f"202606{day:02}T{dice.randrange(24):02}0000Z", *more)

    async def _delete(self, who: Client) -> None:
        await who("DELETE", self._path())

    async def _carry(self, who: Client) -> None:
        folder = self._folder()
        target = self._folder() if folder.startswith("Calendar") else folder
        await who(
            self.dice.choice(("MOVE", "COPY")), self._path(folder), Destination=self._path(target),
            Overwrite=self.dice.choice("TF"),
        )  # fmt: skip

    async def _patch(self, who: Client) -> None:
        dice = self.dice
        values = (
            f'<I:calendar-show-alarms xmlns:I="{SETTINGS}">{dice.choice("01")}</I:calendar-show-alarms>',
            f"<D:displayname>Name {dice.randrange(5)}</D:displayname>",
            f"<ICAL:calendar-color>#{dice.choice('123')}0000FFF</ICAL:calendar-color>",
            f"<C:calendar-timezone-id>{dice.choice(ZONES)}</C:calendar-timezone-id>",
            f"<X:note>{dice.randrange(3)}</X:note>",
        )
        inner = f"<D:set><D:prop>{dice.choice(values)}</D:prop></D:set>"
        await who("PROPPATCH", f"/SOGo/dav/anna/{self._folder()}/", body("D:propertyupdate", inner))

    async def _remake(self, who: Client) -> None:
        path = "/SOGo/dav/anna/Calendar/work/"
        if self.dice.random() < 0.7:
            await who("DELETE", path)
        await who("MKCALENDAR", path)

    async def _found(self) -> tuple[Folder | None, str]:
        kind, name = self._folder().split("/")
        state = await self.store.folders.find_folder("anna", FolderKind(kind), name)
        return (state.folder if state else None), self.dice.choice(NAMES) + (".ics" if kind == "Calendar" else ".vcf")

    async def _write(self, folder: Folder, name: str, store: str = "", quick: str = "", **values: object) -> None:
        tables = self.store.folders._layout.tables(folder)
        for table, engine, change in (
            (tables.store, tables.store_engine, store), (tables.quick, tables.quick_engine, quick)
        ):  # fmt: skip
            if change:
                async with engine.transaction() as session:
                    await session.execute(
                        change.format(table=table, where=f"{tables.of_folder()}c_name = :name"),
                        folder=folder.id, name=name, **values,
                    )  # fmt: skip

    async def _touch(self, _: Client) -> None:
        folder, name = await self._found()
        if folder is not None:
            now = int(self.clock().timestamp())
            await self._write(folder, name, "UPDATE {table} SET c_lastmodified = :now WHERE {where}", now=now)

    async def _original_update(self, _: Client) -> None:
        """Content first, and the row of the index a moment later, in a transaction of its own."""
        folder, name = await self._found()
        if folder is None:
            return
        now, day = int(self.clock().timestamp()), self.dice.randrange(1, 29)
        start = 1_780_272_000 + day * 86_400
        calendar = name.endswith(".ics")
        text = event(f"o{self.dice.randrange(9999)}", f"202606{day:02}T000000Z") if calendar else self._card()
        await self._write(
            folder, name, "UPDATE {table} SET c_content = :text, c_version = c_version + 1, c_lastmodified = :now "
            "WHERE {where} AND (c_deleted IS NULL OR c_deleted <> 1)", text=text, now=now,
        )  # fmt: skip

        async def later() -> None:
            change = "c_startdate = :start, c_enddate = :start + 3600, c_cycleenddate = NULL, c_iscycle = 0, c_component = 'vevent'"
            if not calendar:
                change = "c_component = 'vcard'" if "VCARD" in text else "c_component = 'vlist'"
            await self._write(folder, name, quick=f"UPDATE {{table}} SET {change} WHERE {{where}}", start=start)
            self.ticks += 6

        if self.dice.random() < 0.5:
            await later()
        else:
            self.late.append(later)

    async def _original_again(self, _: Client) -> None:
        """Deleted for good and made again within the second: the version begins at 0."""
        folder, name = await self._found()
        if folder is None:
            return
        tables = self.store.folders._layout.tables(folder)
        where = f"{tables.of_folder()}c_name = :name"
        row = await tables.store_engine.fetch_one(
            f"SELECT * FROM {tables.store} WHERE {where} AND c_deleted IS NULL", folder=folder.id, name=name
        )
        if row is None:
            return
        await self._write(folder, name, "DELETE FROM {table} WHERE {where}")
        if self.dice.random() < 0.3:
            await self._write(folder, name, quick="DELETE FROM {table} WHERE {where}")
            return
        text = row["c_content"].replace("SUMMARY:", "SUMMARY:again ").replace("FN:", "FN:again ")
        key = "c_folder_id, " if tables.single else ""
        value = ":folder, " if tables.single else ""
        await self._write(
            folder, name, f"INSERT INTO {{table}} ({key}c_name, c_content, c_creationdate, c_lastmodified, c_version) "
            f"VALUES ({value}:name, :text, :now, :now, 0)", text=text, now=row["c_lastmodified"],
        )  # fmt: skip

    async def _renew(self, _: Client) -> None:
        if self.dice.random() < 0.3:
            folder, _name = await self._found()
            if folder is not None:
                point = await self.store.folders.point(folder)
                await self.store.folders.renew(folder, point.generation)

    async def _purge(self, _: Client) -> None:
        """What the original's tools do with tombstones."""
        folder, name = await self._found()
        if folder is not None:
            await self._write(folder, name, "DELETE FROM {table} WHERE {where} AND c_deleted = 1")

    # -- what is asked ---------------------------------------------------------------------------------------------

    def question(self) -> Question:
        """Most have been asked before, which is what memories are for."""
        if self.asked and self.dice.random() < 0.7:
            return self.dice.choice(self.asked)
        self.asked = [*self.asked[-REPEATED:], self._new_question()]
        return self.asked[-1]

    def _new_question(self) -> Question:
        dice = self.dice
        asks = (self._list, self._list_home, self._sync, self._query, self._multiget, self._card_query, self._sync_home)
        made = dice.choice(asks)()
        made.login = dice.choice(("anna", "anna", "anna", "root", "ben", "anna@example.org"))
        made.agent = dice.choice(AGENTS[:1] * 4 + AGENTS)
        if dice.random() < 0.3:
            made.headers |= {"Brief": "t"}
        elif dice.random() < 0.3:
            made.headers |= {"Prefer": dice.choice(("return=minimal", "depth-noroot"))}
        if dice.random() < 0.3:
            made.headers |= {"CalDAV-Timezones": dice.choice("TF")}
        spelling = dice.choice(("anna", "anna", "anna@example.org", "anna%40example.org"))
        made.path = made.path.replace("/anna/", f"/{spelling}/")
        if dice.random() < 0.2:
            made.path = made.path.rstrip("/")
        return made

    def _props(self) -> list[str]:
        names = ("D:getetag", "D:getcontenttype", "D:displayname", "D:getlastmodified", "D:creationdate",
                 "D:getcontentlength", "D:resourcetype", "X:note", "D:owner", "D:current-user-privilege-set")  # fmt: skip
        return self.dice.sample(names, self.dice.randrange(1, 4))

    def _data(self) -> str:
        return self.dice.choice((
            "<C:calendar-data/>", "<C:calendar-data/>",
            '<C:calendar-data><C:expand start="20260601T000000Z" end="20260615T000000Z"/></C:calendar-data>',
            '<C:calendar-data><C:limit-recurrence-set start="20260601T000000Z" end="20260603T000000Z"/></C:calendar-data>',
            '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp></C:calendar-data>',
            "",
        ))  # fmt: skip

    def _card_data(self) -> str:
        return self.dice.choice((
            "<CR:address-data/>", '<CR:address-data content-type="text/vcard" version="4.0"/>',
            '<CR:address-data content-type="text/vcard" version="3.0"/>', '<CR:address-data><CR:prop name="FN"/></CR:address-data>',
        ))  # fmt: skip

    def _prop(self, folder: str) -> str:
        inner = "".join(f"<{name}/>" for name in self._props())
        return f"<D:prop>{inner}{self._data() if folder.startswith('Calendar') else self._card_data()}</D:prop>"

    def _list(self) -> Question:
        folder = self._folder()
        names = self._props() + self.dice.choice(([], ["C:calendar-data"], ["CR:address-data"]))
        text = self.dice.choice(
            (
                propfind(*names),
                propfind(*names),
                body("D:propfind", "<D:allprop/>"),
                body("D:propfind", "<D:propname/>"),
                "",
            )
        )
        return Question(
            "PROPFIND", f"/SOGo/dav/anna/{folder}/", text, {"Depth": self.dice.choice(("0", "1", "1", "infinity"))}
        )

    def _list_home(self) -> Question:
        names = self.dice.sample(("D:displayname", "CS:getctag", "ICAL:calendar-color", "X:note", "D:sync-token", "D:resourcetype", "D:owner",
                 "C:supported-calendar-component-set", "C:calendar-timezone", "ICAL:calendar-order", "D:supported-report-set", "D:getlastmodified",
                 "D:quota-used-bytes", "D:lockdiscovery", "D:current-user-principal", "D:resource-id"), 4)  # fmt: skip
        module = self.dice.choice(("Calendar", "Contacts"))
        return Question("PROPFIND", f"/SOGo/dav/anna/{module}/", propfind(*names), {"Depth": self.dice.choice("011")})

    def _sync(self) -> Question:
        folder = self._folder()
        token = self.dice.choice(["", *self.tokens.get(("", folder), [])[-8:]])
        limit = self.dice.choice(("", "", "<D:limit><D:nresults>2</D:nresults></D:limit>"))
        inner = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{self._prop(folder)}{limit}"
        return Question("REPORT", f"/SOGo/dav/anna/{folder}/", body("D:sync-collection", inner), {}, ("", folder))

    def _sync_home(self) -> Question:
        module = self.dice.choice(("Calendar", "Contacts"))
        token = self.dice.choice(["", *self.tokens.get(("home", module), [])[-8:]])
        inner = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:displayname/><D:sync-token/></D:prop>"
        return Question("REPORT", f"/SOGo/dav/anna/{module}/", body("D:sync-collection", inner), {}, ("home", module))

    def _query(self) -> Question:
        dice = self.dice
        folder = dice.choice(FOLDERS[:2])
        day = dice.randrange(1, 28)
        span = dice.choice((f'<C:time-range start="202606{day:02}T000000Z" end="202606{day + 1:02}T120000Z"/>', "",
                            f'<C:time-range start="202606{day:02}T000000Z"/>'))  # fmt: skip
        text = dice.choice(("", '<C:prop-filter name="LOCATION"><C:text-match>room</C:text-match></C:prop-filter>',
                            '<C:prop-filter name="UID"><C:text-match>u1</C:text-match></C:prop-filter>',
                            '<C:prop-filter name="LOCATION"><C:is-not-defined/></C:prop-filter>'))  # fmt: skip
        inner = f'<C:comp-filter name="{dice.choice(("VEVENT", "VTODO"))}">{span}{text}</C:comp-filter>'
        inner = dice.choice((inner, inner, ""))
        zone = dice.choice(("", "", f"<C:timezone-id>{dice.choice(ZONES)}</C:timezone-id>"))
        limit = dice.choice(("", "", "", "<C:limit><C:nresults>2</C:nresults></C:limit>"))
        asked = f'{self._prop(folder)}<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>{zone}{limit}'
        return Question(
            "REPORT", f"/SOGo/dav/anna/{folder}/", body("C:calendar-query", asked), {"Depth": "1"}, cut=bool(limit)
        )

    def _multiget(self) -> Question:
        folder = self._folder()
        hrefs = "".join(
            f"<D:href>{self._path(folder).replace('/anna/', self.dice.choice(('/anna/', '/anna/', '/anna@example.org/', '/ben/')))}</D:href>"
            for _ in range(5)
        )
        root = "C:calendar-multiget" if folder.startswith("Calendar") else "CR:addressbook-multiget"
        return Question("REPORT", f"/SOGo/dav/anna/{folder}/", body(root, self._prop(folder) + hrefs), {"Depth": "1"})

    def _card_query(self) -> Question:
        text = self.dice.choice(("", '<CR:prop-filter name="FN"><CR:text-match>again</CR:text-match></CR:prop-filter>',
                                 '<CR:prop-filter name="KIND"/>'))  # fmt: skip
        limit = self.dice.choice(("", "", "<CR:limit><CR:nresults>2</CR:nresults></CR:limit>"))
        asked = f"{self._prop('Contacts')}<CR:filter>{text}</CR:filter>{limit}"
        return Question(
            "REPORT",
            "/SOGo/dav/anna/Contacts/personal/",
            body("CR:addressbook-query", asked),
            {"Depth": "1"},
            cut=bool(limit),
        )


@dataclass
class Question:
    """A request that changes nothing. `follows`: its sync token goes under this key; `cut`: it may be cut by a limit."""

    method: str
    path: str
    text: str
    headers: dict[str, str]
    follows: tuple[str, str] | None = None
    cut: bool = False
    login: str = ""
    agent: str = ""

    async def ask(self, client: Callable[[str, str], Client]) -> Answer:
        headers = {name.replace("-", "_"): value for name, value in self.headers.items()}
        return await client(self.login, self.agent)(self.method, self.path, self.text or None, **headers)


_OWN = {"Date", "X-Request-Id", "X-Request-ID", "Server", "Content-Length"}


def comparable(answer: Answer, *, cut: bool) -> object:
    """All of an answer but the order of its responses; of one that a limit cut only how many they are."""
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in _OWN)
    if answer.status != 207:
        return answer.status, headers, re.sub(rb"request [0-9a-f-]+", b"", answer.body)
    parts = sorted(etree.tostring(item) for item in answer.xml)
    if cut and b"507" in answer.body:
        return answer.status, [one for one in headers if one[0] != "Content-Encoding"], len(parts)
    return answer.status, headers, parts
