"""Known answers of the content-line tree, and the hostile input it has to bear."""

from __future__ import annotations

import pytest

from sogo.codec.contentline import Component, Known, Line, decode, escape, fold, parse, split_value, unescape
from sogo.errors import CodecError

EVENT = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "PRODID:-//Example//EN",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:1",
        "SUMMARY:Lunch",
        "BEGIN:VALARM",
        "TRIGGER:-PT5M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
)

ODD_LINES = (
    "X-FOO:a,b;c",
    "DESCRIPTION:a;b,c",
    r"DESCRIPTION:C:\temp \: \" \n",
    r'ATTENDEE;CN="a\, b":mailto:a@example.org',
    "X-B;X-TITLE=Apple:1",
    "X-C;X-T=say ^'hi^':1",
    "a line without a colon",
    "ATTENDEE;RSVP:mailto:a@example.org",
    "RRULE:FREQ=WEEKLY;BYDAY=XX",
    "RRULE:BYDAY=mo;FREQ=weekly",
    "DURATION:P1W",
    "TRIGGER:-P0DT0H15M0S",
    "SEQUENCE: 3",
    "CREATED:20251101T090000",
    "CREATED:00001231T000000Z",
    "RDATE;VALUE=PERIOD:20251101T090000Z/PT1H",
    "FN:Roe, Jane",
    "NICKNAME:A,B",
    "ORG:X;",
    "PHOTO:data:image/png;base64,AAAA",
    "TEL;type=A;type=B:1",
    "item1.X-ABLabel:_$!<Home>!$_",
    "TEL;HOME;VOICE:1",
    "X-VT:a\x0bb\x0cc\x1cd\x85e\u2028f",
    'X-OPEN;CN="never closed:value',
    "X-CR:in the\rmiddle",
    "x-lower;p=q:case is kept",
)


@pytest.mark.parametrize("line", ODD_LINES)
def test_an_odd_line_comes_back_octet_by_octet(line: str) -> None:
    text = f"BEGIN:VCARD\r\n{line}\r\nEND:VCARD\r\n"
    assert parse(text).render() == text


def test_a_tree_has_the_lines_and_components_in_their_order() -> None:
    calendar = parse(EVENT).components("VCALENDAR")[0]
    assert [line.name for line in calendar.lines] == ["PRODID", "VERSION"]
    event = calendar.components("VEVENT")[0]
    assert event.text("SUMMARY") == "Lunch"
    assert [item.name for item in calendar.walk()] == ["VCALENDAR", "VEVENT", "VALARM"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_every_line_end_is_read_and_crlf_is_written(end: str) -> None:
    assert parse(EVENT.replace("\r\n", end)).render() == EVENT


def test_a_bom_blank_lines_and_a_missing_line_end_are_repaired() -> None:
    assert parse("\ufeff\r\n" + EVENT.replace("UID:1\r\n", "UID:1\r\n\r\n").rstrip()).render() == EVENT


def test_missing_ends_are_closed_where_the_parent_ends() -> None:
    text = EVENT.replace("END:VALARM\r\n", "").replace("END:VCALENDAR\r\n", "")
    assert parse(text).render() == EVENT


def test_garbage_around_the_object_is_kept_and_two_objects_are_two() -> None:
    root = parse("garbage\r\n" + EVENT + EVENT + "END:VCALENDAR\r\n")
    assert len(root.components("VCALENDAR")) == 2
    assert [line.name for line in root.lines] == ["", "END"]


def test_a_begin_without_a_name_is_a_line() -> None:
    text = "BEGIN:\r\nBEGIN: \r\nX:1\r\nEND:\r\n"
    assert parse(text).render() == text


def test_folds_are_undone_in_values_and_kept_in_the_text() -> None:
    text = "SUM\r\n MARY;X=\r\n\ty:one \r\n  two\r\n"
    line = parse(text).lines[0]
    assert (line.name, line.param("X"), line.value) == ("SUMMARY", "y", "one  two")
    assert parse(text).render() == text


def test_a_value_with_a_blank_line_inside_still_reads_the_same_after_a_round_trip() -> None:
    text = "A:x\r\n\r\n more\r\nB:y\r\n"
    assert parse(text).render() == text


def test_a_fold_inside_a_character_is_decoded() -> None:
    data = "SUMMARY:Grüße".encode()
    cut = data.index(b"\xc3") + 1
    assert parse(decode(data[:cut] + b"\r\n " + data[cut:])).text("SUMMARY") == "Grüße"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfA:\xc3\xa9", "A:é"),
        ("A:é".encode("utf-16"), "A:é"),
        (b"A:\xe9 \x80 \x81", "A:é € \ufffd"),
        (b"", ""),
    ],
)
def test_bytes_are_decoded_as_the_clients_that_send_them_mean_them(data: bytes, text: str) -> None:
    assert decode(data) == text


def test_parameters_are_read_with_quotes_lists_and_rfc_6868() -> None:
    line = parse('A;CN="Roe, ^\'Jane^\'^nII";TYPE=a,"b,c";type=d; X = y :v:w').lines[0]
    assert line.param("CN") == 'Roe, "Jane"\nII'
    assert line.param_values("TYPE") == ["a", "b,c", "d"]
    assert line.param("X") == "y"
    assert line.value == "v:w"


def test_a_colon_and_a_semicolon_inside_quotes_end_nothing() -> None:
    line = parse('ATTENDEE;DIR="ldap://x:1/a;b";CN=A:mailto:a@example.org').lines[0]
    assert (line.param("DIR"), line.param("CN"), line.value) == ("ldap://x:1/a;b", "A", "mailto:a@example.org")


def test_a_quote_that_is_never_closed_ends_at_the_first_colon() -> None:
    line = parse('ATTENDEE;CN="Roe; Jane:mailto:a@example.org').lines[0]
    assert (line.param("CN"), line.value) == ("Roe; Jane", "mailto:a@example.org")


def test_bare_parameters_of_vcard_2_1_are_types_and_encodings() -> None:
    line = parse("TEL;HOME;VOICE;QUOTED-PRINTABLE:=41").lines[0]
    assert line.param_values("TYPE") == ["HOME", "VOICE"]
    assert line.param("ENCODING") == "QUOTED-PRINTABLE"
    assert line.text == "A"


def test_soft_line_breaks_of_quoted_printable_belong_to_the_value() -> None:
    text = (
        "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Gr=FC=\r\n=DFe=0D=0A=\r\n aus=\r\n\r\n"
        "N:Roe;Jane=\r\nFN:x\r\nEND:VCARD\r\n"
    )
    card = parse(text).children[0]
    assert card.text("NOTE") == "Grüße\r\n aus"
    assert card.value("N") == "Roe;Jane="
    assert card.value("FN") == "x"
    assert parse(text).render() == text


def test_quoted_printable_that_was_folded_within_an_escape_is_unfolded() -> None:
    assert parse("FN;ENCODING=QUOTED-PRINTABLE:J=\r\n 61ne").lines[0].text == "Jane"


@pytest.mark.parametrize("charset", ["", "utf-8", "no-such-charset", "x" * 1000, "\0"])
def test_quoted_printable_in_an_unknown_charset_is_still_text(charset: str) -> None:
    assert parse(f"FN;ENCODING=QUOTED-PRINTABLE;CHARSET={charset}:J=C3=B6").lines[0].text == "Jö"


def test_a_changed_value_keeps_the_parameters_as_they_were_written() -> None:
    line = parse('item1.tel;HOME;type="x":1').lines[0]
    assert line.with_value("2").render() == 'item1.TEL;HOME;type="x":2'


def test_a_changed_parameter_is_quoted_where_it_must_be() -> None:
    line = parse("ATTENDEE;RSVP=TRUE;CN=A:mailto:a@example.org").lines[0]
    assert line.with_param("CN", 'Roe, "J"').render() == "ATTENDEE;RSVP=TRUE;CN=\"Roe, ^'J^'\":mailto:a@example.org"
    assert line.with_param("CN").render() == "ATTENDEE;RSVP=TRUE:mailto:a@example.org"
    assert line.with_param("X", "a", "b").render() == "ATTENDEE;RSVP=TRUE;CN=A;X=a,b:mailto:a@example.org"


def test_a_made_line_never_becomes_two() -> None:
    hostile = "x\r\nEND:VEVENT\nATTACH:y\rz"
    line = Line("SUMMARY", hostile, params=(("CN", (hostile,)),))
    assert len(parse(line.render()).items) == 1
    assert parse(line.render()).lines[0].text.count("\n") == 3
    assert len(parse(parse("A:b").lines[0].with_value(hostile).render()).items) == 1


def test_a_made_quoted_printable_line_does_not_swallow_the_next() -> None:
    line = parse("FN;ENCODING=QUOTED-PRINTABLE:a").lines[0].with_value("=41" * 60 + "=")
    root = parse(Component("", [line, Line("N", "x")]).render())
    assert [item.name for item in root.lines] == ["FN", "N"]
    assert root.text("FN") == "A" * 60


def test_a_long_line_is_folded_between_characters() -> None:
    line = "SUMMARY:" + "é€😀" * 60
    pieces = fold(line).split("\r\n ")
    assert "".join(pieces) == line
    assert max(len(piece.encode()) for piece in pieces) <= 75
    assert fold("x" * 75) == "x" * 75


def test_lone_surrogates_do_not_break_folding() -> None:
    assert parse(fold("A:" + "\ud800" * 50)).lines[0].value == "\ud800" * 50


def test_text_escapes_follow_the_rfc() -> None:
    assert escape("a\\b;c,d\r\ne\nf\x00\x07") == r"a\\b\;c\,d\ne\nf"
    assert unescape(r"a\\b\;c\,d\ne\Nf\:g" + "\\") == "a\\b;c,d\ne\nf:g\\"
    assert split_value(r"a\;b;c\\;;d", ";") == [r"a\;b", r"c\\", "", "d"]


def test_the_lines_of_documents_read_together_are_the_same_but_never_within_one() -> None:
    known = Known()
    first, second = (parse("A;X=1:1\r\nA;X=1:1\r\nB:2\r\n", known=known).lines for _ in range(2))
    assert first[2] is second[2]
    assert first[0] is not first[1]
    assert second[0] is not second[1]
    assert parse("B:2").lines[0] is not first[2]


def test_setting_a_line_replaces_all_of_its_name_where_the_first_stood() -> None:
    component = parse("BEGIN:A\nX:1\nY:2\nX:3\nBEGIN:B\nEND:B\nEND:A").children[0]
    component.set(Line("X", "new"))
    component.set(Line("Z", "26"))
    assert [item.name for item in component.items] == ["X", "Y", "Z", "B"]


def test_a_copy_can_be_changed_alone() -> None:
    root = parse(EVENT)
    other = root.copy()
    other.children[0].components("VEVENT")[0].remove("UID", "SUMMARY")
    assert root.render() == EVENT
    assert "UID" not in other.render()


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:A\r\n" * 25,
        "A:b\r\n" * 11,
        "x" * 1001,
    ],
)
def test_depth_lines_and_size_are_bounded(text: str) -> None:
    with pytest.raises(CodecError):
        parse(text, max_lines=10 if text.startswith("A") else 100, max_chars=1000)


@pytest.mark.parametrize(
    "text",
    [
        "A:" + "\r" * 300_000 + "\nB:1",
        'A;X="' + 'a"b"' * 100_000 + ":v",
        'A;X="' + "a" * 500_000 + ":v",
        "A" + ";" * 300_000 + ":v",
        "A;" + " " * 300_000 + "x:y",
        "a." * 200_000 + ":b",
        "A:" + "\\," * 200_000,
        "A;QUOTED-PRINTABLE:" + "=\n" * 200_000,
        "A:b" + "\n c" * 200_000,
        "\n" * 300_000,
        "A" * 500_000 + ":x",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_input_made_to_take_long_takes_linear_work(text: str) -> None:
    root = parse(text)
    for line in root.lines:
        assert line.with_value(line.text).with_param("X", "y").render()
        split_value(line.value, ",")
    assert parse(root.render()).render() == root.render()
