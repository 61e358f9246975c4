"""What of a card is refused, what is completed, and that everything else stays octet for octet (RFC 6352 §5.3.2.1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.errors import DomainError, InvalidData, UnsupportedData
from sogo.model.card_object import amend, check
from tests.model.quick_vectors import load

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Ada\r\nEND:VCARD\r\n"


def test_a_card_tells_kind_uid_and_version() -> None:
    obj = check(CARD)
    assert (obj.kind, obj.uid, obj.version, obj.component.name) == ("vcard", "u", "3.0", "VCARD")
    listed = check("BEGIN:VLIST\nUID:l\nVERSION:1.0\nFN:x\nCARD;FN=a;EMAIL=b:c.vcf\nEND:VLIST")
    assert (listed.kind, listed.uid, listed.version) == ("vlist", "l", "1.0")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "valid-address-data"),
        ("hello", "valid-address-data"),
        (CARD + CARD, "valid-address-data"),
        ("hello\r\n" + CARD, "valid-address-data"),
        (CARD + "BEGIN:VLIST\r\nEND:VLIST\r\n", "valid-address-data"),
        ("BEGIN:VCARD\r\n" * 40, "valid-address-data"),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "supported-address-data"),
        (CARD.replace("3.0", "7.0"), "supported-address-data"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_its_rule(text: str, rule: str) -> None:
    with pytest.raises((InvalidData, UnsupportedData)) as caught:
        check(text)
    assert caught.value.fields["rule"] == rule


def test_a_card_above_the_limit_is_refused() -> None:
    with pytest.raises(InvalidData) as caught:
        check(CARD, max_octets=10)
    assert caught.value.rule == "max-resource-size"


@pytest.mark.parametrize("version", ["2.1", "3.0", "4.0"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_card_of_any_version_is_stored_as_sent(version: str, end: str) -> None:
    text = CARD.replace("3.0", version).replace("FN:Ada", "FN:Ada, who is\r\n  folded\r\nitem1.X-A:b\r\nno colon here")
    obj = check(text.replace("\r\n", end))
    assert amend(obj) is obj
    assert obj.render() == text.replace("\r\n", end)


def test_a_card_without_uid_gets_one_and_keeps_the_rest() -> None:
    obj = amend(check(CARD.replace("UID:u\r\n", "")), new_uid=lambda: "made-here")
    assert obj.uid == "made-here"
    assert obj.text == "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nUID:made-here\r\nEND:VCARD\r\n"
    assert amend(check(CARD.replace("UID:u\r\n", ""))).uid != amend(check(CARD.replace("UID:u\r\n", ""))).uid


def test_a_list_without_uid_gets_one_too() -> None:
    assert amend(check("BEGIN:VLIST\nVERSION:1.0\nFN:x\nEND:VLIST"), new_uid=lambda: "l").uid == "l"


def test_a_lost_version_and_a_lost_end_are_found_again() -> None:
    assert amend(check(CARD.replace("VERSION:3.0\r\n", ""))).text == CARD
    assert amend(check(CARD.removesuffix("END:VCARD\r\n"))).text == CARD


def test_characters_no_answer_could_carry_are_dropped() -> None:
    assert amend(check(CARD.replace("Ada", "A\x0bda\ufffe"))).text == CARD


def test_twenty_megabytes_of_photo_are_only_text() -> None:
    text = CARD.replace("END:", "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 5_000_000 + "\r\nEND:")
    obj = check(text)
    assert amend(obj) is obj


def test_mending_twice_changes_nothing_more() -> None:
    for vector in load(".vcf"):
        try:
            once = amend(check(vector.sent))
        except InvalidData:
            assert vector.name == "351-two-cards"
            continue
        again = check(once.text)
        assert amend(again) is again, vector.name


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=15), max_size=8))
def test_whatever_comes_is_refused_or_becomes_a_card_that_stays(lines: list[str]) -> None:
    try:
        once = amend(check("\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD"])))
    except DomainError:
        return
    again = check(once.text)
    assert amend(again) is again
