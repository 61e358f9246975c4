"""Mails of a plan as messages of the queue: each in the language and by the clock of who gets it.

A local user's language and zone are the user's own; others read the language of the actor's domain and an event's own
times. Who has no address that mail can be sent to gets none.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

from sogo.auth.interface import User
from sogo.codec.contentline import Component, Line
from sogo.codec.mime.addresses import bare_address
from sogo.codec.mime.headers import Mailbox
from sogo.mail.about import Reader
from sogo.mail.invitations import bare_notice_of, notice_of
from sogo.mail.letter import CalendarText, Letter, render
from sogo.mail.notice import Notice
from sogo.mail.slimming import MAX_INLINE_CHARS, slimmed
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.plan import Mail, MailKind
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.store.mails import MailKey, QueuedMail, mail_key
from sogo.texts.catalogue import Phrase, words

log = logging.getLogger(__name__)

MAX_CALENDAR_BYTES = 2 * 1024 * 1024
"""A mail about a larger event says what there is to say without the event itself."""
MAX_TOGETHER_BYTES = 512 * 1024 * 1024
"""Of the calendars in all mails of one write: to very many, each has less room."""
MAX_AHEAD = 100
MAX_AHEAD_CHARS = 128 * 1024
"""More mails, or about larger events, are written one by one while they are stored, and none is kept in memory."""
_STAMPS = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED"})
_INFORMED = "NON-PARTICIPANT"
_LONG_CHARS = 1_000


class MailRendering:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def render(self, mails: Sequence[Mail], actor: User) -> Sequence[QueuedMail]:
        """What is to be put into the queue, on behalf of the actor: by whose settings and login it leaves. Never fails
        for what a calendar says."""
        own = await self.reader_of(actor)
        readers: dict[str | None, Reader] = {actor.user_id: own}
        drafts: list[_Draft] = []
        for mail in mails:
            user_id = mail.recipient.person.user_id
            if user_id not in readers:
                readers[user_id] = await self.reader(mail.recipient.person, actor, own)
            drafts += self._drafts(mail, readers[user_id], actor)
            await asyncio.sleep(0)
        slimming = Slimming(MAX_TOGETHER_BYTES // max(1, len(drafts)))
        written = _Written(drafts, slimming)
        texts = (slimming.of(draft.mail.vcalendar).text or "" for draft in drafts)
        if len(drafts) > MAX_AHEAD or any(len(text) > MAX_AHEAD_CHARS for text in texts):
            return written
        made = []
        for one in written:
            made.append(one)
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

    def _drafts(self, mail: Mail, reader: Reader, actor: User) -> Iterator[_Draft]:
        """The mail, and of an answer a second one for whoever acts for the organizer, to be read only."""
        sender = mailbox(mail.sender.cn, mail.sender.address)
        if sender is None:
            log.info("no mail about %s: the sender has no address", mail.uid[:200])
            return
        ends = [(mailbox(mail.recipient.cn, mail.recipient.address), mail.recipient.role.upper() != _INFORMED)]
        if mail.kind is MailKind.REPLY and mail.recipient.sent_by:
            ends.append((mailbox("", mail.recipient.sent_by), False))
        for recipient, has_calendar in ends:
            if recipient is None:
                log.info("no mail about %s: a recipient has no address", mail.uid[:200])
                continue
            moment, token = self._site.clock(), secrets.token_hex(16)
            yield _Draft(mail, reader, actor, sender, recipient, moment, token, has_calendar=has_calendar)


@dataclass(frozen=True, slots=True)
class _Draft:
    """All that a mail is made of, so that it is the same each time it is written."""

    mail: Mail
    reader: Reader
    actor: User
    sender: Mailbox
    recipient: Mailbox
    moment: dt.datetime
    token: str
    has_calendar: bool

    def write(self, slimming: Slimming) -> QueuedMail:
        mail, slim = self.mail, slimming.of(self.mail.vcalendar)
        notice, calendar = self._notice(), None
        if self.has_calendar:
            notice = replace(notice, notes=(*notice.notes, *slim.notes))
            if slim.text is not None:
                calendar = CalendarText(slim.text, mail.method.value, mail.component.name)
        letter = Letter(
            notice, self.sender, self.recipient, self.moment, self.token, mail.kind.value,
            mailbox("", mail.sender.sent_by), calendar,
        )  # fmt: skip
        return queued(letter, _key(mail, self.sender, self.recipient, slim.digest), self.actor)

    def _notice(self) -> Notice:
        """What cannot be told of an event must not keep it from being stored, nor its mail from going out."""
        try:
            return notice_of(self.mail, self.reader)
        except Exception:
            log.exception("a mail about %s says less than it should", self.mail.uid[:200])
            return bare_notice_of(self.mail, self.reader)


@dataclass(frozen=True, slots=True)
class _Slim:
    """What of a calendar is mailed: None for nothing. `digest` is of all that matters of it, also what is left out."""

    text: str | None
    digest: str
    notes: tuple[Phrase, ...] = ()


class Slimming:
    """`room_bytes` is what a mail may hold of a calendar, up to MAX_CALENDAR_BYTES. The last calendar is remembered:
    most mails of a write have the same."""

    def __init__(self, room_bytes: int) -> None:
        self._room = min(room_bytes, MAX_CALENDAR_BYTES)
        self._last: tuple[Component, _Slim] | None = None
        self._digests: dict[str, str] = {}

    def of(self, vcalendar: Component) -> _Slim:
        if self._last is None or self._last[0] is not vcalendar:
            self._last = (vcalendar, self._slim(vcalendar))
        return self._last[1]

    def _slim(self, vcalendar: Component) -> _Slim:
        found = slimmed(vcalendar, min(MAX_INLINE_CHARS, self._room // 2))
        text = found.vcalendar.render()
        if len(text) > self._room or len(text.encode("utf-8", "replace")) > self._room:
            return _Slim(None, self._digest(vcalendar), (Phrase("left_out.calendar"),))
        notes = (Phrase("left_out.files", {"count": found.left_out}),) if found.left_out else ()
        return _Slim(text, self._digest(vcalendar), notes)

    def _digest(self, vcalendar: Component) -> str:
        digest = hashlib.sha256()
        for component in vcalendar.walk():
            digest.update(f"{component.name}\0".encode())
            for line in component.lines:
                if line.name not in _STAMPS:
                    digest.update(f"{self._line(line)}\0".encode("utf-8", "replace"))
        return digest.hexdigest()

    def _line(self, line: Line) -> str:
        """The line, or of a long one a digest, once: it may be in the calendars of a crowd."""
        text = line.render()
        if len(text) <= _LONG_CHARS:
            return text
        if text not in self._digests:
            self._digests[text] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        return self._digests[text]


class _Written(Sequence[QueuedMail]):
    """Mails that are written whenever they are looked at, and the same each time."""

    def __init__(self, drafts: Sequence[_Draft], slimming: Slimming) -> None:
        self._drafts, self._slimming = drafts, slimming

    def __len__(self) -> int:
        return len(self._drafts)

    @overload
    def __getitem__(self, index: int) -> QueuedMail: ...
    @overload
    def __getitem__(self, index: slice) -> _Written: ...
    def __getitem__(self, index: int | slice) -> QueuedMail | _Written:
        if isinstance(index, slice):
            return _Written(self._drafts[index], self._slimming)
        return self._drafts[index].write(self._slimming)


def mailbox(cn: str, address: str) -> Mailbox | None:
    """None for an address that mail cannot be sent to."""
    bare = bare_address(address)
    return Mailbox("" if cn == address else cn, bare) if bare is not None else None


def _key(mail: Mail, sender: Mailbox, recipient: Mailbox, digest: str) -> MailKey:
    """Mails about one event, or one occurrence, between two people follow each other. What matters of one is all of its
    calendar but when it was written."""
    way = "reply" if mail.kind is MailKind.REPLY else "request"
    thread = (way, mail.uid, mail.recurrence_id, sender.address, recipient.address)
    return mail_key(thread, (mail.method.value, str(mail.sequence), mail.kind.value, digest))


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
