"""One mail of the queue to its mail server, and what becomes of it.

A mail is claimed before it is sent and marked afterwards. Whoever ends in between leaves it claimed: it is sent again
by somebody else when no sending can still be at work, with the same Message-ID, by which mailboxes that look for
doubles see that it is one. A mark that the database does not take is made as soon as it does, by the process that
knows.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import secrets
from collections import Counter
from dataclasses import dataclass, field

from sogo.errors import ConfigError, MailDelayed, MailRefused, StoreUnavailable
from sogo.mail.transport import Envelope, MailLogin
from sogo.service.mail_routes import MailRoute, MailRoutes
from sogo.store.interface import Clock
from sogo.store.mails import MailQueue, QueuedMail, WaitingMail

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryTimes:
    """After a first failure the next try comes after `first_seconds`, each further one after twice as long up to
    `longest_seconds`; a mail as old as `give_up_seconds` is given up."""

    first_seconds: float = 60.0
    longest_seconds: float = 3600.0
    give_up_seconds: float = 3 * 24 * 3600.0

    def wait_seconds(self, tries: int) -> float:
        """Spread a little, so that what failed together is not tried together."""
        seconds = min(self.first_seconds * 2.0 ** min(tries - 1, 20), self.longest_seconds)
        return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - keeps no secret


@dataclass(slots=True)
class MailDelivery:
    """`holder` is this process, for all mails it claims. `counted` says what became of mails so far: sent, refused,
    given_up, delayed."""

    mails: MailQueue
    routes: MailRoutes
    clock: Clock
    times: RetryTimes = field(default_factory=RetryTimes)
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    counted: Counter[str] = field(default_factory=Counter)
    active: set[str] = field(default_factory=set)
    """Mails that this process is sending."""
    unmarked: set[str] = field(default_factory=set)
    """Mails that this process has sent, and the database does not know it yet."""

    async def attempt(self, seen: WaitingMail, login: MailLogin | None = None) -> MailDelayed | None:
        """Try one mail, by a login other than the site's where one is given. What delayed it, if something did. Raises
        StoreUnavailable when the queue is away."""
        mail = await self.mails.claim(seen, self.holder)
        if mail is None:
            return None
        self.active.add(seen.id)
        try:
            return await self._try(seen, mail, login)
        finally:
            self.active.discard(seen.id)

    async def _try(self, seen: WaitingMail, mail: QueuedMail, login: MailLogin | None) -> MailDelayed | None:
        try:
            route = self.routes.of(mail.domain)
            await _send(route, mail, login)
        except MailRefused as error:
            await self._give_up(seen, _why(error), "refused")
        except (MailDelayed, ConfigError) as error:
            await self._postpone(seen, _why(error))
            return error if isinstance(error, MailDelayed) else None
        else:
            self.counted["sent"] += 1
            log.info("mail (%s) from %s to %s is sent", seen.kind, seen.sender, seen.recipient)
            await self._mark(seen.id)
        return None

    async def mark_again(self) -> None:
        """Make the marks that could not be made when it was time."""
        for mail_id in list(self.unmarked):
            await self.mails.sent(mail_id, self.holder)
            self.unmarked.discard(mail_id)

    async def _mark(self, mail_id: str) -> None:
        try:
            await self.mails.sent(mail_id, self.holder)
        except StoreUnavailable:
            self.unmarked.add(mail_id)
            raise
        except asyncio.CancelledError:
            self.unmarked.add(mail_id)
            raise

    async def _postpone(self, seen: WaitingMail, why: str) -> None:
        now = self.clock()
        if now.timestamp() - seen.created >= self.times.give_up_seconds:
            await self._give_up(seen, why, "given_up")
            return
        self.counted["delayed"] += 1
        until = now + dt.timedelta(seconds=self.times.wait_seconds(seen.tries + 1))
        log.info("mail (%s) to %s waits: %s", seen.kind, seen.recipient, why)
        await self.mails.postponed(seen.id, self.holder, until, why)

    async def _give_up(self, seen: WaitingMail, why: str, what: str) -> None:
        self.counted[what] += 1
        log.warning(
            "mail (%s) from %s to %s is kept unsent (%s): %s", seen.kind, seen.sender, seen.recipient, what, why
        )
        await self.mails.failed(seen.id, self.holder, why)


async def _send(route: MailRoute, mail: QueuedMail, login: MailLogin | None) -> None:
    await route.transport.send(Envelope(mail.sender, mail.recipient, mail.message), login or route.login)


def _why(error: MailRefused | MailDelayed | ConfigError) -> str:
    return str(error.fields.get("why") or error)
