"""vCard 3.0 and 4.0 from each other, against the examples of the RFCs and what programs write; there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.contentline import Component, parse
from sogo.model.card_versions import in_version


def card(version: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def lines_of(text: str) -> list[str]:
    """The properties without their folds, but for VERSION."""
    document = parse(text)
    return [line.render().replace("\r\n ", "") for line in document.children[0].lines if line.name != "VERSION"]


NAMED = ("FN:Ada Example", "N:Example;Ada;;;")

SAME = (
    "FN:Ada Example",
    "N:Example;Ada;King;Dr.;PhD",
    "NOTE:One\\, two\\; three\\nfour \\\\ five",
    "NICKNAME:Ada,Countess",
    "ORG:Example;Research;Numbers",
    "TITLE:Mathematician",
    "ROLE;LANGUAGE=en:Analyst",
    "URL;TYPE=work:https://example.com/ada",
    "CATEGORIES:friends,science",
    "TEL;TYPE=cell,voice:+49 30 1234",
    "TEL:0800 CALL",
    "EMAIL;TYPE=home:ada@example.com",
    "IMPP;TYPE=home:xmpp:ada@example.com",
    "CLASS:PRIVATE",
    "MAILER:Engine 1.0",
    "PRODID:-//Example//Cards//EN",
    "item7.X-ABADR:de",
    "item8.URL:https://example.com/home",
    "item8.X-ABLabel:_$!<HomePage>!$_",
    "item9.X-ABDATE:2001-02-03",
    "item9.X-ABLabel:First met",
    "X-PHONETIC-FIRST-NAME:Eda",
    "X-FOO;X-BAR=\"a:b^nc\";X-BAZ=d:odd \\ value; kept, as it is",
    "IANA-TOKEN:kept too",
    "LABEL;TYPE=dom:Nowhere\\nin particular",
)  # fmt: skip
"""Lines that both versions write alike."""

PAIRS = (
    # vCard 3.0                                                         vCard 4.0
    ("EMAIL;TYPE=home,pref:ada@example.org",                            "EMAIL;TYPE=home;PREF=1:ada@example.org"),
    ("EMAIL;TYPE=pref:ada@example.net",                                 "EMAIL;PREF=1:ada@example.net"),
    ("TEL;TYPE=work:+49-30-1234",                                       "TEL;VALUE=uri;TYPE=work:tel:+49-30-1234"),
    ("TEL;TYPE=work:+49-30-1235 ext. 12",                               "TEL;VALUE=uri;TYPE=work:tel:+49-30-1235;ext=12"),
    ("GEO:37.386013;-122.082932",                                       "GEO:geo:37.386013,-122.082932"),
    ("TZ:-05:00",                                                       "TZ;VALUE=utc-offset:-0500"),
    ("TZ;VALUE=text:Europe/Berlin",                                     "TZ:Europe/Berlin"),
    ("BDAY:1815-12-10",                                                 "BDAY:18151210"),
    ("BDAY;VALUE=date-time:1953-10-15T23:10:00Z",                       "BDAY:19531015T231000Z"),
    ("BDAY;VALUE=date-time:1987-09-27T08:30:00-06:00",                  "BDAY:19870927T083000-0600"),
    ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12",                          "BDAY:--0412"),
    ("BDAY;VALUE=text:circa 1815",                                      "BDAY;VALUE=text:circa 1815"),
    ("item1.X-ABDATE:2009-08-08\r\nitem1.X-ABLabel:_$!<Anniversary>!$_", "ANNIVERSARY:20090808"),
    ("X-GENDER:Female",                                                 "GENDER:F"),
    ("X-GENDER:O;it is complicated",                                    "GENDER:O;it is complicated"),
    ("X-ADDRESSBOOKSERVER-KIND:group",                                  "KIND:group"),
    ("X-ABSHOWAS:COMPANY",                                              "KIND:org"),
    ("X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:03a0e51f-d1aa-4385",          "MEMBER:urn:uuid:03a0e51f-d1aa-4385"),
    ("item1.X-ABRELATEDNAMES:Mia\r\nitem1.X-ABLabel:_$!<Spouse>!$_",    "RELATED;TYPE=spouse;VALUE=text:Mia"),
    ("AGENT;VALUE=uri:https://example.com/agent.vcf",                   "RELATED;TYPE=agent:https://example.com/agent.vcf"),
    ("AGENT:BEGIN:VCARD\\nFN:Joe\\nEND:VCARD\\n",                       "RELATED;TYPE=agent;VALUE=text:BEGIN:VCARD\\nFN:Joe\\nEND:VCARD\\n"),
    ("PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg==",                     "PHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRg=="),
    ("LOGO;VALUE=uri;TYPE=PNG:https://example.com/l.png",               "LOGO;MEDIATYPE=image/png:https://example.com/l.png"),
    ("PHOTO;VALUE=uri:https://example.com/p",                           "PHOTO:https://example.com/p"),
    ("SOUND;ENCODING=b;TYPE=OGG:T2dnUw==",                              "SOUND:data:audio/ogg;base64,T2dnUw=="),
    ("KEY;ENCODING=b;TYPE=PGP:mQENBFw=",                                "KEY:data:application/pgp-keys;base64,mQENBFw="),
    ("KEY;ENCODING=b;TYPE=X509:MIICajCC",                               "KEY:data:application/pkix-cert;base64,MIICajCC"),
    ("ADR;TYPE=home:;;1 St;Town;;1;Land\r\nLABEL;TYPE=home:1 St\\nTown\\, \"Land\"",
                                                                        "ADR;TYPE=home;LABEL=\"1 St\\nTown, ^'Land^'\":;;1 St;Town;;1;Land"),
    ("REV:1995-10-31T22:27:10Z",                                        "REV:19951031T222710Z"),
    ("REV;VALUE=date:1997-11-15",                                       "REV:19971115"),
    ("UID:19950401-080045-40000F192713-0052",                           "UID;VALUE=text:19950401-080045-40000F192713-0052"),
    ("UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",               "UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1"),
)  # fmt: skip
"""Lines that mean the same in the two versions; both ways are exact."""

RESPELLED = (
    # vCard 3.0 as it came                       vCard 4.0                                  vCard 3.0 as it comes back
    ("N:Example;Ada",                            "N:Example;Ada;;;",                        "N:Example;Ada;;;"),
    ("ADR:;;1 St;Town",                          "ADR:;;1 St;Town;;;",                      "ADR:;;1 St;Town;;;"),
    ("EMAIL;TYPE=INTERNET:a@example.com",        "EMAIL:a@example.com",                     "EMAIL:a@example.com"),
    ("EMAIL;TYPE=INTERNET;TYPE=HOME;TYPE=pref:a@example.com", "EMAIL;TYPE=HOME;PREF=1:a@example.com", "EMAIL;TYPE=HOME,pref:a@example.com"),
    ("BDAY:18151210",                            "BDAY:18151210",                           "BDAY:1815-12-10"),
    ("BDAY;VALUE=date:1815-12-10",               "BDAY:18151210",                           "BDAY:1815-12-10"),
    ("BDAY:--04-12",                             "BDAY:--0412",                             "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"),
    ("BDAY:not a day",                           "BDAY;VALUE=text:not a day",               "BDAY;VALUE=text:not a day"),
    ("REV:2026-01-01T10:00:00.123Z",             "REV:20260101T100000Z",                    "REV:2026-01-01T10:00:00Z"),
    ("TZ:-0500",                                 "TZ;VALUE=utc-offset:-0500",               "TZ:-05:00"),
    ("X-ANNIVERSARY:2009-08-08",                 "ANNIVERSARY:20090808",                    "item1.X-ABDATE:2009-08-08\r\nitem1.X-ABLabel:_$!<Anniversary>!$_"),
    ("X-SPOUSE:Mia",                             "RELATED;TYPE=spouse;VALUE=text:Mia",      "item1.X-ABRELATEDNAMES:Mia\r\nitem1.X-ABLabel:_$!<Spouse>!$_"),
    ("X-EVOLUTION-MANAGER:Bo",                   "RELATED;TYPE=manager;VALUE=text:Bo",      "item1.X-ABRELATEDNAMES:Bo\r\nitem1.X-ABLabel:_$!<Manager>!$_"),
    ("X-JABBER:ada@example.com",                 "IMPP:xmpp:ada@example.com",               "IMPP:xmpp:ada@example.com"),
    ("X-AIM;TYPE=home:ada",                      "IMPP;TYPE=home:aim:ada",                  "IMPP;TYPE=home:aim:ada"),
    ("X-GENDER:FEMALE",                          "GENDER:F",                                "X-GENDER:Female"),
    ("X-ADDRESSBOOKSERVER-KIND:Group",           "KIND:group",                              "X-ADDRESSBOOKSERVER-KIND:group"),
    ("PHOTO;TYPE=image/jpeg;ENCODING=B:/9j/4A==", "PHOTO:data:image/jpeg;base64,/9j/4A==",  "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A=="),
    ("PHOTO;ENCODING=b:iVBORw0K",                "PHOTO:data:image/png;base64,iVBORw0K",    "PHOTO;ENCODING=b;TYPE=PNG:iVBORw0K"),
    ("KEY:plain words",                          "KEY;VALUE=text:plain words",              "KEY;VALUE=text:plain words"),
    ("URL;VALUE=uri:https://example.com/",       "URL:https://example.com/",                "URL:https://example.com/"),
)  # fmt: skip
"""All that comes back in another spelling than it went: the same said otherwise, or a default said or left out."""

FOUR_ONLY = (
    "LANG;TYPE=work;PREF=1:de",
    "HOBBY;INDEX=1:chess",
    "CLIENTPIDMAP:1;urn:uuid:3df403f4-5924-4bb7-b077-3c711d9eb34b",
    "RELATED;TYPE=friend:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "GEO:geo:37.4,-122.1,35;u=10",
    "TEL;VALUE=uri:tel:7042;phone-context=example.com",
    "TEL;VALUE=uri:sip:ada@example.com",
    "BDAY:---12",
    "BDAY:1985-04",
    "EMAIL;PREF=7:b@example.com\r\nEMAIL;PREF=50:c@example.com",
    "N;SORT-AS=\"Harten,Rene\":van der Harten;Rene,J.;Sir;R.D.O.N.;",
    "FBURL;MEDIATYPE=text/calendar;PREF=1:https://example.com/fb",
    "XML:<config xmlns=\"urn:example:a\"><b/></config>",
    "ORG;SORT-AS=\"ABC\":ABC\\, Inc.;North American Division",
    "MEMBER:mailto:bo@example.com",
)  # fmt: skip
"""Lines of vCard 4.0 that come back from vCard 3.0 as they went."""


def _given(line: str) -> list[str]:
    return line.split("\r\n")


def _with_names(*lines: str) -> tuple[str, ...]:
    """The lines, and FN and N unless they hold one."""
    given = [one for line in lines for one in _given(line)]
    names = [line for line in NAMED if not any(parse(one).lines[0].name == line.partition(":")[0] for one in given)]
    return (*names, *given)


@pytest.mark.parametrize("line", SAME)
def test_what_both_versions_write_alike_keeps_its_octets(line: str) -> None:
    for here, there in (("3.0", "4.0"), ("4.0", "3.0")):
        assert set(_given(line)) <= set(lines_of(in_version(card(here, *_with_names(line)), there)))


@pytest.mark.parametrize(("three", "four"), PAIRS)
def test_each_version_says_it_in_its_own_words(three: str, four: str) -> None:
    assert lines_of(in_version(card("3.0", *_with_names(three)), "4.0")) == list(_with_names(four))
    assert lines_of(in_version(card("4.0", *_with_names(four)), "3.0")) == list(_with_names(three))


@pytest.mark.parametrize(("three", "four", "back"), RESPELLED)
def test_what_is_respelled_on_the_way(three: str, four: str, back: str) -> None:
    there = in_version(card("3.0", *_with_names(three)), "4.0")
    assert lines_of(there) == list(_with_names(four))
    assert lines_of(in_version(there, "3.0")) == list(_with_names(back))


@pytest.mark.parametrize("line", FOUR_ONLY)
def test_what_only_version_4_knows_survives_version_3(line: str) -> None:
    three = in_version(card("4.0", *_with_names(line)), "3.0")
    assert sorted(lines_of(in_version(three, "4.0"))) == sorted(_with_names(line))


def test_the_preferred_of_version_4_is_preferred_in_version_3() -> None:
    three = in_version(card("4.0", *NAMED, "TEL;PREF=20:1", "TEL;PREF=3:2", "TEL:3"), "3.0")
    assert lines_of(three)[2:] == ["TEL;X-PREF=20:1", "TEL;TYPE=pref;X-PREF=3:2", "TEL:3"]


def test_sort_string_goes_with_the_name() -> None:
    four = in_version(card("3.0", "FN:Rene van der Harten", "N:van der Harten;Rene;;;", "SORT-STRING:Harten"), "4.0")
    assert "N;SORT-AS=Harten:van der Harten;Rene;;;" in lines_of(four)
    assert "SORT-STRING:Harten" in lines_of(in_version(four, "3.0"))


def test_a_label_finds_its_address() -> None:
    text = card(
        "3.0", *NAMED, "ADR;TYPE=home:;;1;a;;;", "ADR;TYPE=home:;;2;b;;;", "LABEL;TYPE=home:second",
        "ADR;TYPE=work:;;3;c;;;", "LABEL;TYPE=intl:nobody's",
    )  # fmt: skip
    four = in_version(text, "4.0")
    assert lines_of(four)[2:] == [
        "ADR;TYPE=home:;;1;a;;;", "ADR;TYPE=home;LABEL=second:;;2;b;;;", "ADR;TYPE=work:;;3;c;;;", "LABEL;TYPE=intl:nobody's",
    ]  # fmt: skip
    assert lines_of(in_version(four, "3.0")) == lines_of(text)


def test_names_that_a_version_requires_are_made() -> None:
    assert lines_of(in_version(card("3.0", "N:Example;Ada;;Dr.;"), "4.0"))[0] == "FN:Dr. Ada Example"
    assert lines_of(in_version(card("3.0", "ORG:Example\\, Inc.;Labs"), "4.0"))[0] == "FN:Example\\, Inc. Labs"
    assert lines_of(in_version(card("4.0", "FN:Some\\; group"), "3.0")) == ["FN:Some\\; group", "N:Some\\; group;;;;"]


def test_of_several_formatted_names_version_3_has_one_and_keeps_the_others() -> None:
    text = card("4.0", *NAMED, "FN;ALTID=1;LANGUAGE=ja:エイダ")
    three = in_version(text, "3.0")
    assert lines_of(three)[2:] == ["X-FN;ALTID=1;LANGUAGE=ja:エイダ"]
    assert lines_of(in_version(three, "4.0")) == lines_of(text)


def test_version_2_1_is_read() -> None:
    text = card(
        "2.1", "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg", "FN:Muller, Jorg",
        "TEL;HOME;VOICE;PREF:+49 30 12", "NOTE;ENCODING=QUOTED-PRINTABLE:a;b=0D=0Ac,=", "d", "LOGO;VALUE=URL;GIF:http://example.com/l.gif",
        "PHOTO;JPEG;ENCODING=BASE64:", " /9j/4AAQ", " SkZJRg==", "", "AGENT:", "BEGIN:VCARD", "VERSION:2.1", "FN:Agent", "END:VCARD",
    )  # fmt: skip
    assert lines_of(in_version(text, "3.0")) == [
        "N:Müller;Jörg", "FN:Muller\\, Jorg", "TEL;TYPE=HOME,VOICE,PREF:+49 30 12", "NOTE:a\\;b\\nc\\,d",
        "LOGO;VALUE=uri;TYPE=GIF:http://example.com/l.gif", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRg==",
        "AGENT:BEGIN:VCARD\\nVERSION:2.1\\nFN:Agent\\nEND:VCARD\\n",
    ]  # fmt: skip
    assert lines_of(in_version(text, "4.0"))[2:5] == [
        "TEL;TYPE=HOME,VOICE;PREF=1:+49 30 12", "NOTE:a\\;b\\nc\\,d", "LOGO;MEDIATYPE=image/gif:http://example.com/l.gif",
    ]  # fmt: skip


def test_the_stored_version_is_not_touched_and_lists_are_none() -> None:
    odd = "BEGIN:vcard\nversion: 3.0 \nFN:x\ntel;type=a;type=b:1\n"
    assert in_version(odd, "3.0") is odd
    for text in (
        "BEGIN:VLIST\r\nVERSION:1.0\r\nFN:l\r\nEND:VLIST\r\n",
        "no card at all",
        "BEGIN:VCARD\r\nFN:x\r\nEND:VCARD",
    ):
        assert in_version(text, "4.0") == text


INDEPENDENT = [pair for pair in PAIRS if "item" not in pair[0] and "ADR" not in pair[0] and "UID" not in pair[0]
               and not pair[0].startswith(("X-A", "X-GENDER", "BDAY", "EMAIL"))]  # fmt: skip


@given(st.lists(st.sampled_from([*((line, line) for line in SAME[3:] if "item" not in line), *INDEPENDENT])))
def test_any_card_of_such_lines_comes_back_whole(pairs: list[tuple[str, str]]) -> None:
    text = card("3.0", *NAMED, *(three for three, _ in pairs))
    four = in_version(text, "4.0")
    assert lines_of(four) == [*NAMED, *(four for _, four in pairs)]
    assert in_version(four, "3.0") == text


NAMES = sorted({
    *(line.partition(":")[0].partition(";")[0].rpartition(".")[2] for pair in PAIRS for line in pair), "N", "FN", "X-ABLABEL",
    "X-ABDATE", "X-AIM", "SORT-STRING", "VERSION", "BEGIN", "END", "",
})  # fmt: skip
PARAMS = ["", ";PREF", ";TYPE=pref", ";TYPE=\"a,b\"", ";TYPE=", ";ENCODING=b", ";ENCODING=QUOTED-PRINTABLE", ";VALUE=uri", ";VALUE=text",
          ";PREF=0", ";PREF=x", ";PREF=-1", ";X-PREF=", ";LABEL=\"\\", ";SORT-AS=", ";CHARSET=nonsense", ";X-APPLE-OMIT-YEAR=1604", ";=;;="]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "data:",
            "data:;base64,%zz",
            "data:image/png,%00%FF",
            "tel:;ext=",
            "geo:1,2",
            "--1399",
            "2026-13-45T99:99",
            "=",
            "=E9=",
            ";;;;;;;;",
            "\\",
            "spouse",
            "_$!<Spouse>!$_",
            "_$!<Anniversary>!$_",
            "M;",
            "٣",
            "group",
        ]
    ),
)
LINES = st.builds(
    lambda group, name, params, value: f"{group}{name}{''.join(params)}:{value}",
    st.sampled_from(["", "item1.", "ITEM1.", "."]), st.sampled_from(NAMES), st.lists(st.sampled_from(PARAMS), max_size=3), VALUES,
)  # fmt: skip


@given(st.lists(LINES, max_size=12), st.sampled_from(["2.1", "3.0", "4.0"]))
def test_hostile_cards_stay_cards_and_settle(lines: list[str], version: str) -> None:
    """Nothing raises, a card stays a card, and after a few ways there and back nothing changes any more."""
    text = card(version, *lines)
    for there, back in (("4.0", "3.0"), ("3.0", "4.0")):
        once = in_version(text, there)
        first = next((item for item in parse(once).items if isinstance(item, Component)), None)
        assert first is not None
        assert first.name == "VCARD"
        settled = once
        for _ in range(3):
            settled = in_version(in_version(settled, back), there)
        assert in_version(in_version(settled, back), there) == settled


@given(st.text())
def test_any_text_gives_a_text(text: str) -> None:
    for version in ("3.0", "4.0"):
        assert isinstance(in_version(text, version), str)
        in_version(f"BEGIN:VCARD\r\nVERSION:4.0\r\n{text}\r\nEND:VCARD", version)
