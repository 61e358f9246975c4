"""Messages of scheduling that come by mail, written into the calendar of whom the mail is for (RFC 6047).

    mail -> who sent it, verified -> each message -> the object it is about -> decided and written as any other write
            (`sogo.service.around`, `sogo.model.scheduling.receive`)

A message whose sender nobody vouches for, or who may not say what it says, changes nothing: it stays a mail that its
reader can look at. The same mail twice does what it does once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from sogo.auth.interface import User
from sogo.errors import CodecError, DomainError, InvalidRequest, NotFound, ResourceLocked, Unavailable
from sogo.mail.incoming import CalendarMessage, IncomingMail
from sogo.mail.senders import Sender
from sogo.model.calendar_object import CalendarObject, Limits, PutSettings, check
from sogo.model.folder import PERSONAL, FolderKind, FolderState
from sogo.model.locks import Touched
from sogo.model.scheduling.facts import Face
from sogo.model.scheduling_settings import blocks_invitations
from sogo.service.around import Former, ObjectWrite, Outcome, Place, Received, Text, Wishes
from sogo.service.bus import Change, Origin, What
from sogo.service.folders import FolderService
from sogo.service.lock_guard import Seen, require_unlocked, under_locks
from sogo.service.pace import APART_ABOVE_CHARS, maybe_apart
from sogo.service.preferences import preferences
from sogo.service.scheduling.gathering import calendar_object_name, default_folder, readable
from sogo.service.site import Site
from sogo.store.interface import Expect, HeldObject, Holding

log = logging.getLogger(__name__)

NEW = frozenset({"REQUEST", "PUBLISH", "ADD"})
"""Methods that bring an event which was not there."""


class Effect(Enum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    NOTHING = "nothing to do"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one message. `copies` of others and `mails` were written along with it."""

    effect: Effect
    method: str
    uid: str = ""
    why: str = ""
    copies: int = 0
    mails: int = 0


@dataclass(frozen=True, slots=True)
class _Aim:
    """The object a message is about, or where it is to be."""

    state: FolderState
    name: str
    held: HeldObject | None


class MessageIntake:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def take(self, user: User, mail: IncomingMail) -> list[Done]:
        """Each message in its turn. Raises Unavailable and ResourceLocked where it is worth trying again later; what
        was done until then does no harm a second time."""
        senders, why = await self._senders(mail.sender)
        done = []
        for message in mail.messages:
            found = await self._take(user, mail, message, senders) if senders else _refused(message, why)
            log.info("%s: %s", user.user_id, told(found, mail))
            done.append(found)
        return done

    async def _take(self, user: User, mail: IncomingMail, message: CalendarMessage, senders: tuple[str, ...]) -> Done:
        try:
            obj = await maybe_apart(len(message.text) > APART_ABOVE_CHARS, check, message.text, limits=self._limits)
            return await self._applied(user, mail, message, obj, senders)
        except ResourceLocked:
            raise
        except CodecError as error:
            return Done(Effect.UNREADABLE, message.method, why=error.public)
        except DomainError as error:
            effect = Effect.UNREADABLE if getattr(error, "rule", "") == "valid-calendar-data" else Effect.REFUSED
            return Done(effect, message.method, why=error.public)

    @property
    def _limits(self) -> Limits:
        return Limits(octets=self._site.config.system.maximum_object_size * 1024)

    async def _applied(
        self, user: User, mail: IncomingMail, message: CalendarMessage, obj: CalendarObject, senders: tuple[str, ...]
    ) -> Done:
        if not obj.uid:
            raise InvalidRequest("A message needs a UID.")
        aim, holding = await self._aim(user, obj)
        if aim.held is None and message.method in NEW and await self._is_blocked(holding, senders):
            return Done(Effect.REFUSED, message.method, obj.uid, "this user does not want to be invited")
        prefs = preferences(self._site.config, user, holding.profile)
        settings = PutSettings(
            zone=prefs.zone, zone_name=prefs.zone_name, event_class=prefs.event_class, task_class=prefs.task_class,
            day_start_hour=prefs.day_start_hour, now=self._site.clock(),
        )  # fmt: skip
        received = Received(senders, may_answer=not mail.is_automatic, settings=settings)
        outcome = await self._write(user, aim, obj, received)
        return replace(_done(aim, outcome, message.method), uid=obj.uid)

    # --- who ----------------------------------------------------------------------------------------------------------

    async def _senders(self, sender: Sender) -> tuple[tuple[str, ...], str]:
        """The addresses by which the sender may speak; none, and why."""
        if sender.is_forged:
            return (), f"the mail server found that the mail is not from {sender.address or 'whom it says'}"
        if sender.login:
            user = await self._site.directory.find_user(sender.login)
            if user is not None:  # whatever From says
                own = tuple(email.lower() for email in user.emails)
                return tuple(sorted(own, key=lambda address: address != sender.address)), ""
        if not sender.address:
            return (), "the mail does not say from which one address it is"
        if sender.is_believed and not await self._is_of_another(sender):
            return (sender.address,), ""
        if self._site.config.system.imip_accept_unverified and not sender.login:
            return (sender.address,), ""
        return (), f"nobody vouches that the mail is from {sender.address}"

    async def _is_of_another(self, sender: Sender) -> bool:
        """Somebody logged in whom nobody knows, and writes as one of our users."""
        return bool(sender.login) and await self._site.directory.find_user(sender.address) is not None

    async def _is_blocked(self, holding: Holding, senders: tuple[str, ...]) -> bool:
        """Whether the user takes no invitations of such a sender (PreventInvitations, scheduling.md §6.3)."""
        logins = set()
        for address in senders[:1]:
            user = await self._site.directory.find_user(address)
            logins |= {user.user_id, user.record.uid} if user is not None else set()
        return blocks_invitations(holding.profile.settings, logins)

    # --- where --------------------------------------------------------------------------------------------------------

    async def _aim(self, user: User, obj: CalendarObject) -> tuple[_Aim, Holding]:
        name = calendar_object_name(obj.uid)
        holding = (await self._site.folders.holdings([user.user_id], obj.uid, name))[user.user_id]
        states = {state.folder.path: state for state in holding.folders}
        found = (held for held in holding.objects if held.uid == obj.uid[:255])
        for held in found:
            stored = readable(held.entry.content or "")
            if stored is None or stored.uid != obj.uid:  # the index holds the beginning of a UID
                raise NotFound("The event of this UID cannot be read, or is another.")
            return _Aim(states[held.folder.path], held.entry.name, held), holding
        if any(held.entry.name == name for held in holding.objects):
            raise NotFound("The name of the event is taken by another.")
        if not holding.folders:
            view = await FolderService(self._site).find(user, user, FolderKind.CALENDAR, PERSONAL)
            return _Aim(view.state, name, None), replace(holding, folders=[view.state])
        return _Aim(states[default_folder(holding).path], name, None), holding

    # --- written ------------------------------------------------------------------------------------------------------

    async def _write(self, user: User, aim: _Aim, obj: CalendarObject, received: Received) -> Outcome:
        folder = aim.state.folder
        write = ObjectWrite(
            user, Origin.USER, None, Place(folder, user, aim.name),
            Former(partial(self._site.folders.load, folder, aim.name)), Text(obj.text, obj.uid, obj.kind, obj),
            expect=Expect(), wishes=Wishes(face=Face.IMIP), is_new=aim.held is None, received=received,
        )  # fmt: skip
        look = partial(self._locks, user, aim)
        return await under_locks(
            await look(), partial(look, again=True), lambda seen: self._told(aim, write, seen)
        )  # fmt: skip

    async def _locks(self, user: User, aim: _Aim, *, again: bool = False) -> Seen:
        touched = Touched((aim.name,), members=True)
        return await require_unlocked(self._site, aim.state, user, touched, (), again=again)

    async def _told(self, aim: _Aim, write: ObjectWrite, seen: Seen) -> Outcome:
        outcome = await self._site.around.write(write, seen, _plain)
        if outcome.is_untouched:
            return outcome
        folder = aim.state.folder
        if outcome.written is not None:
            self._site.memory.wrote(folder.id, aim.name, outcome.written)
        what = What.WRITTEN if outcome.written is not None else What.REMOVED
        self._site.bus.announce(Change(folder, aim.name, Origin.USER, what))
        return outcome


async def _plain(seen: frozenset[str]) -> None:
    """A message is no object: where nobody decides about it, it is not stored."""
    raise Unavailable("Messages cannot be taken in here.")


def _refused(message: CalendarMessage, why: str) -> Done:
    return Done(Effect.REFUSED, message.method, why=why)


def _done(aim: _Aim, outcome: Outcome, method: str) -> Done:
    if outcome.is_untouched:
        effect = Effect.NOTHING
    elif outcome.written is None:
        effect = Effect.REMOVED
    else:
        effect = Effect.CHANGED if aim.held is not None else Effect.ADDED
    return Done(effect, method, copies=outcome.copies, mails=outcome.mails)


def told(done: Done, mail: IncomingMail) -> str:
    """One line about a message."""
    also = [f"{number} {what}" for number, what in ((done.copies, "copies"), (done.mails, "mails")) if number]
    words = [
        done.method, _short(done.uid), f"from {mail.sender.address or 'nobody'}:", done.effect.value,
        *((f"({', '.join(also)})",) if also else ()), *((f"- {_short(done.why)}",) if done.why else ()),
    ]  # fmt: skip
    return " ".join(filter(None, words))


def _short(text: str) -> str:
    """Of a stranger: on one line, printable."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200])
