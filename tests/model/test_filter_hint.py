"""What is left out before an object is parsed could never have matched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import escape, fold, parse
from sogo.codec.davxml.rfc6352 import CardConditions, CardPropFilter
from sogo.codec.davxml.text_match import Collation, Junction, MatchType, ParamFilter, TextMatch
from sogo.model.filters.card import CardFilter
from sogo.model.quick_event import quick_row
from sogo.model.quick_filter import QuickFilter
from tests.support.filters import calendar_filter, in_component, in_property, time_range

EPOCH_DAY = 86_400
JAN_4 = time_range("20060104T000000", "20060105T000000")
EVENTS = frozenset(["vevent"])


def in_event_uid(text: str, collation: str) -> str:
    match = f'<text-match collation="{collation}">{text}</text-match>'
    return in_component("VEVENT", in_property("UID", match))


def kept(where: QuickFilter | None, row: Mapping[str, object]) -> bool:
    """What the store promises at least: windows are widened by a day, series judged by their end alone, NULL kept."""
    if where is None:
        return True
    if where.components is not None and row["c_component"] not in where.components:
        return False
    start, end, cycle_end = row["c_startdate"], row["c_enddate"], row["c_cycleenddate"]
    assert isinstance(start, int | None) and isinstance(end, int | None) and isinstance(cycle_end, int | None)  # noqa: PT018
    last = cycle_end if row["c_iscycle"] else end
    if where.start is not None and last is not None and last < where.start - EPOCH_DAY:
        return False
    before = where.end is not None and not row["c_iscycle"] and start is not None and start > where.end + EPOCH_DAY
    return not before and all(text.lower() in str(row[column]).lower() for column, text in where.contains)


@pytest.mark.parametrize(
    ("inner", "where", "alone"),
    [
        ("", None, True),
        ("<is-not-defined/>", None, False),
        (in_component("VEVENT"), QuickFilter(EVENTS), True),
        (in_component("VTODO"), QuickFilter(frozenset(["vtodo"])), True),
        (in_component("VEVENT", JAN_4), QuickFilter(EVENTS, 1136332800, 1136419200), True),
        (in_event_uid("abc", "i;octet"), QuickFilter(EVENTS, contains=(("c_uid", "abc"),)), True),
        (in_event_uid("abc", "i;unicode-casemap"), QuickFilter(EVENTS), False),
        (in_event_uid("é", "i;octet"), QuickFilter(EVENTS), False),
        (in_event_uid(" a", "i;octet"), QuickFilter(EVENTS), False),
        (in_event_uid("a" * 255, "i;octet"), QuickFilter(EVENTS), False),
        (in_component("VTODO", in_component("VALARM", JAN_4)), QuickFilter(frozenset(["vtodo"])), False),
        (in_component("VTODO", "<is-not-defined/>"), None, True),
        (in_component("VJOURNAL"), QuickFilter(frozenset(["vjournal"])), False),
        (in_component("VFREEBUSY"), None, False),
        (in_property("PRODID"), None, False),
        (in_component('VEVENT" test="anyof', JAN_4 + in_property("UID")), QuickFilter(EVENTS), False),
    ],
)  # fmt: skip
def test_hints(inner: str, where: QuickFilter | None, alone: bool) -> None:
    hint = calendar_filter(inner).hint
    assert (hint.where, hint.everything or hint.component is not None) == (where, alone)


ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago")]
DAYS = st.datetimes(dt.datetime(2006, 1, 1), dt.datetime(2006, 1, 30)).map(lambda time: time.replace(microsecond=0))


@st.composite
def times(draw: st.DrawFn, name: str) -> str:
    """A property line."""
    local = draw(DAYS)
    form = draw(st.sampled_from(["utc", "floating", "date", "zoned"]))
    if form == "date":
        return f"{name};VALUE=DATE:{local:%Y%m%d}"
    tzid = draw(st.sampled_from([zone.key for zone in ZONES]))
    value = f"{local:%Y%m%dT%H%M%S}"
    return {"utc": f"{name}:{value}Z", "floating": f"{name}:{value}", "zoned": f"{name};TZID={tzid}:{value}"}[form]


@st.composite
def objects(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["VEVENT", "VEVENT", "VTODO", "VJOURNAL"]))
    start = draw(times("DTSTART"))
    lines = [start] if kind != "VTODO" or draw(st.booleans()) else []
    length = draw(st.sampled_from(["", "", "DURATION:PT0S", "DURATION:PT5H", "DURATION:P1D", "DURATION:P3D"]))
    if kind == "VTODO" and draw(st.booleans()):
        lines.append(draw(times("DUE")))
    elif length and kind != "VJOURNAL" and lines:
        lines.append(length)
    if kind == "VTODO" and draw(st.booleans()):
        lines.append(f"COMPLETED:{draw(DAYS):%Y%m%dT%H%M%S}Z")
    rule = draw(
        st.sampled_from(["", "", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;INTERVAL=2", "FREQ=DAILY;UNTIL=20060110T000000Z"])
    )
    body = [f"UID:x\r\n{line}" if number == 0 else line for number, line in enumerate(lines or ["SUMMARY:none"])]
    master = "\r\n".join(
        [f"BEGIN:{kind}", *body, *([f"RRULE:{rule}"] if rule and start in lines else []), f"END:{kind}"]
    )
    override = ""
    if rule and start in lines and draw(st.booleans()):
        moved = draw(times("DTSTART"))
        named = start.replace("DTSTART", "RECURRENCE-ID")
        override = f"BEGIN:{kind}\r\nUID:x\r\n{named}\r\n{moved}\r\nEND:{kind}\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{master}\r\n{override}END:VCALENDAR\r\n"


@st.composite
def windows(draw: st.DrawFn) -> str:
    start, end = sorted([draw(DAYS), draw(DAYS) + dt.timedelta(seconds=1)])
    sides = draw(st.sampled_from(["both", "start", "end"]))
    first, last = f"{start:%Y%m%dT%H%M%S}", f"{max(end, start + dt.timedelta(seconds=1)):%Y%m%dT%H%M%S}"
    return time_range(first if sides != "end" else "", last if sides != "start" else "")


@settings(max_examples=120, deadline=None)
@given(
    objects(),
    windows(),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.sampled_from(["VEVENT", "VTODO", "VJOURNAL"]),
    st.sampled_from(
        ["", "", in_property("UID", "<text-match>X</text-match>"), in_property("UID", "<text-match>y</text-match>")]
    ),
)
def test_quick_columns_never_lose_a_match_and_decide_as_the_object_does(
    text: str, window: str, asked_in: ZoneInfo, stored_in: ZoneInfo, kind: str, more: str
) -> None:
    document = parse(text)
    row = quick_row(
        document.components("VCALENDAR")[0], default_zone=stored_in, now=dt.datetime(2006, 1, 1, tzinfo=dt.UTC)
    )
    asked = calendar_filter(in_component(kind, more + window), zone=asked_in)
    matches = asked.matches(document)
    if matches:
        assert kept(asked.hint.where, row)
        assert asked.may_match(text)
    if kept(asked.hint.where, row):
        assert asked.hint.decide(row) in (None, matches)


def test_most_events_of_a_month_are_decided_without_parsing() -> None:
    hint = calendar_filter(in_component("VEVENT", time_range("20060101T000000", "20060201T000000"))).hint
    row = {"c_component": "vevent", "c_iscycle": 0, "c_startdate": 1136800000, "c_enddate": 1136803600}
    assert hint.decide(row) is True
    assert hint.decide({**row, "c_startdate": 1141000000, "c_enddate": 1141003600}) is False
    assert hint.decide({**row, "c_startdate": 1136073600, "c_enddate": 1136077200}) is None
    for unsure in (
        {"c_iscycle": 1},
        {"c_startdate": None},
        {"c_component": None},
        {"c_component": ""},
        {"c_enddate": 2**31 - 1},
    ):
        assert hint.decide({**row, **unsure}) is None
    assert hint.decide({**row, "c_component": "vtodo"}) is False


def test_tasks_are_decided_by_what_their_row_has() -> None:
    hint = calendar_filter(in_component("VTODO", time_range("20060101T000000", "20060201T000000"))).hint
    row = {"c_component": "vtodo", "c_iscycle": 0, "c_startdate": 1136800000, "c_enddate": 1136803600}
    for inside in (row, {**row, "c_startdate": None}, {**row, "c_enddate": None}):
        assert hint.decide(inside) is True
    later, earlier = 1141000000, 1131000000
    assert hint.decide({**row, "c_startdate": later, "c_enddate": None}) is False
    assert hint.decide({**row, "c_startdate": None, "c_enddate": earlier}) is False
    assert hint.decide({**row, "c_startdate": earlier, "c_enddate": None}) is None  # it may last
    assert hint.decide({**row, "c_startdate": None, "c_enddate": None}) is None


def test_kinds_and_uids_are_decided_by_their_columns() -> None:
    absent = calendar_filter(in_component("VTODO", "<is-not-defined/>")).hint
    assert [absent.decide({"c_component": name}) for name in ("vevent", "vtodo", "", None)] == [True, False, None, None]
    uid = calendar_filter(in_event_uid("bc", "i;octet")).hint
    row = {"c_component": "vevent", "c_iscycle": 0}
    assert [uid.decide({**row, "c_uid": text}) for text in ("abcd", "ABCD", "b" * 255, None)] == [
        True,
        False,
        None,
        None,
    ]


LETTERS = st.text(st.sampled_from("aAbBeéEÉßsSﬁ,;\\\n :\"^'nN；´\u0301=KK"), max_size=6)
MATCHES = st.builds(TextMatch, LETTERS, st.sampled_from(Collation), st.sampled_from(MatchType), st.booleans())
PARAMS = st.builds(ParamFilter, st.just("TYPE"), text=MATCHES)
PROPS = st.builds(
    CardPropFilter,
    st.sampled_from(["FN", "NOTE"]),
    texts=st.lists(MATCHES, max_size=2).map(tuple),
    params=st.lists(PARAMS, max_size=1).map(tuple),
    test=st.sampled_from(Junction),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(PROPS, max_size=3),
    st.sampled_from(Junction),
    st.lists(
        st.tuples(st.sampled_from(["FN", "FN;TYPE=Ab", "NOTE;ab", 'NOTE;TYPE="a,b"']), LETTERS, st.booleans()),
        max_size=3,
    ),
)
def test_the_look_at_the_text_never_loses_a_match(
    props: list[CardPropFilter], test: Junction, lines: list[tuple[str, str, bool]]
) -> None:
    values = [f"{head}:{escape(value) if escaped else value.replace(chr(10), '')}" for head, value, escaped in lines]
    text = "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *(fold(value) for value in values), "END:VCARD", ""])
    asked = CardFilter(CardConditions(tuple(props), test))
    assert asked.may_match(text) or not asked.matches(parse(text))
