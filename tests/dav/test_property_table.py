"""Which property is where: one table over all kinds of resources, and that nobody sets what is not theirs to set."""

from __future__ import annotations

import pytest

from tests.support.house import CS, C, Client, D, body, card, event, propfind

USER = "/SOGo/dav/anna/"
KINDS = {
    "R": "/SOGo/dav/", "P": USER, "H": USER + "Calendar/", "h": USER + "Contacts/", "C": USER + "Calendar/personal/",
    "B": USER + "Contacts/personal/", "D": USER + "Contacts/staff/", "E": USER + "Calendar/personal/e.ics",
    "V": USER + "Contacts/personal/v.vcf", "d": USER + "Contacts/staff/anna",
    "X": USER + "Calendar/personal.ics", "F": USER + "freebusy.ifb", "G": USER + "calendar-proxy-write/",
    "N": USER + "notifications/", "I": USER + "Calendar/inbox/", "O": USER + "Calendar/outbox/",
}  # fmt: skip
"""R root, P principal, H calendar home, h contacts home, C calendar, B address book, D directory, E event, V card,
d directory card, X export file, F free-busy file, G group of proxies, N notifications, I inbox, O outbox."""
ALL, BELOW = "RPHhCBDEVdXFGNIO", "PHhCBDEVdXFGNIO"


TABLE = {
    # RFC 4918
    "D:resourcetype": ALL, "D:displayname": ALL, "D:getcontenttype": ALL, "D:getetag": "EVdX", "D:getcontentlength": "EVd",
    "D:getlastmodified": "CBEVX", "D:creationdate": "EV", "D:supportedlock": ALL, "D:lockdiscovery": ALL,
    "D:getcontentlanguage": "",
    # RFC 3253, 3744, 5397, 5842
    "D:supported-report-set": ALL, "D:supported-method-set": ALL, "D:supported-live-property-set": ALL,
    "D:current-user-principal": ALL, "D:principal-collection-set": ALL, "D:principal-URL": "PHhG", "D:owner": BELOW,
    "D:group": "", "D:acl": BELOW, "D:acl-restrictions": BELOW, "D:inherited-acl-set": BELOW,
    "D:supported-privilege-set": ALL, "D:current-user-privilege-set": ALL, "D:alternate-URI-set": "PG",
    "D:group-membership": "PHG", "D:group-member-set": "G", "D:resource-id": "PCB",
    # RFC 4331
    "D:quota-used-bytes": "HhCB", "D:quota-available-bytes": "",
    # RFC 6578, ctag
    "D:sync-token": "HhCBI", "CS:getctag": "HhCBI", "CS:getetag": "EVd",
    # RFC 4791, 6638, 7809
    "C:calendar-home-set": "P", "C:calendar-user-address-set": "P", "C:calendar-user-type": "P",
    "C:supported-calendar-component-set": "HC", "C:supported-calendar-component-sets": "H",
    "C:supported-calendar-data": "C", "C:supported-collation-set": "CE", "C:max-resource-size": "C",
    "C:min-date-time": "C", "C:max-date-time": "C", "C:max-attendees-per-instance": "C", "C:max-instances": "",
    "C:calendar-description": "C", "C:calendar-timezone": "C", "C:calendar-timezone-id": "C",
    "C:timezone-service-set": "HC", "C:schedule-calendar-transp": "C", "C:calendar-data": "E",
    "C:schedule-inbox-URL": "P", "C:schedule-outbox-URL": "P", "C:calendar-free-busy-set": "I",
    "C:schedule-default-calendar-URL": "I", "C:schedule-tag": "", "C:calendar-availability": "",
    # RFC 8607
    "C:managed-attachments-server-URL": "H", "C:max-attachment-size": "C", "C:max-attachments-per-resource": "C",
    # RFC 6352
    "CR:addressbook-home-set": "P", "CR:directory-gateway": "Ph", "CR:principal-address": "",
    "CR:addressbook-description": "B", "CR:supported-address-data": "BD", "CR:supported-collation-set": "BDVd",
    "CR:max-resource-size": "B", "CR:address-data": "Vd",
    # Apple, CalendarServer
    "ICAL:calendar-color": "C", "ICAL:calendar-order": "C", "ICAL:refreshrate": "", "CS:source": "", "CS:me-card": "",
    "CS:email-address-set": "P", "CS:calendar-proxy-read-for": "PH", "CS:calendar-proxy-write-for": "PH", "CS:first-name": "P", "CS:last-name": "P", "CS:record-type": "", "CS:xmpp-uri": "",
    "CS:auto-schedule": "", "CS:allowed-sharing-modes": "C", "CS:invite": "C", "CS:shared-url": "", "CS:notification-URL": "P",
    "CS:notificationtype": "", "CS:dropbox-home-URL": "", "CS:pushkey": "",
    "CS:push-transports": "", "C:default-alarm-vevent-datetime": "", "C:default-alarm-vtodo-date": "",
    # the original's own
    "I:calendar-show-alarms": "C", "I:notify-on-personal-modifications": "C", "I:notify-on-external-modifications": "C",
    "I:notify-user-on-personal-modifications": "C", "I:notified-user-on-personal-modifications": "C",
    "I:events-default-classification": "H", "I:tasks-default-classification": "H", "I:contacts-categories": "h",
    # of Exchange and its folders on the web, which the original shows and nobody asks for any more
    "D:iscollection": "", "D:isfolder": "", "D:ishidden": "", "D:hassubs": "", "D:childcount": "", "D:contentclass": "",
}  # fmt: skip

SETTABLE = {
    "D:displayname", "C:calendar-description", "C:calendar-timezone", "C:calendar-timezone-id",
    "C:schedule-calendar-transp", "ICAL:calendar-color", "ICAL:calendar-order", "I:calendar-show-alarms", "I:notify-on-personal-modifications",
    "I:notify-on-external-modifications", "I:notify-user-on-personal-modifications",
    "I:notified-user-on-personal-modifications",
}  # fmt: skip
"""On a calendar, by its owner."""
KEPT = {
    "ICAL:refreshrate",
    "CS:source",
    "CS:me-card",
    "C:calendar-availability",
    "C:default-alarm-vevent-datetime",
    "C:default-alarm-vtodo-date",
}
"""What clients keep there, though it means nothing to the server."""
INVERSE = ' xmlns:I="urn:inverse:params:xml:ns:inverse-dav"'


def clark(name: str) -> str:
    prefix, _, local = name.partition(":")
    spaces = {
        "D": D, "C": C, "CS": CS, "CR": "{urn:ietf:params:xml:ns:carddav}", "ICAL": "{http://apple.com/ns/ical/}",
        "I": "{urn:inverse:params:xml:ns:inverse-dav}",
    }  # fmt: skip
    return spaces[prefix] + local


async def furnish(anna: Client) -> None:
    await anna.propfind(KINDS["H"], "D:displayname", depth="1")
    await anna.propfind(KINDS["h"], "D:displayname", depth="1")
    assert (await anna.put(KINDS["E"], event("e"))).status == 201
    assert (await anna.put(KINDS["V"], card("v", "Vera"))).status == 201


@pytest.mark.parametrize("kind", KINDS)
async def test_a_resource_has_the_properties_of_its_kind_and_no_others(anna: Client, kind: str) -> None:
    await furnish(anna)
    asked = propfind(*TABLE).replace("<D:propfind ", f"<D:propfind{INVERSE} ", 1)
    answer = await anna("PROPFIND", KINDS[kind], asked, Depth="0")
    found = {name for name in TABLE if answer.prop_status(KINDS[kind], clark(name)) == 200}
    expected = {name for name, kinds in TABLE.items() if kind in kinds}
    assert found == expected


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_resource_says_it_has_it_has(anna: Client, kind: str) -> None:
    await furnish(anna)
    listed = (await anna.propfind(KINDS[kind], "D:supported-live-property-set")).prop(
        KINDS[kind], D + "supported-live-property-set"
    )
    assert listed is not None
    names = {str(item[0][0].tag) for item in listed}
    assert {clark(name) for name, kinds in TABLE.items() if kind in kinds} <= names


async def test_the_methods_a_resource_names_are_those_it_allows(anna: Client) -> None:
    await furnish(anna)
    for path in KINDS.values():
        listed = (await anna.propfind(path, "D:supported-method-set")).prop(path, D + "supported-method-set")
        assert listed is not None
        allowed = (await anna("OPTIONS", path)).headers["Allow"].split(", ")
        assert [item.get("name") for item in listed] == allowed


async def test_a_calendar_says_how_far_time_goes_and_means_it(anna: Client) -> None:
    await furnish(anna)
    read = await anna.propfind(KINDS["C"], "C:min-date-time", "C:max-date-time", "C:max-attendees-per-instance")
    first, last = (read.prop_text(KINDS["C"], C + name) for name in ("min-date-time", "max-date-time"))
    assert (first, last) == ("00010102T000000Z", "99991230T000000Z")
    for number, (start, status) in enumerate([(first, 201), (last, 201), ("00010101T000000Z", 403)]):
        assert (await anna.put(f"{KINDS['C']}t{number}.ics", event(f"t{number}", start))).status == status
    most = int(read.prop_text(KINDS["C"], C + "max-attendees-per-instance"))
    many = [f"ATTENDEE:mailto:{number}@x.org" for number in range(most + 1)]
    refused = await anna.put(KINDS["C"] + "many.ics", event("many", "20260601T100000Z", *many))
    assert (refused.status, refused.condition) == (403, C + "max-attendees-per-instance")


@pytest.mark.parametrize("name", sorted(TABLE))
async def test_only_what_is_the_owners_to_set_can_be_set(anna: Client, name: str) -> None:
    await furnish(anna)
    inner = f"<D:set><D:prop><{name}{INVERSE}>x</{name}></D:prop></D:set>"
    answer = await anna("PROPPATCH", KINDS["C"], body("D:propertyupdate", inner))
    status = answer.prop_status(KINDS["C"], clark(name))
    if name in KEPT:
        assert status == 200
        asked = await anna("PROPFIND", KINDS["C"], propfind(name), Depth="0")
        assert asked.prop_text(KINDS["C"], clark(name)) == "x"
    elif name in SETTABLE:
        assert "cannot-modify-protected-property" not in answer.text
    elif "C" in TABLE[name] or name[:2] in {"D:", "C:"}:
        assert status == 403
        assert "cannot-modify-protected-property" in answer.text


async def test_the_card_of_oneself_is_kept_where_contacts_of_macos_looks_for_it(anna: Client) -> None:
    await furnish(anna)
    inner = f"<CS:me-card><D:href>{KINDS['V']}</D:href></CS:me-card>"
    set_ = body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")
    assert (await anna("PROPPATCH", KINDS["h"], set_)).prop_status(KINDS["h"], CS + "me-card") == 200
    kept = (await anna.propfind(KINDS["h"], "CS:me-card")).prop(KINDS["h"], CS + "me-card")
    assert kept is not None
    assert kept.findtext(D + "href") == KINDS["V"]
