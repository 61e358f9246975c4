"""What reads octets of strangers, as functions of these octets.

Each either returns or raises an error of `sogo/errors.py`; where a round trip is promised, it is asserted here. None
does I/O or looks at a clock, so that what is found once is found again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from zoneinfo import ZoneInfo

from sogo.auth.proxy import parse_basic
from sogo.codec import plist, xcal
from sogo.codec.contentline import Component, decode, parse
from sogo.codec.css_identifier import from_css_identifier, to_css_identifier
from sogo.codec.davxml import (
    caldav_sharing,
    inverse_dav,
    lockinfo,
    mail_query,
    rfc3253,
    rfc3744,
    rfc4791,
    rfc4918,
    rfc5689,
    rfc6352,
    rfc6578,
    webdav_push,
    writer,
)
from sogo.codec.davxml.calendar_filter import TimeRange
from sogo.codec.davxml.href import join_path, parse_href
from sogo.codec.davxml.reader import Element, descendants, inner_xml, parse_xml, whole_xml
from sogo.codec.if_header import parse_if
from sogo.codec.imap.command import Command, Text
from sogo.codec.imap.framing import Framer
from sogo.codec.imap.lexer import values_of
from sogo.codec.imap.response import Response, parse_response
from sogo.codec.imap.utf7 import decode_name, encode_name
from sogo.codec.mime.words import decode_words
from sogo.codec.obscured import unfold
from sogo.codec.qualifier import parse as parse_qualifier
from sogo.codec.qualifier_ldap import ldap_filter
from sogo.codec.session_value import parse_session_value
from sogo.codec.web_calendar_secret import parse_web_calendar_secret
from sogo.dav import prefer
from sogo.dav.negotiation import card_version
from sogo.dav.preconditions import Preconditions
from sogo.dav.tokens import parse_token
from sogo.errors import CodecError, DomainError, SogoError
from sogo.http.compress import accepts_gzip
from sogo.mail import incoming
from sogo.model import calendar_object, card_object, folder_settings, quick_card, quick_event, selection
from sogo.model.alarm import next_alarm
from sogo.model.calendar_export import Parts
from sogo.model.calendar_repairs import PutSettings
from sogo.model.caltime import Window, parse_duration, parse_time
from sogo.model.card_versions import in_version
from sogo.model.components import components_of
from sogo.model.file_text import cards_of
from sogo.model.filters.calendar import CalendarFilter, query_zone
from sogo.model.filters.card import CardFilter
from sogo.model.folder import Folder, FolderKind
from sogo.model.freebusy import busy_periods, freebusy_calendar
from sogo.model.import_file import ImportFile
from sogo.model.recurrence import Budget, nth, occurrences
from sogo.model.recurrence_rule import Rule
from sogo.model.series import Series, expand, overlaps
from sogo.model.timezone import lookup
from sogo.model.zone_form import ZoneForm
from sogo.secret import Secret
from sogo.service.mail_search import base_subject, keys_of
from sogo.store.sql.notice_text import parse_notice
from sogo.store.sql.url import DatabaseUrl
from sogo.web.catalogue import choose
from tests.fuzz.questions import CALENDAR_QUERIES, CALENDARS, CARD_QUERIES, CARDS

Target = Callable[[bytes], None]

MAX_BODY_BYTES = 1_000_000
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
PARIS = ZoneInfo("Europe/Paris")
WINDOW = Window(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
SPAN = TimeRange(WINDOW.start, WINDOW.end)
STEPS = 2_000
"""Of a budget: enough to reach every branch, few enough for a fuzzer."""
_FORMS = (
    rfc4791.CalendarData(expand=SPAN),
    rfc4791.CalendarData(limit_recurrence_set=SPAN),
    rfc4791.CalendarData(limit_freebusy_set=SPAN),
)


def _mail_keys(root: Element | None) -> object:
    query = mail_query.parse_mail_query(root) if root is not None else None
    return [key for one in query.filters for key in keys_of(one)] if query is not None else []


_BODIES: tuple[Callable[[Element | None], object], ...] = (
    rfc4918.parse_propfind, rfc4918.parse_proppatch, rfc5689.parse_mkcol, lockinfo.parse_lockinfo, rfc6578.parse_sync_collection,
    rfc4791.parse_calendar_query, rfc4791.parse_calendar_multiget, rfc4791.parse_free_busy_query, rfc3253.parse_expand_property,
    rfc6352.parse_addressbook_query, rfc6352.parse_addressbook_multiget, rfc3744.parse_principal_search, rfc3744.parse_principal_match,
    webdav_push.parse_push_register, _mail_keys, lambda root: _sharing(root) if root is not None else None,
)  # fmt: skip
_HEADERS: tuple[Callable[[str], object], ...] = (
    parse_token, parse_basic, accepts_gzip, choose, DatabaseUrl.parse, lambda text: parse_notice(text, "us"),
    lambda text: Preconditions.of({"If-Match": text, "If-None-Match": text, "If-Modified-Since": text}).check("x"),
    lambda text: card_version(text, "3.0"),
    parse_if, prefer.read, lockinfo.parse_lock_token, lambda text: lockinfo.parse_timeout(text, default=1), unfold,
    decode_words, base_subject, parse_time, parse_duration, folder_settings.parse_color, components_of, lambda text: query_zone(text, None, PARIS),
    lambda text: query_zone(None, text, PARIS),
    lambda text: parse_session_value(text, Secret("key")), lambda text: parse_web_calendar_secret(text, Secret("k" * 16)),
)  # fmt: skip


@contextmanager
def refusals() -> Iterator[None]:
    """What may be refused, so that the readers after it are still asked."""
    with suppress(CodecError, DomainError):
        yield


# --- calendars and cards ----------------------------------------------------------------------------------------------


def lines(data: bytes) -> None:
    """What was not touched comes back as it was read."""
    text = decode(data)
    document = parse(text)
    rendered = document.render()
    if document.is_closed:
        assert parse(rendered).render() == rendered
    for component in document.walk():
        for line in component.lines:
            assert "\n" not in line.with_value(line.text).render().replace("\r\n ", "")
            again = parse(line.with_param("X-A", "b;c", 'd"e\n').render())
            assert not again.children or line.name in {"BEGIN", "END"}, line


def calendar(data: bytes) -> None:
    """An object on its way into the store: check, repair, the quick row; what was stored is taken again unchanged."""
    settings = PutSettings(PARIS, "Europe/Paris", NOW, new_uid=lambda: "made")
    amended = calendar_object.amend(calendar_object.check(decode(data)), settings=settings)
    quick_event.quick_row(amended.calendar, default_zone=PARIS, now=NOW)
    with refusals():
        again = calendar_object.amend(calendar_object.check(amended.render()), settings=settings)
        assert again.render() == amended.render()


def stored_calendar(data: bytes) -> None:
    """An object out of the store, where others write too: everything that a report or an export makes of it."""
    document = parse(decode(data))
    for calendar in document.components("VCALENDAR"):
        _look_at(calendar)
    for form in _FORMS:
        for zones in ZoneForm:
            with refusals():
                selection.calendar_text(document, form, default_zone=PARIS, budget=Budget(STEPS), zones=zones)
    for query in _calendar_filters():
        fresh = CalendarFilter(query.tree, PARIS, Budget(STEPS))
        if fresh.matches(document):
            assert fresh.may_match(decode(data))
    with refusals():
        periods = list(busy_periods(document, WINDOW, default_zone=PARIS, addresses=("mailto:ada@example.com",)))
        parse(freebusy_calendar(periods, WINDOW, now=NOW))
    for component in Parts(with_alarms=len(data) % 2 == 0).of(decode(data)):
        parse_xml(f"<x>{xcal.component(component)}</x>".encode(), max_bytes=10 * MAX_BODY_BYTES)


def _look_at(calendar: Component) -> None:
    zones = lookup(calendar)
    with refusals():
        quick_event.quick_row(calendar, default_zone=PARIS, now=NOW)
    components = calendar.components("VEVENT", "VTODO", "VJOURNAL")
    if components:
        with refusals():
            series = Series.of(components, zones, PARIS)
            with refusals():
                expand(series, WINDOW, limit=100, budget=Budget(STEPS))
            overlaps(series, WINDOW, limit=100, budget=Budget(STEPS))
        with refusals():
            next_alarm(components[0], components, zones=zones, default_zone=PARIS, now=NOW)


def rule(data: bytes) -> None:
    """A recurrence rule, and when it starts in its first line."""
    first, _, text = data.decode("utf-8", "replace").partition("\n")
    start = parse_time(first.strip())
    made = Rule.parse(text)
    assert Rule.parse(made.text).text == made.text
    with refusals():
        list(occurrences(made, start, window=WINDOW, default_zone=PARIS, limit=100, budget=Budget(STEPS)))
    nth(made, start, 50, default_zone=PARIS, budget=Budget(STEPS))


def card(data: bytes) -> None:
    amended = card_object.amend(card_object.check(decode(data)), new_uid=lambda: "made")
    quick_card.quick_row(amended.component)
    again = card_object.amend(card_object.check(amended.render()), new_uid=lambda: "made")
    assert again.render() == amended.render()


def stored_card(data: bytes) -> None:
    text = decode(data)
    with refusals():
        cards_of(text)
    for version in ("3.0", "4.0"):
        with refusals():
            made = in_version(text, version)
            assert in_version(made, version) == made or version not in made
    document = parse(text)
    for query in _card_filters():
        if query.matches(document):
            assert query.may_match(text)
    selection.card_text(
        document, rfc6352.AddressData(props=(rfc6352.SelectedCardProp("FN"), rfc6352.SelectedCardProp("TEL")))
    )


def upload(data: bytes) -> None:
    """A file of many objects: what it is cut into can be read."""
    for kind in (FolderKind.CALENDAR, FolderKind.CONTACTS):
        with refusals():
            file = ImportFile.of(data, kind)
            for item in file.objects[:20]:
                with refusals():
                    parse(decode(file.text_of(item)))


# --- XML and headers --------------------------------------------------------------------------------------------------


def xml(data: bytes) -> None:
    """Every body, asked of every reader; filters are tried on objects, properties come back as they were."""
    root = parse_xml(data, max_bytes=MAX_BODY_BYTES)
    if root is not None:
        for element in (root, *descendants(root, "{DAV:}prop")):
            with refusals():
                whole = whole_xml(element)
                again = parse_xml(whole.encode("utf-8", "strict"), max_bytes=10 * MAX_BODY_BYTES)
                assert again is not None
                assert whole_xml(again) == whole
            inner_xml(element)
    for read in _BODIES:
        with refusals():
            _ask(read(root))


def _sharing(root: Element) -> None:
    """What is asked of sharing, and answers that repeat it."""
    with refusals():
        asked = inverse_dav.parse_acl_query(root)
        people = [inverse_dav.Listed(name, name, name) for name in asked.users]
        for text in (inverse_dav.render_user_list(people), inverse_dav.render_roles(sorted(asked.words))):
            assert parse_xml(text.encode(), max_bytes=10 * MAX_BODY_BYTES) is not None
    with refusals():
        wanted = inverse_dav.parse_collection_query(root)
        text = inverse_dav.render_collections([(wanted.owner, wanted.owner, wanted.owner, wanted.owner)])
        assert parse_xml(text.encode(), max_bytes=10 * MAX_BODY_BYTES) is not None
    inverse_dav.parse_users(root), inverse_dav.parse_user_query(root)
    with refusals():
        shared = caldav_sharing.parse_share(root)
        for one in shared.add:
            notice = caldav_sharing.InviteNotice(
                id=one.address, stamp="", address=one.address, status=caldav_sharing.Status.DECLINED, writes=one.writes,
                host=one.address, organizer=one.address, organizer_name=one.summary, summary=one.summary,
            )  # fmt: skip
            told = caldav_sharing.notification(notice)
            assert parse_xml(told.encode(), max_bytes=10 * MAX_BODY_BYTES) is not None
    caldav_sharing.parse_reply(root)


def _ask(request: object) -> None:
    if isinstance(request, rfc4791.CalendarQuery):
        query = CalendarFilter(request.filter, query_zone(request.timezone, request.timezone_id, PARIS), Budget(STEPS))
        _ = query.hint.reads_objects
        for text, document in _calendars():
            if query.matches(document):
                assert query.may_match(text)
    if isinstance(request, rfc6352.AddressbookQuery):
        cards = CardFilter(request.filter)
        for text, document in _cards():
            if cards.matches(document):
                assert cards.may_match(text)
    if isinstance(request, rfc4791.CalendarQuery | rfc4791.CalendarMultiget) and request.data is not None:
        for _, document in _calendars():
            selection.calendar_text(document, request.data, default_zone=PARIS, budget=Budget(STEPS))
    if isinstance(request, rfc6352.AddressbookQuery | rfc6352.AddressbookMultiget) and request.data is not None:
        for text, _ in _cards():
            selection.card_text(parse(in_version(text, request.data.version)), request.data)
    if isinstance(request, rfc4791.CalendarMultiget | rfc6352.AddressbookMultiget):
        for text in request.hrefs[:50]:
            href(text.encode("utf-8", "surrogatepass"))


def href(data: bytes) -> None:
    """A path is told as it was asked for, and leads nowhere else."""
    read = parse_href(data.decode("utf-8", "surrogateescape"))
    assert not {".", "..", ""} & set(read.segments), read
    assert not any("\0" in part for part in read.segments), read
    assert parse_href(join_path(read.segments)).segments == read.segments


def header(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for read in _HEADERS:
        with refusals():
            read(text)
    with refusals():
        from_css_identifier(text)
    to_css_identifier(text)
    writer.escape(text)


# --- a mail server ----------------------------------------------------------------------------------------------------


def imap(data: bytes) -> None:
    """What an IMAP server says is the same however it comes in; what it holds stays one argument of a command."""
    assert _imap_responses(data, 1 + len(data)) == _imap_responses(data, 1 + len(data) // 7)
    with refusals():
        framer = Framer()
        framer.feed(b"".join(piece.octets for piece in Command("X", (Text(data),)).render("a", literal_limit=2**32)))
        line = framer.next()
        assert line is not None
        assert values_of(line)[2:] == [data]
        assert framer.held_bytes == 0
    name = data.decode("utf-8", "replace")
    with refusals():
        assert decode_name(encode_name(name)) == name


def _imap_responses(data: bytes, step: int) -> list[Response | str]:
    framer, told = Framer(), list[Response | str]()
    try:
        for at in range(0, len(data), step):
            framer.feed(data[at : at + step])
            while (line := framer.next()) is not None:
                told.append(parse_response(line))
    except CodecError as error:
        told.append(error.public)
    return told


# --- the site's own files ---------------------------------------------------------------------------------------------


def property_list(data: bytes) -> None:
    values = plist.parse_document(plist.decode(data)).values
    assert plist.parse(plist.render(values, typed=True)) == values
    folder = Folder(1, "ada", FolderKind.CALENDAR, "personal", "Personal")
    folder_settings.read(values, folder)


def qualifier(data: bytes) -> None:
    ldap_filter(parse_qualifier(data.decode("utf-8", "surrogateescape")))


@cache
def _calendar_filters() -> list[CalendarFilter]:
    roots = [parse_xml(text.encode(), max_bytes=MAX_BODY_BYTES) for text in CALENDAR_QUERIES]
    return [CalendarFilter(rfc4791.parse_calendar_query(root).filter, PARIS) for root in roots]


@cache
def _card_filters() -> list[CardFilter]:
    roots = [parse_xml(text.encode(), max_bytes=MAX_BODY_BYTES) for text in CARD_QUERIES]
    return [CardFilter(rfc6352.parse_addressbook_query(root).filter) for root in roots]


@cache
def _calendars() -> list[tuple[str, Component]]:
    return [(text, parse(text)) for text in CALENDARS]


@cache
def _cards() -> list[tuple[str, Component]]:
    return [(text, parse(text)) for text in CARDS]


def incoming_mail(data: bytes) -> None:
    for message in incoming.read(data, trusted={"mx"}, max_calendar_bytes=MAX_BODY_BYTES).messages:
        with refusals():
            calendar_object.check(message.text)


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        lines, calendar, stored_calendar, rule, card, stored_card, upload, xml, href, header, property_list, qualifier, imap,
        incoming_mail,
    )
}  # fmt: skip


def run(target: Target, data: bytes) -> None:
    """Raises whatever is no refusal."""
    with suppress(SogoError):
        target(data)
