"""Every no says why: the element that the RFCs name for it, and words for people (RFC 4918 §16)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from sogo.dav.failures import is_defined
from tests.house.source import modules
from tests.support.house import CR, C, Client, D, body, card, event, propfind

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
BOOKS = "/SOGo/dav/anna/Contacts/"
BOOK = BOOKS + "personal/"
NAMES = "<D:prop><D:getetag/></D:prop>"

OURS = {
    "": "a value that makes no sense, for which no document has a name",
    "bad-color": "the same, for a colour",
    "number-of-parts": "more overrides, dates or rules in one object than anybody writes: max-instances is another limit",
    "supported-text": "what a database cannot hold, where no document is written",
    "property-name": "a name that is too long to be kept",
    "property-value": "a value that is too long to be kept",
    "readable-profile": "preferences in the database that nobody can read",
    "json-value": "preferences that are no JSON",
}
"""Rules that have no element, since no document defines one."""


ELSEWHERE = ("sogo/demo", "sogo/api/timezone")
"""What never gets to the DAV face. The time zone service has names of its own (RFC 7808 §10.1)."""


def _rules() -> Iterator[tuple[str, str]]:
    """Every rule named in the code, with its place."""
    for module in modules():
        if module.path.startswith(ELSEWHERE):
            continue
        constants = _constants(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg == "rule":
                for text in _texts(node.value, constants):
                    yield text, f"{module.path}:{node.value.lineno}"


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                    found |= {name.id: value for name, value in pairs if isinstance(name, ast.Name)}
    return found


def _texts(value: ast.expr, constants: dict[str, ast.expr]) -> list[str]:
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name in constants:
            return _texts(constants[name], constants)
        case ast.Subscript(value=ast.Name(id=name)) if name in constants:
            return _texts(constants[name], constants)
        case ast.Dict(values=values):
            return [text for one in values for text in _texts(one, constants)]
    return []


def test_every_rule_in_the_code_is_one_of_a_document_or_known_to_be_ours() -> None:
    rules = list(_rules())
    assert len(rules) > 50
    unknown = [f"{place} {rule}" for rule, place in rules if not is_defined(rule) and rule not in OURS]
    assert not unknown, unknown
    assert not [rule for rule in OURS if is_defined(rule)]


def patch(inner: str) -> str:
    return body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")


QUERY = "<C:filter><C:comp-filter name='VCALENDAR'>{}</C:comp-filter></C:filter>"
COLLATION = (
    "<C:comp-filter name='VEVENT'><C:prop-filter name='SUMMARY'><C:text-match collation='i;odd'>x</C:text-match>"
    "</C:prop-filter></C:comp-filter>"
)
ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
NO_CALENDAR = '<C:supported-calendar-component-set><C:comp name="VALARM"/></C:supported-calendar-component-set>'

REFUSALS = {
    "PUT no calendar": ("PUT", CAL + "a.ics", "nonsense", {}, 403, C + "valid-calendar-data"),
    "PUT two uids": (
        "PUT", CAL + "a.ics", event("a").replace("END:VCALENDAR\r\n", "") + event("b").split("EN\r\n", 1)[1], {},
        403, C + "valid-calendar-object-resource",
    ),
    "PUT vCalendar": (
        "PUT", CAL + "a.ics", event("a").replace("VERSION:2.0", "VERSION:1.0"), {}, 403, C + "supported-calendar-data",
    ),
    "PUT too early": ("PUT", CAL + "a.ics", event("a", "00010101T000000Z"), {}, 403, C + "min-date-time"),
    "PUT too large": (
        "PUT", CAL + "a.ics", event("a", "20260601T100000Z", "DESCRIPTION:" + "x" * 280_000), {}, 403,
        C + "max-resource-size",
    ),
    "PUT far too large": ("PUT", CAL + "a.ics", "x" * 400_000, {}, 413, C + "max-resource-size"),
    "PUT same uid": ("PUT", CAL + "other.ics", event("there"), {}, 409, C + "no-uid-conflict"),
    "PUT no card": ("PUT", BOOK + "a.vcf", "nonsense", {}, 403, CR + "valid-address-data"),
    "PUT odd version": (
        "PUT", BOOK + "a.vcf", card("a", "A").replace("VERSION:3.0", "VERSION:9.0"), {}, 403,
        CR + "supported-address-data",
    ),
    "PUT image": ("PUT", CAL + "a.ics", "x", {"Content-Type": "image/png"}, 415, C + "supported-calendar-data"),
    "PUT page": ("PUT", BOOK + "a.vcf", "x", {"Content-Type": "text/html"}, 415, CR + "supported-address-data"),
    "MKCALENDAR again": ("MKCALENDAR", CAL, "", {}, 405, D + "resource-must-be-null"),
    "MKCALENDAR inside": ("MKCALENDAR", CAL + "x/", "", {}, 403, C + "calendar-collection-location-ok"),
    "MKCALENDAR of books": ("MKCALENDAR", BOOKS + "x/", "", {}, 403, C + "calendar-collection-location-ok"),
    "MKCOL bare": ("MKCOL", HOME + "x/", "", {}, 403, D + "valid-resourcetype"),
    "REPORT unknown": ("REPORT", CAL, body("X:odd", ""), {}, 403, D + "supported-report"),
    "REPORT elsewhere": ("REPORT", BOOK, body("C:calendar-query", ""), {}, 403, D + "supported-report"),
    "REPORT filter": ("REPORT", CAL, body("C:calendar-query", NAMES), {}, 403, C + "valid-filter"),
    "REPORT collation": (
        "REPORT", CAL, body("C:calendar-query", NAMES + QUERY.format(COLLATION)), {}, 403, C + "supported-collation",
    ),
    "REPORT data": (
        "REPORT", CAL,
        body("C:calendar-query", '<D:prop><C:calendar-data content-type="x/y"/></D:prop>' + QUERY.format("")), {}, 403,
        C + "supported-calendar-data",
    ),
    "REPORT token": (
        "REPORT", CAL, body("D:sync-collection", f"<D:sync-token>x</D:sync-token><D:sync-level>1</D:sync-level>{NAMES}"),
        {}, 403, D + "valid-sync-token",
    ),
    "REPORT future": (
        "REPORT", CAL,
        body("D:sync-collection", f"<D:sync-token>data:,a-99</D:sync-token><D:sync-level>1</D:sync-level>{NAMES}"),
        {}, 403, D + "valid-sync-token",
    ),
    "PROPFIND entity": ("PROPFIND", CAL, ENTITY + propfind("D:getetag")[21:], {}, 403, D + "no-external-entities"),
    "DELETE home": ("DELETE", HOME, "", {}, 403, D + "need-privileges"),
    "DELETE personal": ("DELETE", CAL, "", {}, 403, D + "need-privileges"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSALS)
async def test_a_refusal_names_the_rule_and_says_it_in_words(anna: Client, what: str) -> None:
    method, path, text, headers, status, condition = REFUSALS[what]
    await anna.propfind(HOME, "D:displayname", depth="1")
    await anna.propfind(BOOKS, "D:displayname", depth="1")
    await anna.put(CAL + "there.ics", event("there"))
    answer = await anna(method, path, text, **headers)
    assert (answer.status, answer.condition) == (status, condition), answer.text
    assert "".join(answer.xml.itertext()).strip()


@pytest.mark.parametrize(
    ("method", "path", "text", "headers", "status"),
    [
        ("PROPFIND", CAL, "<", {}, 400), ("PROPFIND", CAL, "", {"Depth": "7"}, 400), ("REPORT", CAL, "", {}, 400),
        ("PROPPATCH", CAL, "", {}, 400), ("PROPPATCH", CAL, body("D:propertyupdate", ""), {}, 400),
        ("MKCALENDAR", HOME + "n/", "<x/>", {}, 400), ("MOVE", CAL + "there.ics", "", {}, 400),
        ("PUT", CAL + "a.ics", event("a"), {"If-Match": "(("}, 412), ("PUT", HOME + "none/a.ics", event("a"), {}, 409),
        ("PUT", CAL, event("a"), {}, 405), ("GET", CAL + "none.ics", "", {}, 404), ("GET", HOME, "", {}, 405),
        ("MKCOL", "/SOGo/dav/anna/none/x/", "", {}, 409), ("PUT", CAL + "there.ics", "", {"If-Match": '"x"'}, 412),
        ("MOVE", CAL + "there.ics", "", {"Destination": "http://elsewhere.example/x"}, 502),
        ("PROPFIND", "/SOGo/dav/nobody/", "", {}, 404), ("PROPFIND", CAL, "x" * 600_000, {}, 413),
    ],
)  # fmt: skip
async def test_what_has_no_rule_is_still_said_in_words(
    anna: Client, method: str, path: str, text: str, headers: dict[str, str], status: int
) -> None:
    await anna.put(CAL + "there.ics", event("there"))
    answer = await anna(method, path, text, **headers)
    assert (answer.status, answer.xml.tag) == (status, D + "error"), answer.text
    assert "".join(answer.xml.itertext()).strip()


@pytest.mark.parametrize(
    ("method", "path", "privilege", "on"),
    [("MKCALENDAR", HOME + "new/", "bind", HOME), ("PROPPATCH", HOME, "write-properties", HOME)],
)
async def test_a_missing_right_is_named_with_the_resource_that_wants_it(
    ben: Client, method: str, path: str, privilege: str, on: str
) -> None:
    answer = await ben(method, path, patch("<X:d>1</X:d>") if method == "PROPPATCH" else "")
    assert (answer.status, answer.condition) == (403, D + "need-privileges")
    [resource] = answer.xml[0]
    assert resource.tag == D + "resource"
    assert resource.findtext(D + "href") == on
    assert resource.find(f"{D}privilege/{D}{privilege}") is not None


async def test_a_property_that_is_refused_says_why_beside_it(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    protected = await anna("PROPPATCH", CAL, patch("<D:getetag>x</D:getetag><X:y/>"))
    [why] = protected.xml.iter(D + "error")
    assert [str(item.tag) for item in why] == [D + "cannot-modify-protected-property"]
    zone = await anna("PROPPATCH", CAL, patch("<C:calendar-timezone>nonsense</C:calendar-timezone>"))
    [why] = zone.xml.iter(D + "error")
    assert [str(item.tag) for item in why] == [C + "valid-calendar-data"]
    color = await anna("PROPPATCH", CAL, patch("<ICAL:calendar-color>red</ICAL:calendar-color>"))
    assert not list(color.xml.iter(D + "error"))
    assert color.xml.findtext(f"{D}response/{D}propstat/{D}responsedescription")


async def test_the_other_object_of_a_uid_is_named(anna: Client) -> None:
    await anna.put(CAL + "there.ics", event("there"))
    refused = await anna.put(CAL + "other.ics", event("there"))
    assert refused.xml[0].findtext(D + "href") == CAL + "there.ics"
