"""Who wants a receipt, and what is worth one."""

from __future__ import annotations

import pytest

from sogo.model.calendar_object import CalendarObject, check
from sogo.model.folder import Folder, FolderKind
from sogo.model.receipts import Attendance, Readers, ReceiptDefaults, attendance, is_same, readers
from tests.support.mails import PARIS, event

FOLDER = Folder(1, "anna", FolderKind.CALENDAR, "personal", "Personal")
KEY = "anna:Calendar/personal"


def settings(**values: object) -> dict[str, dict[str, dict[str, object]]]:
    return {"Calendar": {name: {KEY: value} for name, value in values.items()}}


@pytest.mark.parametrize("by_owner", [True, False])
@pytest.mark.parametrize("said", [None, 0, 1, "YES", "0"])
@pytest.mark.parametrize("default", [True, False])
def test_the_calendar_says_and_else_the_domain(by_owner: bool, said: object, default: bool) -> None:
    key = "NotifyOnPersonalModifications" if by_owner else "NotifyOnExternalModifications"
    defaults = ReceiptDefaults(personal=default and by_owner, external=default and not by_owner)
    found = readers(settings(**({} if said is None else {key: said})), FOLDER, by_owner=by_owner, defaults=defaults)
    assert found == Readers(owner=default if said is None else said in (1, "YES"))


def test_somebody_else_is_told_of_the_owner_s_changes_only() -> None:
    chosen = settings(NotifyUserOnPersonalModifications=1, NotifiedUserOnPersonalModifications="bea@example.org")
    assert readers(chosen, FOLDER, by_owner=True, defaults=ReceiptDefaults()) == Readers(other="bea@example.org")
    assert not readers(chosen, FOLDER, by_owner=False, defaults=ReceiptDefaults())
    unsure = settings(NotifiedUserOnPersonalModifications="bea@example.org")
    assert not readers(unsure, FOLDER, by_owner=True, defaults=ReceiptDefaults())
    for address in ("", "no address", "a@b.example\nBcc: c@d.example", 5):
        nobody = settings(NotifyUserOnPersonalModifications=1, NotifiedUserOnPersonalModifications=address)
        assert not readers(nobody, FOLDER, by_owner=True, defaults=ReceiptDefaults())


def obj(*lines: str) -> CalendarObject:
    component = event("x", PARIS, *lines)
    component.remove("METHOD")
    return check(component.render())


def test_stamps_alone_are_no_change() -> None:
    assert is_same(obj("CREATED:20260101T000000Z"), obj("LAST-MODIFIED:20260102T000000Z"))
    assert not is_same(obj(), obj("LOCATION:x"))


def test_who_came_and_went_is_told_by_address() -> None:
    old = obj("ATTENDEE;CN=A:mailto:a@x.example", "ATTENDEE:mailto:b@x.example", "ATTENDEE:mailto:c@x.example")
    new = obj(
        "ATTENDEE;CN=A:MAILTO:A@x.example",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x.example",
        "ATTENDEE;CN=D:mailto:d@x.example",
    )
    found = attendance(old, new)
    assert found.added == (("D", "d@x.example"),)
    assert found.removed == (("", "c@x.example"),)
    assert found.updated == (("A", "A@x.example"), ("", "b@x.example"))
    assert attendance(None, new) == attendance(new, None) == Attendance()
