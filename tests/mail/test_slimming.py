"""What of a calendar is mailed."""

from __future__ import annotations

import pytest

from sogo.mail.slimming import slimmed
from tests.support.mails import PARIS, event

INLINE = [
    "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=image/png:{0}",
    "ATTACH;ENCODING=BASE64:{0}",
    "ATTACH;VALUE=URI:data:text/plain;base64,{0}",
    "attach;value=binary;encoding=base64:{0}",
]


@pytest.mark.parametrize("number", range(len(INLINE)))
def test_a_large_file_is_left_out_and_a_link_stays(number: int) -> None:
    link = "ATTACH:https://files.example.org/" + "a" * 200
    calendar = event("B", PARIS, link, INLINE[number].format("QUJD" * 50), "X-AFTER:1")
    before = calendar.render()
    found = slimmed(calendar, 100)
    assert found.left_out == 1
    assert [line.value for line in found.vcalendar.components("VEVENT")[0].all("ATTACH")] == [link[7:]]
    assert "X-AFTER:1" in found.vcalendar.render()
    assert calendar.render() == before, "what is stored has it all"


def test_small_files_stay_and_of_many_those_that_fit_together() -> None:
    lines = [INLINE[0].format(letter * 40) for letter in "ABC"]
    calendar = event("B", PARIS, *lines)
    assert slimmed(calendar, 120).vcalendar is calendar
    found = slimmed(calendar, 100)
    assert (found.left_out, found.vcalendar.render().count("ATTACH")) == (1, 2)
