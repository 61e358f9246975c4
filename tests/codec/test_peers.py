"""Why two libraries the field uses are peers of our tests and no part of the product (docs/decisions.md).

Each test states what a library does with sound input and what we do with the same. One that fails after an upgrade is
good news: the decision may be looked at again.
"""

from __future__ import annotations

import asyncio

import aioimaplib
import pytest
import vobject

from sogo.codec.contentline import parse

# --- vobject ----------------------------------------------------------------------------------------------------------


def _card(line: str) -> str:
    name = "" if line.startswith("FN") else "FN:x\r\n"
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Roe;Jane;;;\r\n{name}{line}\r\nEND:VCARD\r\n"


def _event(line: str) -> str:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20250101T000000Z\r\n"
    return f"{head}DTSTART:20251101T090000Z\r\n{line}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("text", "line", "rest"),
    [
        (_card, "FN:Roe, Jane", "FN:Roe"),
        (_card, "NICKNAME:A,B", "NICKNAME:A"),
        (_card, "ORG:X;", "ORG:X"),
        (_card, "X-FOO:a,b;c", "X-FOO:a"),
        (_card, "PHOTO:data:image/png;base64,AAAA", r"PHOTO:data:image/png\;base64"),
        (_event, "DESCRIPTION:a;b,c", r"DESCRIPTION:a\;b"),
        (_event, "CREATED:00001231T000000Z", "CREATED:20001231T000000Z"),
    ],
)
def test_vobject_loses_text_that_we_keep(text, line: str, rest: str) -> None:
    written = vobject.readOne(text(line)).serialize(validate=False).split("\r\n")
    assert rest in written
    assert line not in written
    assert parse(text(line)).render() == text(line)


@pytest.mark.parametrize("line", ["a line without a colon", "RDATE;VALUE=PERIOD:20251101T090000Z/PT1H"])
def test_vobject_refuses_whole_objects_that_we_keep(line: str) -> None:
    with pytest.raises(vobject.base.VObjectError):
        vobject.readOne(_event(line)).serialize(validate=False)
    assert parse(_event(line)).render() == _event(line)


def test_vobject_reads_plain_cards_as_we_do() -> None:
    text = _card("ORG:Example Ltd;Sales").replace("FN:x", "FN;X-A=b:Jane\\, Roe\r\nitem1.TEL;TYPE=home:+1 2")
    theirs, ours = vobject.readOne(text), parse(text).children[0]
    assert theirs.fn.value == ours.text("FN")
    assert theirs.org.value == ours.text("ORG").split(";")
    tel = ours.first("TEL")
    assert tel is not None
    assert (theirs.tel.value, theirs.tel.group, theirs.tel.params["TYPE"]) == (
        tel.value,
        tel.group,
        tel.param_values("TYPE"),
    )


# --- aioimaplib -------------------------------------------------------------------------------------------------------


class _Wire(asyncio.Transport):
    """Where the protocol writes; no socket."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data


def _selected() -> tuple[aioimaplib.aioimaplib.IMAP4ClientProtocol, _Wire]:
    protocol, wire = aioimaplib.aioimaplib.IMAP4ClientProtocol(asyncio.get_running_loop()), _Wire()
    protocol.connection_made(wire)
    protocol.state = aioimaplib.SELECTED
    return protocol, wire


async def test_aioimaplib_deletes_an_asterisk_and_a_space_inside_answers() -> None:
    protocol, wire = _selected()
    asked = asyncio.create_task(protocol.fetch("1", "(ENVELOPE)"))
    await asyncio.sleep(0)
    tag = wire.sent.split()[0]
    protocol.data_received(b'* 1 FETCH (ENVELOPE (NIL "5 * 3 = 15" NIL))\r\n' + tag + b" OK done\r\n")
    assert b'"5 3 = 15"' in (await asked).lines[0]  # the subject was 5 * 3 = 15


async def test_aioimaplib_recurses_once_for_every_line_of_an_answer() -> None:
    protocol, _ = _selected()
    asked = asyncio.create_task(protocol.fetch("1:5000", "(UID)"))
    await asyncio.sleep(0)
    answer = b"".join(b"* %d FETCH (UID %d)\r\n" % (number, number) for number in range(1, 5001))
    with pytest.raises(RecursionError):
        protocol.data_received(answer)
    asked.cancel()


async def test_aioimaplib_sends_names_unquoted() -> None:
    protocol, wire = _selected()
    asked = asyncio.create_task(protocol.simple_command("CREATE", "a b"))
    await asyncio.sleep(0)
    asked.cancel()
    assert wire.sent.endswith(b"CREATE a b\r\n")  # a server that is kind creates `a`
