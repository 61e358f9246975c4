"""What fuzzing starts from, for each target: recorded objects, bodies as clients send them, and what was found before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.questions import CALENDAR_QUERIES, CALENDARS, CARD_QUERIES, CARDS

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
FOUND = VECTORS / "fuzz"
"""Inputs that something went wrong with once, and hostile ones made by hand. A file's name tells what it was."""

_CALENDAR_TARGETS = ("calendar", "stored_calendar", "lines", "upload")
_CARD_TARGETS = ("card", "stored_card", "lines", "upload")
_NAMESPACES = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav"'
_BODIES = (
    f"<propfind {_NAMESPACES}><prop><getetag/><C:calendar-data/></prop></propfind>",
    f"<propfind {_NAMESPACES}><allprop/><include><quota-used-bytes/></include></propfind>",
    f"<propfind {_NAMESPACES}><propname/></propfind>",
    f'<propertyupdate {_NAMESPACES}><set><prop><displayname xml:lang="de">x</displayname></prop></set><remove><prop><y/></prop></remove>'
    "</propertyupdate>",
    f"<mkcol {_NAMESPACES}><set><prop><resourcetype><collection/><C:calendar/></resourcetype></prop></set></mkcol>",
    f'<C:mkcalendar {_NAMESPACES}><set><prop><C:supported-calendar-component-set><C:comp name="VTODO"/>'
    "</C:supported-calendar-component-set></prop></set></C:mkcalendar>",
    f"<lockinfo {_NAMESPACES}><lockscope><exclusive/></lockscope><locktype><write/></locktype><owner><href>x</href></owner></lockinfo>",
    f"<sync-collection {_NAMESPACES}><sync-token/><sync-level>1</sync-level><limit><nresults>5</nresults></limit><prop><getetag/></prop>"
    "</sync-collection>",
    f'<C:calendar-query {_NAMESPACES}><prop><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="UID" '
    'novalue="yes"/></C:comp></C:comp><C:expand start="20260101T000000Z" end="20270101T000000Z"/></C:calendar-data></prop><C:filter>'
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260101T000000Z"/></C:comp-filter></C:comp-filter>'
    "</C:filter><C:timezone-id>Europe/Paris</C:timezone-id></C:calendar-query>",
    f"<C:calendar-multiget {_NAMESPACES}><prop><C:calendar-data/></prop><href>/SOGo/dav/a/Calendar/personal/a%40b.ics</href></C:calendar-multiget>",
    f'<C:free-busy-query {_NAMESPACES}><C:time-range start="20260101T000000Z" end="20270101T000000Z"/></C:free-busy-query>',
    f'<R:addressbook-multiget {_NAMESPACES}><prop><R:address-data content-type="text/vcard" version="4.0"><R:prop name="FN"/>'
    "</R:address-data></prop><href>/SOGo/dav/a/Contacts/personal/a.vcf</href></R:addressbook-multiget>",
    f'<expand-property {_NAMESPACES}><property name="owner"><property name="displayname"/></property></expand-property>',
    f'<principal-property-search {_NAMESPACES} test="anyof"><property-search><prop><displayname/></prop><match>ada</match></property-search>'
    "</principal-property-search>",
    f"<principal-match {_NAMESPACES}><self/></principal-match>",
    f'<I:mail-query {_NAMESPACES} xmlns:I="urn:inverse:params:xml:ns:inverse-dav" xmlns:MH="urn:schemas:mailheader:"><prop><MH:from/></prop><I:mail-filters>'
    '<I:sent-date from="20270111T000000Z" not="1"/><I:uid from="1" to="*"/><I:size min="1"/><I:keywords match="x"/></I:mail-filters><I:sort order="descending">'
    "<MH:cc/></I:sort></I:mail-query>",
    '<P:push-register xmlns="DAV:" xmlns:P="https://bitfire.at/webdav-push"><P:subscription><P:web-push-subscription><P:push-resource>https://x/y'
    '</P:push-resource><P:subscription-public-key type="p256dh">BA</P:subscription-public-key><P:auth-secret>AA</P:auth-secret>'
    "</P:web-push-subscription></P:subscription><P:trigger><P:content-update><depth>1</depth></P:content-update></P:trigger></P:push-register>",
    '<acl-query xmlns="urn:inverse:params:xml:ns:inverse-dav"><set-roles users="a,@b,&lt;default&gt;"><PublicViewer/><ObjectCreator/></set-roles></acl-query>',
    '<acl-query xmlns="urn:inverse:params:xml:ns:inverse-dav"><user-list params="nocn,noemail"/></acl-query>',
    '<collection-query xmlns="urn:inverse:params:xml:ns:inverse-dav"><prop-match name="resource-type">calendar</prop-match>'
    '<prop-match name="owner">/SOGo/dav/ada</prop-match></collection-query>',
    '<user-query xmlns="urn:inverse:params:xml:ns:inverse-dav"><users match-name="ada"/></user-query>',
    '<S:share xmlns:S="http://calendarserver.org/ns/" xmlns="DAV:"><S:set><href>mailto:a@b</href><S:summary>x</S:summary><S:read-write/></S:set>'
    "<S:remove><href>/SOGo/dav/ada/</href></S:remove></S:share>",
    '<S:invite-reply xmlns:S="http://calendarserver.org/ns/" xmlns="DAV:"><href>mailto:a@b</href><S:invite-accepted/><S:hosturl><href>/x/</href>'
    "</S:hosturl><S:in-reply-to>1</S:in-reply-to></S:invite-reply>",
)
_RULES = (
    "20260101T100000Z\nFREQ=WEEKLY;INTERVAL=2;BYDAY=MO,-1FR;WKST=SU;COUNT=10",
    "20240229\nFREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,-1;BYSETPOS=-1;UNTIL=20301231",
    "20260101T100000\nFREQ=SECONDLY;BYHOUR=1,2;BYMINUTE=3;BYSECOND=59;BYYEARDAY=100;BYWEEKNO=20",
)
_HEADERS = (
    '<http://host/SOGo/dav/a/> (Not <urn:uuid:1> ["etag"]) (<urn:uuid:2>)', "Second-3600, Infinite", "<opaquelocktoken:1>",
    'return=minimal; x="y", depth-noroot', "20260101T100000Z", "-P1DT2H", "#FF00AAFF", "vevent,vtodo", "Europe/Paris", "YWJj",
    "=?utf-8?q?Gr=C3=BC?= =?utf-8?b?w7w=?= [x] Re[2]: fwd: (fwd)", "data:,0a1b2c3d-17", "Basic YW5uYTpzZWNyZXQ=", "gzip;q=0.5, *;q=0", "text/vcard;version=4.0;q=0.9, */*", 'W/"a", "b\\"c", *', "de-AT,fr;q=0.3",
    "written\tus\t5\t0a1b\t7\ta.ics", "postgresql://u:p@h:1/d/t",
)  # fmt: skip
_QUALIFIERS = ("(mail = 'a@b' AND NOT (cn LIKE '*x*')) OR uid = $login", "c_name != NULL AND c_active = 1")
_MAILS = (
    'From: "A, b" (c) <a@example.org>\r\nAuthentication-Results: mx 1; dkim=pass (x) header.d=example.org; dmarc=pass header.from=example.org\r\n'
    "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/calendar; method=REQUEST; name*0*=utf-8''%C3; name*1=x\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nBEGIN:VCALENDAR=0D=0AMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n--b\r\nContent-Type: application/ics; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\nQkVHSU4=\r\n--b--\r\n",
)
_HREFS = (
    "/SOGo/dav/a%40b/Calendar/personal/x.ics",
    "http://Host:80/SOGo/dav/%2540/%C3%A9/?q#f",
    "/../%2e%2e/%2F/",
)


_IMAP = (
    '* OK [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n* LIST (\\HasNoChildren) "/" "a \\"b\\" &AOk-"\r\n* STATUS x (MESSAGES 1 UIDNEXT 2)\r\n',
    '* 1 FETCH (UID 7 FLAGS (\\Seen $x) INTERNALDATE " 1-Feb-2027 09:00:00 -0130" RFC822.SIZE 44 MODSEQ (9) BODY[HEADER.FIELDS (To "Cc")]<0> {4}\r\n'
    'ab\r\n ENVELOPE ("d" "s" (("A" NIL "a" "x")) NIL NIL ((NIL NIL "g" NIL)("B" NIL "b" "x")(NIL NIL NIL NIL)) NIL NIL NIL "<i>"))\r\n',
    '* 1 FETCH (BODYSTRUCTURE (("text" "plain" ("charset" "x") "<i>" NIL "7bit" 12 1 NIL ("inline" NIL) ("de") "l")("message" "rfc822" NIL NIL NIL '
    '"7bit" 33 ("d" "s") ("text" "plain" NIL NIL NIL "7bit" 3 1) 4) "mixed" ("boundary" "x")))\r\n',
    '* ESEARCH (TAG "A1") UID MIN 2 ALL 2,8:9 MODSEQ 7\r\n* SEARCH 2 84 (MODSEQ 917)\r\n* THREAD (3 6 (4 23)(44 7))((1)(2))\r\n* VANISHED (EARLIER) 41,43:116\r\n',
    '* NAMESPACE (("" "/")) NIL (("pub." "."))\r\n* ACL INBOX fred rwi\r\n* QUOTA "" (STORAGE 10 512)\r\n* ID ("name" NIL)\r\n+ x\r\n'
    "a1 OK [COPYUID 1 2:3 4:5] done\r\na2 NO [BADCHARSET ({2}\r\nab)] x {3}\r\n",
)


def seeds(target: str) -> Iterator[bytes]:
    """The inputs a target starts from."""
    if target in _CALENDAR_TARGETS:
        yield from (text.encode() for text in CALENDARS)
        yield from _recorded("*.ics")
    if target in _CARD_TARGETS:
        yield from (text.encode() for text in CARDS)
        yield from _recorded("*.vcf")
    made = {
        "xml": (*_BODIES, *CALENDAR_QUERIES, *CARD_QUERIES),
        "rule": _RULES,
        "header": _HEADERS,
        "href": _HREFS,
        "qualifier": _QUALIFIERS,
        "imap": _IMAP,
        "incoming_mail": _MAILS,
        "property_list": (
            '{ a = (1, <00ff>, "x\\n"); b = { c = <*I5>; d = <*BY>; }; }',
            'a = "b";',
            "{/* c */ k = v; }",
        ),
    }
    yield from (text.encode() for text in made.get(target, ()))
    if FOUND.is_dir():
        yield from (path.read_bytes() for path in found())


def found() -> list[Path]:
    return sorted(FOUND.iterdir()) if FOUND.is_dir() else []


def _recorded(pattern: str) -> Iterator[bytes]:
    for path in sorted((VECTORS / "quick").glob(pattern)):
        stored = path.with_suffix(".stored")
        yield (stored if stored.exists() else path).read_bytes()[:20_000]


WORDS = (
    "BEGIN:", "END:", "VEVENT", "VTODO", "VJOURNAL", "VALARM", "VTIMEZONE", "STANDARD", "DAYLIGHT", "TZOFFSETFROM:", "TZOFFSETTO:", "RRULE:FREQ=",
    "YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY", "COUNT=", "UNTIL=", "INTERVAL=", "BYSETPOS=", "BYDAY=", "BYMONTH=",
    "BYMONTHDAY=", "BYYEARDAY=", "BYWEEKNO=", "BYHOUR=", "BYMINUTE=", "BYSECOND=", "WKST=", "RDATE:", "EXDATE:", "EXRULE:", "RECURRENCE-ID:", ";RANGE=THISANDFUTURE",
    ";VALUE=DATE:", ";VALUE=PERIOD:", ";TZID=", "00010101", "99991231T235959Z", "00000000", "P1W", "-P99999999D", "PT", "DURATION:", "TRIGGER:", ";RELATED=END",
    "DTSTART:", "DTEND:", "DUE:", "COMPLETED:", "\r\n ", "\r\n\t", "\r", "\0", "\ufeff", "\u2028", ";ENCODING=QUOTED-PRINTABLE", ";CHARSET=", "=\r\n", "^n", "\\n", "\\,",
    "VCARD", "VLIST", "VERSION:", "4.0", "2.1", "ADR", "N:", "BDAY:", "--0203", "AGENT:", "PHOTO;ENCODING=b:", "data:image/png;base64,", "MEMBER:", "ORG:", "item1.", ";TYPE=",
    "{3}\r\n", "~{1}\r\n", "* 1 FETCH (", "NIL ", "BODY[", "* THREAD (", "* OK [",
    "<![CDATA[", "<!DOCTYPE", "<!ENTITY", "&#0;", "&lt;", "xmlns:", "xml:lang=", "novalue=", "<C:expand", "<C:limit-recurrence-set", "<is-not-defined/>",
    "Content-Type:", "multipart/mixed; boundary=b", "--b\r\n", "--b--", "message/rfc822", "Content-Transfer-Encoding: base64", "charset=utf-16", "\r\n\r\n",
    "From:", "Authentication-Results:", "; dkim=pass header.d=",
    "text-match", "param-filter", "prop-filter", "comp-filter", "time-range", "collation=", "match-type=", "negate-condition=",
)  # fmt: skip
"""Words of the formats, for mutation."""
