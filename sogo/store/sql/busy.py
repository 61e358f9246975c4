"""Reads when people are busy: for some hundred people in one statement, where one database holds it all in one set of
tables.

A row of the index says enough of a single event with plain times. Texts come along for the others only: series, times
that float, objects of several components. Which they are the statement looks for in the text, by patterns that keep too
much rather than too little. Where folders have tables of their own, their rows are read by a union over the tables of
many folders; what cannot be united is read folder by folder, with all texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sogo.codec.davxml.names import caldav
from sogo.errors import NotFound, StoreUnavailable, TooMany
from sogo.model.availability import AVAILABILITY, inbox_path
from sogo.model.folder import Folder, FolderKind
from sogo.model.quick_busy import BusyRow
from sogo.model.quick_filter import DAY_SECONDS, QuickFilter
from sogo.store.busy import BusyCalendar, BusyReading
from sogo.store.interface import Profile
from sogo.store.sql.columns import INT_MAX, INT_MIN
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.folders import read_folder
from sogo.store.sql.layout import FolderTables, Layout, live
from sogo.store.sql.profile import SqlProfileStore, read_profile
from sogo.store.sql.properties import SqlPropertyStore
from sogo.store.sql.reading import ObjectReader
from sogo.store.sql.states import TEXT_COLUMNS, FolderStates
from sogo.store.sql.tables import DAV_PROPERTY_NAME
from sogo.store.sql.values import chunks, in_list

PEOPLE_AT_ONCE = 200
TABLES_AT_ONCE = 40
MAX_ROWS = 100_000
"""Of one statement: more events at once nobody is told of."""
PROPERTIES = (caldav("calendar-timezone"), caldav("calendar-timezone-id"), AVAILABILITY)
FOLDER, PROFILE, PROPERTY, OBJECT = range(4)
NUMBERS, TEXTS = 7, 8
_PATTERNS = {
    "several": "%BEGIN:VEVENT%BEGIN:VEVENT%",
    "detached": "%RECURRENCE-ID%",
    "exdate": "%EXDATE%",
    "exrule": "%EXRULE%",
    "defined": "%BEGIN:VTIMEZONE%",
    "from_utc": "%DTSTART:________T______Z%",
    "from_zone": "%DTSTART;TZID=%",
    "from_day": "%DTSTART;VALUE=DATE:%",
    "to_utc": "%DTEND:________T______Z%",
    "to_zone": "%DTEND;TZID=%",
    "to_day": "%DTEND;VALUE=DATE:%",
}


class BusyReader:
    """`interface.FolderStore.busy`."""

    def __init__(
        self,
        layout: Layout,
        states: FolderStates,
        reader: ObjectReader,
        profiles: SqlProfileStore,
        properties: SqlPropertyStore,
    ) -> None:
        self._layout, self._states, self._reader = layout, states, reader
        self._profiles, self._properties = profiles, properties
        self._dialect = layout.info_engine.dialect
        self._united = self._dialect.unites and profiles.engine is layout.info_engine
        tables = layout.tables(Folder(0, "", FolderKind.CALENDAR, "", "")) if layout.single else None
        here = layout.info_engine
        self._all_in_one = self._united and tables is not None and tables.store_engine is here and tables.one_database

    async def read(self, user_ids: Collection[str], also: Collection[str], start: int, end: int) -> BusyReading:
        calendars: dict[str, BusyCalendar] = {}
        profiles: dict[str, Profile] = {}
        availability: dict[str, str] = {}
        paths = sorted(set(also))
        for chunk in chunks(sorted(set(user_ids)), PEOPLE_AT_ONCE) if user_ids else ((),):
            found = await self._read(chunk, paths, start, end)
            calendars |= found.calendars
            profiles |= found.profiles
            availability |= found.availability
            paths = []
        return BusyReading(calendars, profiles, availability)

    async def _read(self, users: Sequence[str], paths: Sequence[str], start: int, end: int) -> BusyReading:
        wanted, values = self._wanted(users, paths)
        values |= _window(start, end)

        def build() -> str:
            branches = [self._folder_branch(wanted)]
            if self._united:
                branches += self._profile_branch(users)
                branches += self._property_branches(wanted, users)
            if self._all_in_one:
                branches.append(self._object_branch(wanted))
            return " UNION ALL ".join(branches)

        rows = await self._states.fetch(build, **values)
        reading = BusyReading({}, {user_id: Profile() for user_id in users}, {})
        found = _sorted_out(rows, reading)
        if not self._united:
            await self._documents_apart(reading, users)
        if not self._all_in_one:
            await self._objects_apart(found, start, end)
        return reading

    def _wanted(self, users: Sequence[str], paths: Sequence[str]) -> tuple[str, dict[str, object]]:
        """The condition on `f` that keeps the calendars, with all values of the statement but the window's."""
        conditions, values = [], dict[str, object]({"kind": FolderKind.CALENDAR.value, **_PATTERNS})
        values |= {f"property{number}": name for number, name in enumerate(PROPERTIES)}
        if users:
            listed, bound = in_list("w", users)
            _, bound_inboxes = in_list("i", [inbox_path(user_id) for user_id in users])
            values |= bound | bound_inboxes
            conditions.append(f"f.c_path2 IN ({listed})")
        if paths:
            listed, bound = in_list("a", paths)
            values |= bound
            conditions.append(f"f.c_path IN ({listed})")
        return f"f.c_path1 = 'Users' AND f.c_path3 = :kind AND ({' OR '.join(conditions) or '1 = 2'})", values

    # --- one statement ------------------------------------------------------------------------------------------------

    def _folder_branch(self, wanted: str) -> str:
        numbers = ", ".join(f"0 AS n{number}" for number in range(1, NUMBERS))
        texts = ", ".join(f"{self._dialect.united(f'f.{column}')} AS {column}" for column in TEXT_COLUMNS)
        return (
            f"SELECT {FOLDER} AS tag, f.c_folder_id AS c_folder_id, {numbers}, {texts}, NULL AS t7 "
            f"FROM {self._layout.info} f WHERE {wanted}"
        )

    def _profile_branch(self, users: Sequence[str]) -> Iterator[str]:
        if users:
            listed, _ = in_list("w", users)
            rest = f"FROM {self._profiles.table} WHERE c_uid IN ({listed})"
            yield self._branch(PROFILE, [], ["c_uid", "c_defaults", "c_settings"], rest)

    def _property_branches(self, wanted: str, users: Sequence[str]) -> Iterator[str]:
        if DAV_PROPERTY_NAME in self._states.missing:
            return
        names = ", ".join(f":property{number}" for number in range(len(PROPERTIES)))
        texts = ["p.c_path", "p.c_property", "p.c_value"]
        rest = f"FROM {DAV_PROPERTY_NAME} p WHERE p.c_uid = '' AND p.c_property IN ({names}) AND p.c_path IN "
        folders = f"SELECT {self._dialect.united('f.c_path')} FROM {self._layout.info} f WHERE {wanted}"
        yield self._branch(PROPERTY, [], texts, f"{rest}({folders})")
        if users:
            listed, _ = in_list("i", users)
            yield self._branch(PROPERTY, [], texts, f"{rest}({listed})")

    def _object_branch(self, wanted: str) -> str:
        tables = self._layout.tables(Folder(0, "", FolderKind.CALENDAR, "", ""))
        return self._events(
            "q.c_folder_id",
            f"FROM {self._layout.info} f JOIN {tables.quick} q ON q.c_folder_id = f.c_folder_id "
            f"JOIN {tables.store} s ON s.c_folder_id = q.c_folder_id AND s.c_name = q.c_name WHERE {wanted} AND ",
        )

    def _events(self, folder: str, rest: str) -> str:
        """The events of tables `q` and `s` that may meet the window."""
        numbers = [folder, "q.c_startdate", "q.c_enddate", "q.c_isallday", "q.c_isopaque", "q.c_status"]
        numbers.append("q.c_classification")
        texts = ["s.c_name", "q.c_uid", "q.c_title", "q.c_orgmail", "q.c_partmails", "q.c_partstates"]
        meets = (
            f"{live('s')} AND q.c_component = 'vevent' AND "
            "((q.c_iscycle = 1 AND (q.c_cycleenddate IS NULL OR q.c_cycleenddate >= :since)) OR "
            "((q.c_iscycle IS NULL OR q.c_iscycle <> 1) AND (q.c_startdate IS NULL OR q.c_startdate <= :before) "
            "AND (q.c_enddate IS NULL OR q.c_enddate >= :since)))"
        )
        content = f"CASE WHEN {_SURE} THEN NULL ELSE {self._dialect.united('s.c_content')} END"
        found = self._branch(OBJECT, numbers, texts, f"{rest}{meets}", more=[content])
        return f"SELECT * FROM ({found}{self._dialect.limit('most')}) o"

    def _branch(
        self, tag: int, numbers: Sequence[str], texts: Sequence[str], rest: str, *, more: Sequence[str] = ()
    ) -> str:
        """`more`: texts that are ready to be united."""
        columns = [
            f"{number} AS n{place}" for place, number in enumerate((*numbers, *["0"] * (NUMBERS - len(numbers))))
        ]
        ready = [*(self._dialect.united(text) for text in texts), *more]
        for place, text in enumerate((*ready, *["NULL"] * (TEXTS - len(ready)))):
            columns.append(f"{text} AS t{place}")
        return f"SELECT {tag} AS tag, {', '.join(columns)} {rest}"

    # --- several tables, several databases ----------------------------------------------------------------------------

    async def _documents_apart(self, reading: BusyReading, users: Sequence[str]) -> None:
        paths = [*reading.calendars, *map(inbox_path, users)]
        stored = await self._properties.load(paths) if paths else {}
        for path, calendar in reading.calendars.items():
            calendar.properties |= stored.get(path, {})
        for user_id in users:
            reading.profiles[user_id] = await self._profiles.load(user_id)
            if text := stored.get(inbox_path(user_id), {}).get(AVAILABILITY):
                reading.availability[user_id] = text

    async def _objects_apart(self, found: Mapping[int, BusyCalendar], start: int, end: int) -> None:
        together: list[FolderTables] = []
        for calendar in found.values():
            tables = self._layout.tables(calendar.folder)
            here = tables.store_engine is self._layout.info_engine
            if self._united and not tables.single and tables.one_database and here:
                together.append(tables)
            else:
                await self._read_folder(calendar, start, end)
        for chunk in chunks(together, TABLES_AT_ONCE):
            await self._read_tables(found, chunk, start, end)

    async def _read_tables(
        self, found: Mapping[int, BusyCalendar], chunk: Sequence[FolderTables], start: int, end: int
    ) -> None:
        def build() -> str:
            return " UNION ALL ".join(
                self._events(
                    str(tables.folder.id), f"FROM {tables.quick} q JOIN {tables.store} s ON s.c_name = q.c_name WHERE "
                )
                for tables in chunk
            )

        try:
            rows = await self._states.fetch(build, **_PATTERNS, **_window(start, end))
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            # A folder was removed meanwhile, and its tables with it.
            for tables in chunk:
                await self._read_folder(found[tables.folder.id], start, end)
            return
        _note_events(rows, found)

    async def _read_folder(self, calendar: BusyCalendar, start: int, end: int) -> None:
        """With all texts, which say everything."""
        where = QuickFilter(frozenset({"vevent"}), start, end)
        pages = self._reader.entries(calendar.folder, content=True, quick=True, names=None, where=where, batch=100)
        try:
            async for page in pages:
                for entry in page:
                    record = entry.quick or {}
                    uid, title = str(record.get("c_uid") or ""), str(record.get("c_title") or "")
                    calendar.rows.append(
                        BusyRow(
                            entry.name,
                            uid,
                            title,
                            None,
                            None,
                            False,
                            True,
                            1,
                            "",
                            "",
                            "",
                            entry.content,
                            _number(record.get("c_classification")),
                        )
                    )
                if len(calendar.rows) > MAX_ROWS:
                    raise TooMany("There are too many events at once.", limit=MAX_ROWS)
        except NotFound:  # the folder was removed meanwhile
            return


_SURE = (
    "q.c_iscycle = 0 AND s.c_content NOT LIKE :several AND s.c_content NOT LIKE :detached "
    "AND s.c_content NOT LIKE :exdate AND s.c_content NOT LIKE :exrule AND ("
    "(s.c_content LIKE :from_day AND s.c_content LIKE :to_day) OR "
    "((s.c_content LIKE :from_utc OR (s.c_content LIKE :from_zone AND s.c_content LIKE :defined)) AND "
    "(s.c_content LIKE :to_utc OR (s.c_content LIKE :to_zone AND s.c_content LIKE :defined))))"
)
"""Whether the index says all that matters: one component without recurrence, with an end of the kind of its start, and
both have a zone that is defined, or are days."""


def _window(start: int, end: int) -> dict[str, object]:
    """Wider by a day at both ends: days and floating times are noted as if they were UTC."""

    def fitting(seconds: int) -> int:
        return min(max(seconds, INT_MIN), INT_MAX)

    return {"since": fitting(start - DAY_SECONDS), "before": fitting(end + DAY_SECONDS), "most": MAX_ROWS + 1}


def _sorted_out(rows: Sequence[Mapping[str, Any]], reading: BusyReading) -> dict[int, BusyCalendar]:
    """Put the rows of a statement where they belong; the calendars by their numbers."""
    found: dict[int, BusyCalendar] = {}
    for row in rows:
        if row["tag"] == FOLDER and (folder := read_folder(row)) is not None:
            found[folder.id] = reading.calendars[folder.path] = BusyCalendar(folder)
    inboxes = {inbox_path(user_id): user_id for user_id in reading.profiles}
    for row in rows:
        if row["tag"] == PROFILE:
            user_id, *documents = list(row.values())[1 + NUMBERS : 1 + NUMBERS + 3]
            reading.profiles[user_id] = read_profile(user_id, *documents)
        elif row["tag"] == PROPERTY:
            path, name, value = list(row.values())[1 + NUMBERS : 1 + NUMBERS + 3]
            if path in reading.calendars:
                reading.calendars[path].properties[name] = value or ""
            elif path in inboxes and value:
                reading.availability[inboxes[path]] = value
    _note_events([row for row in rows if row["tag"] == OBJECT], found)
    return found


def _note_events(rows: Sequence[Mapping[str, Any]], found: Mapping[int, BusyCalendar]) -> None:
    if len(rows) > MAX_ROWS:
        raise TooMany("There are too many events at once.", limit=MAX_ROWS)
    for row in rows:
        _, folder, start, end, all_day, opaque, status, of_class, *texts = row.values()
        name, uid, title, organizer, attendees, answers, text, _ = texts
        calendar = found.get(int(folder))
        if calendar is not None:
            calendar.rows.append(
                BusyRow(
                    name,
                    uid or "",
                    title or "",
                    _number(start),
                    _number(end),
                    all_day == 1,
                    opaque != 0,
                    1 if status is None else int(status),
                    organizer or "",
                    attendees or "",
                    answers or "",
                    text,
                    _number(of_class),
                )
            )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
