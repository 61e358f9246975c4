"""Mails of a plan as messages of the queue: each in the language and by the clock of who gets it.

A local user's language and zone are the user's own; others read the language of the actor's domain and an event's own
times. Who has no address that mail can be sent to gets none.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterator, Sequence

from sogo.auth.interface import User
from sogo.codec.contentline import Component
from sogo.codec.mime.addresses import bare_address
from sogo.codec.mime.headers import Mailbox
from sogo.mail.about import Reader
from sogo.mail.invitations import notice_of
from sogo.mail.letter import CalendarText, Letter, render
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.plan import Mail, MailKind
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.store.mails import MailKey, QueuedMail, mail_key
from sogo.texts.catalogue import words

log = logging.getLogger(__name__)

MAX_CALENDAR_CHARS = 2_000_000
"""A mail about a larger event says what there is to say without the event itself."""
_STAMPS = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED"})
_INFORMED = "NON-PARTICIPANT"


class MailRendering:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def render(self, mails: Sequence[Mail], actor: User) -> list[QueuedMail]:
        """What is to be put into the queue, on behalf of the actor: by whose settings and login it leaves."""
        own = await self.reader_of(actor)
        readers: dict[str | None, Reader] = {actor.user_id: own}
        made: list[QueuedMail] = []
        for mail in mails:
            user_id = mail.recipient.person.user_id
            if user_id not in readers:
                readers[user_id] = await self.reader(mail.recipient.person, actor, own)
            made += self._letters(mail, readers[user_id], actor)
            await asyncio.sleep(0)  # a hundred are many milliseconds
        return made

    async def reader(self, person: Person, actor: User, own: Reader | None = None) -> Reader:
        """How somebody reads what the actor causes to be sent."""
        if person.user_id is not None:
            user = await self._site.directory.find_user(person.user_id)
            if user is not None:
                return await self.reader_of(user)
        return await self.outside_reader(actor, own)

    async def outside_reader(self, actor: User, own: Reader | None = None) -> Reader:
        """Somebody who is known by an address only. `own` is how the actor reads."""
        language = self._site.config.user({}, actor.domain).language
        zone = (own or await self.reader_of(actor)).site_zone
        return Reader(words(language), None, zone)

    async def reader_of(self, user: User) -> Reader:
        profile = await self._site.profiles.load(user.user_id)
        chosen = preferences(self._site.config, user, profile)
        return Reader(words(chosen.language), chosen.zone, chosen.zone)

    def _letters(self, mail: Mail, reader: Reader, actor: User) -> Iterator[QueuedMail]:
        """The mail, and of an answer a second one for whoever acts for the organizer, to be read only."""
        sender, agent = mailbox(mail.sender.cn, mail.sender.address), mailbox("", mail.sender.sent_by)
        if sender is None:
            log.info("no mail about %s: the sender has no address", mail.uid[:200])
            return
        calendar: CalendarText | None = None
        if mail.recipient.role.upper() != _INFORMED and len(mail.calendar) <= MAX_CALENDAR_CHARS:
            calendar = CalendarText(mail.calendar, mail.method.value, mail.component.name)
        ends = [(mailbox(mail.recipient.cn, mail.recipient.address), calendar)]
        if mail.kind is MailKind.REPLY and mail.recipient.sent_by:
            ends.append((mailbox("", mail.recipient.sent_by), None))
        notice = notice_of(mail, reader)
        for recipient, part in ends:
            if recipient is None:
                log.info("no mail about %s: a recipient has no address", mail.uid[:200])
                continue
            letter = Letter(
                notice, sender, recipient, self._site.clock(), secrets.token_hex(16), mail.kind.value, agent, part
            )  # fmt: skip
            yield queued(letter, key_of(mail, sender, recipient), actor)


def mailbox(cn: str, address: str) -> Mailbox | None:
    """None for an address that mail cannot be sent to."""
    bare = bare_address(address)
    return Mailbox("" if cn == address else cn, bare) if bare is not None else None


def key_of(mail: Mail, sender: Mailbox, recipient: Mailbox) -> MailKey:
    """Mails about one event, or one occurrence, between two people follow each other. What matters of one is all of its
    calendar but when it was written."""
    way = "reply" if mail.kind is MailKind.REPLY else "request"
    thread = (way, mail.uid, mail.recurrence_id, sender.address, recipient.address)
    return mail_key(thread, (mail.method.value, str(mail.sequence), mail.kind.value, *_what_matters(mail.vcalendar)))


def _what_matters(vcalendar: Component) -> Iterator[str]:
    for component in vcalendar.walk():
        yield component.name
        for line in component.lines:
            if line.name not in _STAMPS:
                yield line.render()


def queued(letter: Letter, key: MailKey, user: User | None) -> QueuedMail:
    """A letter as it stands in the queue, by the settings of a user's domain."""
    return QueuedMail(
        key=key,
        sender=letter.sender.address,
        recipient=letter.recipient.address,
        message=render(letter),
        kind=letter.kind,
        user_id=user.user_id if user is not None else "",
        domain=user.domain if user is not None else None,
    )
