"""What a mail brings, before anybody decides about it."""

from __future__ import annotations

import pytest

from sogo.errors import CodecError
from sogo.mail.incoming import MAX_MESSAGES, IncomingMail, read
from tests.support.imip import TRUSTED, mail, message, vouched

ANN = "ann@elsewhere.org"
CALENDAR = message("REQUEST", "m", ANN, {"ben": "NEEDS-ACTION"})


def taken(octets: bytes, limit: int = 100_000) -> IncomingMail:
    return read(octets, trusted={TRUSTED}, max_calendar_bytes=limit)


@pytest.mark.parametrize(
    "octets", [b"", b"\r\n\r\n", b"\x00\x01\x02", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"no mail at all"]
)
def test_what_is_no_mail_is_said_to_be_none(octets: bytes) -> None:
    with pytest.raises(CodecError):
        taken(octets)


def test_a_calendar_that_comes_as_part_and_as_file_is_one_message() -> None:
    octets = mail(ANN, CALENDAR)
    boundary = octets.split(b'boundary="')[1].split(b'"')[0]
    file = b"--" + boundary + b'\r\nContent-Type: application/ics; name="invite.ics"\r\n\r\n' + CALENDAR.encode()
    twice = octets.replace(b"--" + boundary + b"--", file + b"\r\n--" + boundary + b"--")
    assert [one.method for one in taken(twice).messages] == ["REQUEST"]


def test_a_file_without_method_or_with_another_than_its_part_says_is_no_message() -> None:
    assert taken(mail(ANN, CALENDAR.replace("METHOD:REQUEST\r\n", ""))).messages == ()
    lying = (
        mail(ANN, CALENDAR)
        .replace(b'method="REQUEST"', b'method="PUBLISH"')
        .replace(b"method=REQUEST", b"method=PUBLISH")
    )
    assert taken(lying).messages == ()
    two = CALENDAR.replace("UID:m", "UID:m\r\nMETHOD:CANCEL")
    assert taken(mail(ANN, two)).messages == ()


def test_what_is_too_large_or_too_much_is_left_and_said() -> None:
    assert taken(mail(ANN, CALENDAR), limit=100).is_cut
    assert taken(mail(ANN, CALENDAR), limit=100).messages == ()
    parts = "".join(
        f"--b\r\nContent-Type: text/calendar\r\n\r\n{CALENDAR.replace('UID:m', f'UID:m{number}')}\r\n"
        for number in range(50)
    )
    octets = f"From: {ANN}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n".encode()
    found = taken(octets)
    assert (found.is_cut, len(found.messages)) == (True, MAX_MESSAGES)


@pytest.mark.parametrize(
    ("fields", "is_automatic"),
    [({}, False), ({"Auto_Submitted": "no"}, False), ({"Auto_Submitted": "auto-generated"}, True), ({"Auto_Submitted": "auto-replied; x=y"}, True), ({"Precedence": "bulk"}, True), ({"Return_Path": "<>"}, True), ({"List_Id": "<l.example.org>"}, True)],
    ids=str,
)  # fmt: skip
def test_mail_of_programs_is_known(fields: dict[str, str], is_automatic: bool) -> None:
    assert taken(mail(ANN, CALENDAR, **fields)).is_automatic is is_automatic


@pytest.mark.parametrize(
    ("results", "is_believed"),
    [
        (vouched("elsewhere.org"), True),
        (vouched("elsewhere.org").upper().replace("PASS", "pass"), True),
        (f"{TRUSTED} 1; spf=pass smtp.mailfrom=bounce@elsewhere.org", True),
        (f"{TRUSTED}; dkim=pass header.i=@elsewhere.org", True),
        (f"{TRUSTED}; dkim=fail header.d=x.org; dkim=pass header.d=elsewhere.org", True),
        (f"{TRUSTED}; dkim=pass header.d=org", False),
        (f"{TRUSTED}; dkim=pass header.d=where.org", False),
        (f"{TRUSTED}; dkim=pass", False),
        (f"{TRUSTED}; spf=softfail smtp.mailfrom=elsewhere.org", False),
        (f"{TRUSTED}; arc=pass header.d=elsewhere.org", False),
        (f"{TRUSTED}; dkim=pass header.d=elsewhere.org; dmarc=fail header.from=elsewhere.org", False),
        (f"{TRUSTED}.evil.example; dkim=pass header.d=elsewhere.org", False),
    ],
    ids=str,
)  # fmt: skip
def test_who_is_believed(results: str, is_believed: bool) -> None:
    found = taken(mail(ANN, CALENDAR, results=results)).sender
    assert (found.address, found.is_believed) == (ANN, is_believed)


@pytest.mark.parametrize("more", ["From: mallory@evil.example\r\n", "from: x\r\n"])
def test_two_from_fields_are_none(more: str) -> None:
    assert taken(more.encode() + mail(ANN, CALENDAR)).sender.address == ""
    assert not taken(more.encode() + mail(ANN, CALENDAR)).sender.is_believed
