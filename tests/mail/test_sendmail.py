"""Mail to a program: how it is called, what it is given, what its end means."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sogo.errors import MailDelayed, MailRefused
from sogo.mail.sendmail import SendmailTransport
from sogo.mail.transport import Envelope

LETTER = Envelope("a@example.com", "zoë@example.org", b"Subject: x\r\n\r\n.\r\nFrom me\r\nlast\r\n")


def program(folder: Path, script: str) -> str:
    path = folder / "send mail; false"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


async def test_the_program_gets_sender_recipient_and_message(tmp_path: Path) -> None:
    name = program(tmp_path, f"printf '%s\\n' \"$@\" > {tmp_path}/words; cat > {tmp_path}/message")
    await SendmailTransport(name).send(LETTER, None)
    assert (tmp_path / "words").read_text().splitlines() == ["-i", "-f", "a@example.com", "--", "zoë@example.org"]
    assert (tmp_path / "message").read_bytes() == LETTER.message.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("code", "error"),
    [(os.EX_NOUSER, MailRefused), (os.EX_UNAVAILABLE, MailRefused), (os.EX_NOHOST, MailRefused), (os.EX_DATAERR, MailRefused),
     (os.EX_TEMPFAIL, MailDelayed), (os.EX_SOFTWARE, MailDelayed), (os.EX_CONFIG, MailDelayed), (1, MailDelayed), (127, MailDelayed)],
)  # fmt: skip
async def test_an_exit_code_means_for_good_or_for_now(
    tmp_path: Path, code: int, error: type[MailRefused | MailDelayed]
) -> None:
    name = program(tmp_path, f"cat > /dev/null; echo no such luck >&2; exit {code}")
    with pytest.raises(error) as caught:
        await SendmailTransport(name).send(LETTER, None)
    assert "no such luck" in str(caught.value.fields["why"])


async def test_a_program_that_does_not_read_may_still_end_well(tmp_path: Path) -> None:
    large = Envelope(LETTER.sender, LETTER.recipient, b"x" * 5_000_000)
    await SendmailTransport(program(tmp_path, "exit 0")).send(large, None)


async def test_a_program_that_talks_without_end_is_read_to_the_end(tmp_path: Path) -> None:
    name = program(tmp_path, "cat > /dev/null; head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 75")
    with pytest.raises(MailDelayed) as caught:
        await SendmailTransport(name).send(LETTER, None)
    assert len(str(caught.value.fields["why"])) < 2000


async def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    name = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(MailDelayed):
        await SendmailTransport(name, seconds=1.0).send(LETTER, None)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_program_that_is_not_there_is_down() -> None:
    with pytest.raises(MailDelayed) as caught:
        await SendmailTransport("/nowhere/sendmail").send(LETTER, None)
    assert caught.value.is_down


@pytest.mark.parametrize(
    "recipient", ["-bs", "a b@example.org", "a@example.org\nb@example.org", "|id@example.org>x", ""]
)
async def test_what_is_no_address_is_no_argument(tmp_path: Path, recipient: str) -> None:
    name = program(tmp_path, f"touch {tmp_path}/ran")
    with pytest.raises(MailRefused):
        await SendmailTransport(name).send(Envelope("a@example.com", recipient, b"x"), None)
    assert not (tmp_path / "ran").exists()
