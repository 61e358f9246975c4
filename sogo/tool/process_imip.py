"""sogo-tool process-imip: take in the messages of scheduling that a mail brings (docs/imip.md).

Exit codes are those that mail systems know (sysexits): what cannot be done now is tried again, and nothing that a mail
says makes it bounce unless it cannot be read.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import BinaryIO

from sogo.errors import CodecError, ResourceLocked, Unavailable
from sogo.mail.incoming import IncomingMail, read
from sogo.service.message_intake import Done, Effect, MessageIntake, told
from sogo.service.request_scope import begin_request
from sogo.service.site import Site

NAME = "process-imip"
EXIT_DONE, EXIT_USAGE, EXIT_UNREADABLE, EXIT_NO_USER, EXIT_LATER = 0, 64, 65, 67, 75
MAX_MAIL_BYTES = 64 * 1024 * 1024
"""What is behind that in a mail is not looked at."""
USAGE = """\
usage: sogo-tool process-imip USER < MAIL

  USER      a login or mail address: whose mail this is, and whose calendar is written

  Invitations, changes, cancellations and answers are written into the calendar if SOGoIMIPTrustedAuthservers vouch for
  the sender, and the sender may say so. What was done is told line by line.

  0 done, or nothing to do   64 usage   65 the mail cannot be read   67 no such user   75 not now, to be tried again
"""


async def run(site: Site, words: Sequence[str], mail: BinaryIO) -> int:
    """Returns the exit code."""
    if len(words) != 1:
        print(USAGE, end="", file=sys.stderr)
        return EXIT_USAGE
    octets = await asyncio.to_thread(mail.read, MAX_MAIL_BYTES)
    try:
        return await process(site, words[0], octets)
    except (Unavailable, ResourceLocked) as error:
        print(f"{NAME}: {error.public}", file=sys.stderr)
        return EXIT_LATER


async def process(site: Site, name: str, octets: bytes) -> int:
    """Take in one mail for one user. Raises Unavailable and ResourceLocked where that may work later."""
    begin_request()
    try:
        mail = await asyncio.to_thread(_read, site, octets)
    except CodecError as error:
        print(f"{Effect.UNREADABLE.value}: {error.public}")
        return EXIT_UNREADABLE
    user = await site.directory.find_user(name)
    if user is None or not user.record.calendar_access or user.record.is_group:
        print("there is no such user with a calendar")
        return EXIT_NO_USER
    done = await MessageIntake(site).take(user, mail) if mail.messages else []
    return _tell(done, mail)


def _read(site: Site, octets: bytes) -> IncomingMail:
    system = site.config.system
    trusted = frozenset(name.lower() for name in system.imip_trusted_authservers)
    return read(octets, trusted=trusted, max_calendar_bytes=system.maximum_object_size * 1024)


def _tell(done: Sequence[Done], mail: IncomingMail) -> int:
    for one in done:
        print(told(one, mail))
    if mail.is_cut:
        print("not all of the mail was looked at: it holds larger calendars than this server takes, or too many")
    if not done and not mail.is_cut:
        print(f"{Effect.NOTHING.value}: the mail brings no message of scheduling")
    return EXIT_UNREADABLE if any(one.effect is Effect.UNREADABLE for one in done) else EXIT_DONE
