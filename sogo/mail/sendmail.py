"""To the sendmail program of this host (WOSendMail), without a shell: `sendmail -i -f SENDER -- RECIPIENT`."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass

from sogo.errors import MailDelayed, MailRefused
from sogo.mail.transport import Envelope, MailLogin

SEND_SECONDS = 120.0
ANSWER_BYTES = 1000
_FOR_GOOD = frozenset({os.EX_DATAERR, os.EX_NOUSER, os.EX_NOHOST, os.EX_UNAVAILABLE})
"""What sysexits.h says of this message; everything else is the host's trouble and may pass."""


@dataclass(frozen=True, slots=True)
class SendmailTransport:
    program: str
    seconds: float = SEND_SECONDS

    async def send(self, envelope: Envelope, login: MailLogin | None) -> None:
        """`login` is not used: the program sends as whoever runs this server."""
        envelope.check()
        arguments = ("-i", "-f", envelope.sender, "--", envelope.recipient)
        try:
            process = await asyncio.create_subprocess_exec(
                self.program, *arguments, stdin=PIPE, stdout=DEVNULL, stderr=PIPE
            )
        except OSError as error:
            raise MailDelayed("There is no sendmail program.", why=str(error), is_down=True) from error
        code, said = await self._finish(process, envelope.message.replace(b"\r\n", b"\n"))
        if code == os.EX_OK:
            return
        why = f"{self.program} ended with {code}: {' '.join(said.decode('utf-8', 'replace').split())}"
        if code in _FOR_GOOD:
            raise MailRefused("The sendmail program refuses the message.", why=why)
        raise MailDelayed("The sendmail program does not take the message now.", why=why)

    async def _finish(self, process: Process, message: bytes) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(self.seconds):
                said, _ = await asyncio.gather(_read(process), _feed(process, message))
                return await process.wait(), said
        except TimeoutError as error:
            raise MailDelayed("The sendmail program does not end in time.", why=self.program) from error
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _feed(process: Process, message: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # it will say why by its exit code
        process.stdin.write(message)
        await process.stdin.drain()
    process.stdin.close()


async def _read(process: Process) -> bytes:
    """The beginning of what it says; the rest is read and dropped, so that it never waits for us."""
    assert process.stderr is not None
    kept = b""
    while chunk := await process.stderr.read(4096):
        kept = (kept + chunk)[:ANSWER_BYTES]
    return kept
