"""What servers say, as values: known answers by family, octet by octet, and what odd servers do."""

from __future__ import annotations

import datetime as dt

import pytest

from sogo.codec.imap.acl import Acl, ListedRights, MyRights
from sogo.codec.imap.bodystructure import Disposition
from sogo.codec.imap.capability import Capabilities, Enabled, Identity
from sogo.codec.imap.envelope import Address, Envelope
from sogo.codec.imap.fetch import Fetched
from sogo.codec.imap.finding import Found, FoundExtended, Threads, Vanished
from sogo.codec.imap.framing import Framer
from sogo.codec.imap.lexer import Limits
from sogo.codec.imap.mailbox import Listed, MailboxStatus, Namespaces, Space
from sogo.codec.imap.quota import Quota, QuotaRoots, Usage
from sogo.codec.imap.response import MailboxFlags, MessageCount, Response, Unreadable, parse_response
from sogo.codec.imap.sequence import STAR, NumberSet
from sogo.codec.imap.status import Code, Condition, Continuation, Status
from sogo.errors import CodecError


def responses(data: bytes, *, step: int = 0, limits: Limits | None = None) -> list[Response]:
    """All of it, fed at once or `step` octets at a time."""
    limits = limits or Limits()
    framer, found = Framer(limits), []
    step = step or len(data) or 1
    for at in range(0, len(data), step):
        framer.feed(data[at : at + step])
        while (response := framer.next()) is not None:
            found.append(parse_response(response, limits=limits))
    return found


def one(data: bytes) -> Response:
    (found,) = responses(data + b"\r\n")
    return found


def fetched(data: bytes) -> Fetched:
    found = one(b"* 1 FETCH (" + data + b")")
    assert isinstance(found, Fetched), found
    return found


KNOWN: list[tuple[bytes, Response]] = [
    (b"+ go on", Continuation("go on")),
    (b"+", Continuation("")),
    (b"* OK ready {5}", Status(None, Condition.OK, None, "ready {5}")),
    (b"a1 ok [READ-WRITE] done", Status("a1", Condition.OK, Code("READ-WRITE"), "done")),
    (b"a1 NO [x broken", Status("a1", Condition.NO, None, "[x broken")),
    (b"* BYE", Status(None, Condition.BYE, None, "")),
    (b"* CAPABILITY IMAP4rev1 auth=PLAIN", Capabilities(frozenset({"IMAP4REV1", "AUTH=PLAIN"}))),
    (b"* ENABLED condstore", Enabled(frozenset({"CONDSTORE"}))),
    (b'* ID ("name" "Dovecot" "version" NIL)', Identity({"name": "Dovecot", "version": ""})),
    (b"* ID NIL", Identity({})),
    (rb"* FLAGS (\Seen $label1)", MailboxFlags(frozenset({"\\Seen", "$label1"}))),
    (b"* 12 EXISTS", MessageCount("EXISTS", 12)),
    (b"* 0 recent", MessageCount("RECENT", 0)),
    (b"* 3 EXPUNGE", MessageCount("EXPUNGE", 3)),
    (
        rb'* LIST (\HasNoChildren) "/" "a \"b\" &AOk-"',
        Listed("LIST", frozenset({"\\HasNoChildren"}), "/", 'a "b" &AOk-', {}),
    ),
    (b"* LIST () NIL inbox", Listed("LIST", frozenset(), None, "INBOX", {})),
    (b"* LSUB () . {3}\r\na\nb", Listed("LSUB", frozenset(), ".", "a\nb", {})),
    (
        rb'* LIST () "/" x ("CHILDINFO" ("SUBSCRIBED"))',
        Listed("LIST", frozenset(), "/", "x", {"CHILDINFO": [b"SUBSCRIBED"]}),
    ),
    (b"* STATUS x (MESSAGES 1 unseen 0 OTHER NIL)", MailboxStatus("x", {"MESSAGES": 1, "UNSEEN": 0})),
    (
        b'* NAMESPACE (("" "/")) NIL (("pub." "."))',
        Namespaces((Space("", "/"),), (), (Space("pub.", "."),)),
    ),
    (b"* SEARCH", Found("SEARCH", ())),
    (b"* SEARCH 2 84 (MODSEQ 917)", Found("SEARCH", (2, 84), 917)),
    (b"* SORT 84 2 882", Found("SORT", (84, 2, 882))),
    (
        b'* ESEARCH (TAG "A1") UID MIN 2 MAX 9 COUNT 3 ALL 2,8:9 MODSEQ 7',
        FoundExtended("A1", True, 2, 9, 3, NumberSet(((2, 2), (8, 9))), 7),
    ),
    (b"* ESEARCH", FoundExtended(None, False)),
    (
        b"* THREAD (2)(3 6 (4 23)(44 7 96))",
        Threads((((2, 0),), ((3, 0), (6, 1), (4, 2), (23, 3), (44, 2), (7, 3), (96, 4)))),
    ),
    (b"* THREAD ((3)(5))", Threads((((0, 0), (3, 1), (5, 1)),))),
    (b"* VANISHED (EARLIER) 41,43:116", Vanished(True, NumberSet(((41, 41), (43, 116))))),
    (b"* VANISHED 405", Vanished(False, NumberSet(((405, 405),)))),
    (b'* ACL INBOX "fred" rwipslda -anyone r', Acl("INBOX", {"fred": "rwipslda", "-anyone": "r"})),
    (b"* MYRIGHTS a rwi", MyRights("a", "rwi")),
    (b'* LISTRIGHTS a smith la r "sw"', ListedRights("a", "smith", "la", ("r", "sw"))),
    (b'* QUOTA "" (STORAGE 10 512 MESSAGE x 5)', Quota("", {"STORAGE": Usage(10, 512)})),
    (b'* QUOTAROOT INBOX "" b', QuotaRoots("INBOX", ("", "b"))),
    (b"* XYZZY 1 2", Unreadable("XYZZY", "Nobody here knows this response.")),
    (b'* LIST (\\X "/" a', Unreadable("LIST", "A list without an end.")),
    (b"* STATUS x", Unreadable("STATUS", "Something is missing.")),
    (b"* SEARCH 1 x", Unreadable("SEARCH", "A number was expected.")),
    (b"* 1 FETCH (UID x)", Unreadable("FETCH", "A number was expected.")),
]


@pytest.mark.parametrize(("data", "value"), KNOWN, ids=[str(number) for number in range(len(KNOWN))])
def test_a_response_is_read(data: bytes, value: Response) -> None:
    assert one(data) == value


@pytest.mark.parametrize("step", [1, 2, 7, 0])
def test_responses_come_out_the_same_however_they_come_in(step: int) -> None:
    data = b"\r\n".join(data for data, _ in KNOWN) + b"\r\n"
    assert responses(data, step=step) == [value for _, value in KNOWN]


def test_a_bare_line_feed_ends_a_line_and_empty_lines_do_not_count() -> None:
    assert responses(b"* 1 EXISTS\n\r\n\n* 2 EXISTS\r\n") == [MessageCount("EXISTS", 1), MessageCount("EXISTS", 2)]


# --- FETCH ------------------------------------------------------------------------------------------------------------

ENVELOPE = (
    b'("Wed, 17 Jul 1996 02:23:25 -0700" "5 * 3 = 15" (("Terry \\"T\\"" NIL "gray" "cac.example")) NIL NIL '
    b'((NIL NIL "imap" "cac.example")) ((NIL NIL "team" NIL)("One" NIL "one" "x.example")(NIL NIL NIL NIL)'
    b'(NIL NIL "nobody" NIL)(NIL NIL NIL NIL)) NIL "<a@b>" {4}\r\n<"(>)'
)


def test_an_envelope_with_groups_literals_and_a_star() -> None:
    assert fetched(b"ENVELOPE " + ENVELOPE).envelope == Envelope(
        date="Wed, 17 Jul 1996 02:23:25 -0700", subject="5 * 3 = 15",
        from_=(Address('Terry "T"', "gray", "cac.example"),), to=(Address("", "imap", "cac.example"),),
        cc=(Address("One", "one", "x.example", "team"), Address("", "", "", "nobody")),
        in_reply_to="<a@b>", message_id='<"(>',
    )  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"NIL", b"()", b'("d")', b'"x"', b'("d" "s" "no list" (x (NIL)) NIL ((1 2)))'], ids=str
)
def test_an_envelope_with_holes_is_read_as_far_as_it_goes(data: bytes) -> None:
    assert isinstance(fetched(b"ENVELOPE " + data).envelope, Envelope)


STRUCTURE = (
    b'((("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 12 1 NIL NIL NIL NIL)("text" "html" NIL "<id>" "d" "8bit" 9 '
    b'2 "md5" ("inline" ("FileName" "a b.html")) ("de" "en") "loc") "alternative" ("boundary" "x") ("inline" NIL) "de")'
    b'("message" "rfc822" NIL NIL NIL "7bit" 300 ("d" "inner") (("text" "plain" NIL NIL NIL "7bit" 3 1)("application" '
    b'"pdf" ("name" "x.pdf") NIL NIL "base64" 77) "mixed") 14 NIL "attachment")("message" "rfc822" NIL NIL NIL "7bit" '
    b'30 NIL ("text" "plain" NIL NIL NIL "7bit" 3 1) 4) "mixed")'
)


def test_a_structure_with_the_sections_of_its_parts() -> None:
    root = fetched(b"BODYSTRUCTURE " + STRUCTURE).structure
    assert root is not None
    assert [(part.section, part.media_type) for part in root.walk()] == [
        ("", "multipart/mixed"), ("1", "multipart/alternative"), ("1.1", "text/plain"), ("1.2", "text/html"),
        ("2", "message/rfc822"), ("2", "multipart/mixed"), ("2.1", "text/plain"), ("2.2", "application/pdf"),
        ("3", "message/rfc822"), ("3.1", "text/plain"),
    ]  # fmt: skip
    alternative, message = root.children[0], root.children[1]
    html = alternative.children[1]
    assert (html.content_id, html.description, html.encoding, html.size_bytes, html.lines) == (
        "<id>",
        "d",
        "8bit",
        9,
        2,
    )
    assert (html.md5, html.languages, html.location) == ("md5", ("de", "en"), "loc")
    assert html.disposition == Disposition("inline", {"filename": "a b.html"})
    assert (alternative.params, alternative.languages) == ({"boundary": "x"}, ("de",))
    assert message.envelope is not None
    assert (message.envelope.subject, message.lines, message.disposition) == (
        "inner",
        14,
        Disposition("attachment", {}),
    )


def test_a_message_of_one_part_is_section_1() -> None:
    part = fetched(b'BODY ("text" "plain" NIL NIL NIL "7bit" 3 1)').structure
    assert part is not None
    assert (part.section, part.media_type, part.size_bytes) == ("1", "text/plain", 3)


@pytest.mark.parametrize("data", [b"NIL", b"()", b'("text")', b"(())", b'("message" "rfc822" NIL)', b"((()))"], ids=str)
def test_a_structure_with_holes_is_some_structure(data: bytes) -> None:
    root = fetched(b"BODYSTRUCTURE " + data).structure
    assert root is not None
    assert all(part.type and part.subtype for part in root.walk())


def test_sections_are_found_by_what_was_asked_for() -> None:
    found = fetched(
        b'UID 7 BODY[] {4}\r\nab\r\n BODY[1.2]<10> NIL BODY[HEADER.FIELDS (To "C c" {3}\r\nX]Y)] "x" RFC822.TEXT t'
        b" BINARY[3] ~{2}\r\n\0) FLAGS ()"
    )
    assert found.sections == {
        "": b"ab\r\n", "1.2": None, "HEADER.FIELDS (TO C C {3}\r\nX]Y)": b"x", "TEXT": b"t", "3": b"\0)",
    }  # fmt: skip
    assert (found.uid, found.flags, found.origins) == (7, frozenset(), {"1.2": 10})


def test_dates_sizes_and_flags() -> None:
    found = fetched(
        rb'INTERNALDATE " 1-Feb-2027 09:00:00 -0130" RFC822.SIZE 44 FLAGS (\Seen BODY[x) MODSEQ (18446744073709551615)'
        rb' X-GM-LABELS (a "b")'
    )
    assert found.internal_date == dt.datetime(2027, 2, 1, 10, 30, tzinfo=dt.UTC)
    assert (found.size_bytes, found.flags, found.modseq) == (44, frozenset({"\\Seen", "BODY[x"}), 2**64 - 1)
    assert found.others == {"X-GM-LABELS": [b"a", b"b"]}


@pytest.mark.parametrize(
    "text", [b"yesterday", b"31-Feb-2027 00:00:00 +0000", b"1-Jan-2027 25:00:00 +0000", b""], ids=str
)
def test_a_date_that_is_none_hides_no_message(text: bytes) -> None:
    found = fetched(b'UID 3 INTERNALDATE "' + text + b'"')
    assert (found.uid, found.internal_date) == (3, None)


def test_a_message_told_twice_is_one() -> None:
    first, second = fetched(b"UID 3 FLAGS (a) BODY[1] x"), fetched(b"FLAGS (b) BODY[2] y RFC822.SIZE 1")
    both = first.merged(second)
    assert (both.uid, both.flags, both.size_bytes) == (3, frozenset({"b"}), 1)
    assert both.sections == {"1": b"x", "2": b"y"}


def test_octets_that_are_no_utf8_are_read_as_latin_1() -> None:
    found = fetched(b'ENVELOPE ("d" "caf\xe9 \\x")')
    assert found.envelope is not None
    assert found.envelope.subject == "café x"


# --- codes ------------------------------------------------------------------------------------------------------------


def code(data: bytes) -> Code:
    found = one(b"* OK [" + data + b"] text")
    assert isinstance(found, Status)
    assert found.code is not None
    assert found.text == "text"
    return found.code


def test_codes_and_what_follows_them() -> None:
    assert code(b"UIDNEXT 4392").number == 4392
    assert code(rb"PERMANENTFLAGS (\Seen x]y \*)").words == ("\\Seen", "x]y", "\\*")
    assert code(b"CAPABILITY IMAP4rev1 IDLE").words == ("IMAP4rev1", "IDLE")
    assert code(b"APPENDUID 38505 3955").appended == (38505, NumberSet(((3955, 3955),)))
    assert code(b"COPYUID 1 304,319:320 3956:3958").copied == (
        1, NumberSet(((304, 304), (319, 320))), NumberSet(((3956, 3958),)),
    )  # fmt: skip
    assert code(b'BADCHARSET ("]" {3}\r\n]a))').words == ("]", "]a)")


@pytest.mark.parametrize(
    "data",
    [b"APPENDUID", b"APPENDUID x 1", b"APPENDUID 1", b"COPYUID 1 2", b"COPYUID 1 2 x", b"APPENDUID 1 0"],
    ids=str,
)
def test_a_code_that_says_too_little_says_nothing(data: bytes) -> None:
    assert code(data).appended is None
    assert code(data).copied is None


def test_numbers_as_sets() -> None:
    assert NumberSet.of([5, 3, 4, 9, 4]).render() == "3:5,9"
    assert NumberSet.parse("9:5,*").ranges == ((5, 9), (STAR, STAR))
    assert NumberSet.parse("5:*").render() == "5:*"
    assert list(NumberSet.parse("3,7:8").numbers(limit=3)) == [3, 7, 8]
    assert 8 in NumberSet.parse("3,7:8")
    assert 4 not in NumberSet.parse("3,7:8")
    with pytest.raises(CodecError):
        list(NumberSet.parse("1:*").numbers(limit=1000))
    with pytest.raises(CodecError):
        NumberSet(()).render()


# --- hostile servers --------------------------------------------------------------------------------------------------

SMALL = Limits(line_bytes=200, literal_bytes=100, response_bytes=400, literals=3, items=50, depth=5)


@pytest.mark.parametrize(
    "data",
    [
        b"* " + b"x" * 300,
        b"* 1 FETCH (BODY[] {101}\r\n",
        b"* 1 FETCH (BODY[] {999999999999}\r\n",
        b"* 1 FETCH (" + b"BODY[] {1}\r\nx " * 4,
        b"* 1 FETCH ("
        + b"BODY[] {100}\r\n"
        + b"x" * 100
        + b" BODY[] {100}\r\n"
        + b"x" * 100
        + b" "
        + b"y" * 190
        + b"\r\n",
        b"no response\r\n",
        b"\xff\xfe\r\n",
        b" \r\n",
        b"*\r\n",
        b"a(1 OK x\r\n",
    ],
    ids=["line", "literal", "huge literal", "literals", "response", "tag", "octets", "blank", "star", "odd tag"],
)
def test_what_is_too_large_or_no_response_is_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        responses(data, limits=SMALL)


@pytest.mark.parametrize(
    "data",
    [
        b"* 1 FETCH " + b"(" * 20 + b")" * 20,
        b"* LIST (" + b"x " * 60 + b') "/" a',
        b"* THREAD " + b"(1)" * 60,
        b"* 1 FETCH (UID 1",
        b'* LIST () "/ a',
        b"* 1 FETCH (UID 1))",
        b"* ESEARCH ALL 0:5",
        b"* SEARCH 99999999999999999999999",
        b"* THREAD 1",
        b"* THREAD (1",
        b"* 1 FETCH (BODY[TEXT",
    ],
    ids=str,
)
def test_a_response_that_breaks_its_grammar_hides_none_after_it(data: bytes) -> None:
    first, second = responses(data + b"\r\n* 5 EXISTS\r\n", limits=SMALL)
    assert isinstance(first, Unreadable)
    assert second == MessageCount("EXISTS", 5)


def test_a_thread_may_be_as_deep_as_it_is_long() -> None:
    depth = 20_000
    data = b"* THREAD " + b"".join(b"(%d " % number for number in range(1, depth)) + b")" * (depth - 1)
    found = one(data)
    assert isinstance(found, Threads)
    assert found.threads[0][-1] == (depth - 1, depth - 2)


def test_a_framer_forgets_what_it_gave() -> None:
    framer = Framer()
    for _ in range(100):
        framer.feed(b"* 1 FETCH (BODY[] {1000}\r\n" + b"x" * 1000 + b")\r\n")
        assert framer.next() is not None
        assert framer.next() is None
    framer.feed(b"")
    assert framer.held_bytes == 0
