"""What holds of any text: nothing is lost, nothing but CodecError comes out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from sogo.codec.contentline import Component, Known, Line, decode, escape, parse, split_value, unescape
from sogo.errors import CodecError

_LINES = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", "begin:x", "END:", "BEGIN:", "UID:1"]
_ODD = [
    "item1.TEL;HOME:1",
    'A;B="c:d;e":f',
    'A;B="c',
    "FN;ENCODING=QUOTED-PRINTABLE:a=",
    "FN;QUOTED-PRINTABLE:b",
    "\r\n",
]
_PIECES = st.sampled_from([*_LINES, *_ODD, *'\n\r\t =:;"\\^,é\u2028\x85\x0b\ufeff😀'])
_DOCUMENTS = st.lists(_PIECES | st.text(max_size=5), max_size=40).map("".join)
_NAMES = st.from_regex(r"[A-Z][A-Z0-9-]{0,12}", fullmatch=True).filter(lambda name: name not in ("BEGIN", "END"))
_PARAM_NAMES = _NAMES.filter(lambda name: name not in ("ENCODING", "CHARSET"))
_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


@settings(max_examples=150, deadline=None)
@given(_DOCUMENTS)
def test_a_rendered_document_reads_and_renders_as_itself(text: str) -> None:
    once = parse(text).render()
    assert parse(once).render() == once


@settings(max_examples=150, deadline=None)
@given(st.lists(_DOCUMENTS, min_size=1, max_size=3))
def test_documents_that_share_lines_are_each_what_they_are_alone(texts: list[str]) -> None:
    known = Known()
    for text in [*texts, *texts]:
        root = parse(text, known=known)
        assert root.render() == parse(text).render()
        lines = [line for component in root.walk() for line in component.lines]
        assert len({id(line) for line in lines}) == len(lines)


@settings(max_examples=150, deadline=None)
@given(_DOCUMENTS)
def test_any_text_can_be_read_looked_at_and_changed(text: str) -> None:
    try:
        root = parse(text, max_depth=5)
    except CodecError:
        return
    for component in root.walk():
        for line in component.lines:
            assert isinstance(line.text, str)
            changed = line.with_param("X", "y").with_value("z")
            assert len(parse(changed.render()).items) <= 1


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_become_text(data: bytes) -> None:
    parse(decode(data)).render()


@settings(max_examples=100, deadline=None)
@given(_NAMES, st.lists(st.tuples(_PARAM_NAMES, st.lists(_TEXT, min_size=1, max_size=3).map(tuple)), max_size=4), _TEXT)
def test_a_made_line_is_read_as_it_was_meant(name: str, params: list[tuple[str, tuple[str, ...]]], text: str) -> None:
    line = Line(name, escape(text), params=tuple(params))
    read = parse(line.render()).lines[0]
    assert (read.name, read.params, read.text) == (name, tuple(params), text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20), min_size=1))
def test_a_list_of_texts_survives_escaping(texts: list[str]) -> None:
    visible = [escape(text) for text in texts]
    assert split_value(",".join(visible), ",") == visible
    assert split_value(";".join(visible), ";") == visible
    for text, value in zip(texts, visible, strict=True):
        kept = "".join(char for char in text if char in "\n\t" or not (char < " " or char == "\x7f"))
        assert unescape(value) == kept


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["SUMMARY", "COMMENT", "LOCATION", "CONTACT"]), _TEXT), max_size=6))
def test_icalendar_reads_our_lines_as_we_do(lines: list[tuple[str, str]]) -> None:
    event = Component("VEVENT", [Line("UID", "1"), *(Line(name, escape(text)) for name, text in lines)])
    ours = Component("VCALENDAR", [Line("VERSION", "2.0"), event]).render()
    theirs = Calendar.from_ical(ours).walk("VEVENT")[0]
    for name, _ in lines:
        mine = [line.text for line in event.all(name)]
        found = theirs[name]
        assert [str(value) for value in (found if isinstance(found, list) else [found])] == mine
