"""What a decision has to know, and by what it can be told later that this has changed."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sogo.auth.interface import User
from sogo.codec.contentline import Known
from sogo.errors import AlreadyExists, CodecError, DomainError, Overtaken
from sogo.model import calendar_object
from sogo.model.calendar_object import CalendarObject
from sogo.model.folder import PERSONAL, Folder, FolderKind, FolderState
from sogo.model.labels import personal_folder_name
from sogo.model.rights import Deed, EventClass, permits
from sogo.model.scheduling.addresses import address_of
from sogo.model.scheduling.facts import Booking, Copy, Facts, Inquiry
from sogo.model.scheduling.people import Person
from sogo.model.scheduling_settings import blocks_invitations, default_calendar, sends_replies
from sogo.service.around import ObjectWrite, Place
from sogo.service.bus import Change, What
from sogo.service.free_busy import FreeBusyService
from sogo.service.pace import maybe_apart
from sogo.service.preferences import preferences
from sogo.service.request_scope import request_scope
from sogo.service.scheduling.bookings import bookings_of, counting, titles_for
from sogo.service.scheduling.people import Acquaintance
from sogo.service.site import Site
from sogo.service.standings import standings
from sogo.store.interface import HeldObject, Holding, Stamp

log = logging.getLogger(__name__)

APART_ABOVE_CHARS = 64 * 1024
"""So much text of copies is read outside the event loop."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a copy is, or is to be: `held` is what is there now, readable or not."""

    folder: Folder
    name: str
    held: HeldObject | None = None


@dataclass(slots=True)
class Gathered:
    """`facts` for the decision; `own` is the object at the place that is written, as it was then. `stamps` are the
    folders in which nobody else may write until this is written."""

    facts: Facts
    own: HeldObject | None
    stamps: Sequence[Stamp]
    users: Mapping[str, User]
    holdings: Mapping[str, Holding]
    uid: str

    @property
    def chars(self) -> int:
        """How much text was read."""
        return sum(len(copy.object.text) for copy in self.facts.copies.values())

    def spot(self, user_id: str, name: str) -> Spot | None:
        """Where a person's copy is, or where a new one is to be put; None for who has no calendar."""
        holding = self.holdings.get(user_id)
        if holding is None or not holding.folders:
            return None
        held = _best(holding, self.uid, name)
        if held is not None:
            return Spot(held.folder, held.entry.name, held)
        folder = default_folder(holding)
        taken = any(one.folder.path == folder.path and one.entry.name == name for one in holding.objects)
        return Spot(folder, calendar_object_name(self.uid) if taken else name)


def calendar_object_name(uid: str) -> str:
    """A name that follows from the UID, for whom the organizer's name is taken by something else."""
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:32] + ".ics"


def _best(holding: Holding, uid: str, name: str, place: Place | None = None) -> HeldObject | None:
    """The copy: of this name first, then as calendars come. What is at `place` is none."""
    found = [held for held in holding.objects if held.uid == uid[:255] and not _is_at(held, place)]
    return next((held for held in found if held.entry.name == name), found[0] if found else None)


def _is_at(held: HeldObject, place: Place | None) -> bool:
    return place is not None and held.folder.path == place.folder.path and held.entry.name == place.name


def default_folder(holding: Holding) -> Folder:
    wanted = default_calendar(holding.profile.settings) or PERSONAL
    named = {state.folder.name: state.folder for state in holding.folders}
    return named.get(wanted) or named.get(PERSONAL) or holding.folders[0].folder


class Gathering:
    """Asks for what one deed needs; made anew for each attempt."""

    def __init__(
        self, site: Site, write: ObjectWrite, place: Place, *, times: FreeBusyService, sends_mail: bool
    ) -> None:
        self._site, self._write, self._place, self._sends_mail = site, write, place, sends_mail
        self._known, self._times = Acquaintance(site, write.actor), times
        self._actor, self._owner = self._known.know(write.actor), self._known.know(place.owner)

    async def gather(self, inquiry: Inquiry) -> Gathered:
        """Raises Overtaken when a folder that was to be used is gone again, and what the stores and the directory
        raise."""
        await self._known.meet(sorted(inquiry.addresses))
        self._known.know(self._place.owner)
        user_ids = {person.user_id for person in self._known.local() if person.user_id is not None}
        user_ids.add(self._place.owner.user_id)
        holdings = await self._site.folders.holdings(user_ids, inquiry.uid, self._place.name)
        request_scope().learn_profiles({user_id: holding.profile for user_id, holding in holdings.items()})
        holdings = {user_id: await self._housed(user_id, holding) for user_id, holding in holdings.items()}
        stamps = await self._stamps(inquiry, holdings)
        bookings = await self._bookings(inquiry, holdings)
        own = next((held for held in holdings[self._place.owner.user_id].objects if _is_at(held, self._place)), None)
        facts = await self._facts(inquiry, holdings, bookings, own)
        return Gathered(facts, own, stamps, self._known.users, holdings, inquiry.uid)

    async def _housed(self, user_id: str, holding: Holding) -> Holding:
        """Everybody who is known has a calendar, also who never came."""
        if holding.folders:
            return holding
        user = self._known.users[user_id]
        title = personal_folder_name(
            FolderKind.CALENDAR, preferences(self._site.config, user, holding.profile).language
        )
        with contextlib.suppress(AlreadyExists):  # somebody else was first
            folder = await self._site.folders.create_folder(user_id, FolderKind.CALENDAR, PERSONAL, title)
            self._site.bus.announce(Change(folder, "", what=What.CREATED))
        state = await self._site.folders.find_folder(user_id, FolderKind.CALENDAR, PERSONAL)
        if state is None:
            raise Overtaken("A calendar was removed at once by somebody else.", user=user_id)
        return replace(holding, folders=[state])

    # --- resources ----------------------------------------------------------------------------------------------------

    def _booked(self, inquiry: Inquiry) -> list[Person]:
        """Whose bookings matter."""
        forced = self._write.wishes.forced
        wanted = {one.user_id: one for one in self._known.local() if inquiry.wants_bookings(one, forced=forced)}
        return list(wanted.values())

    async def _stamps(self, inquiry: Inquiry, holdings: Mapping[str, Holding]) -> list[Stamp]:
        """The calendars of rooms and things, before their bookings are read: who books one at the same moment writes
        there."""
        states: list[FolderState] = []
        for person in self._booked(inquiry):
            if person.kind.is_booked and person.user_id is not None:
                states += counting(holdings[person.user_id])
        return await self._site.folders.stamps(states) if states else []

    async def _bookings(self, inquiry: Inquiry, holdings: Mapping[str, Holding]) -> dict[str, tuple[Booking, ...]]:
        found: dict[str, tuple[Booking, ...]] = {}
        for person in self._booked(inquiry):
            user_id, window = person.user_id, inquiry.window
            if user_id is not None and window is not None:
                user = self._known.users[user_id]
                titles = await titles_for(self._site, self._write.actor, holdings[user_id])
                found[user_id] = await bookings_of(self._times, user, window, titles)
        return found

    async def _is_closed(self, person: Person, holding: Holding) -> bool:
        """A resource whose calendar gives the actor no right at all cannot be booked (scheduling.md §6.1)."""
        if not person.kind.is_booked or person.user_id == self._write.actor.user_id:
            return False
        folder = default_folder(holding)
        rows = await self._site.acl.roles(folder)
        (standing,) = await standings(self._site, self._write.actor, [folder], {folder.path: rows})
        return not standing.sees

    # --- the facts ----------------------------------------------------------------------------------------------------

    async def _facts(
        self,
        inquiry: Inquiry,
        holdings: Mapping[str, Holding],
        bookings: Mapping[str, tuple[Booking, ...]],
        own: HeldObject | None,
    ) -> Facts:
        write, config = self._write, self._site.config
        profile = holdings[self._place.owner.user_id].profile
        copies, broken = await self._copies(inquiry, holdings)
        for name in broken:
            log.warning("a copy of a meeting cannot be read and will be written over: %s", name)
        people = {address: await self._as_met(person, holdings) for address, person in self._known.people.items()}
        return Facts(
            now=self._site.clock(),
            actor=self._actor,
            owner=self._owner,
            people=people,
            face=write.wishes.face,
            copies=copies,
            bookings=bookings,
            may_act_for_organizer=await self._may_act_for_organizer(holdings, copies, own),
            can_answer_only=write.wishes.can_answer_only,
            forced=write.wishes.forced,
            sends_mail=self._sends_mail,
            sends_replies=sends_replies(profile.settings),
            reply_wanted=write.wishes.reply_wanted,
            expand_groups=write.wishes.expand_groups,
            disable_organizer_check=config.system.disable_organizer_event_check,
            merges_answers=write.wishes.schedule_tag is not None,
            zone=preferences(config, self._place.owner, profile).zone,
            name=self._place.name,
        )

    async def _as_met(self, person: Person, holdings: Mapping[str, Holding]) -> Person:
        """With what the person's settings, and rights on the calendar, say about this actor."""
        members = tuple([await self._as_met(member, holdings) for member in person.members])
        if person.user_id is None:
            return replace(person, members=members) if members else person
        holding, actor = holdings[person.user_id], self._write.actor
        inviter = {actor.user_id, actor.record.uid}
        blocks = person.user_id != actor.user_id and blocks_invitations(holding.profile.settings, inviter)
        return replace(person, blocks_invitations=blocks, is_closed=await self._is_closed(person, holding))

    async def _copies(self, inquiry: Inquiry, holdings: Mapping[str, Holding]) -> tuple[dict[str, Copy], list[str]]:
        owner = self._place.owner.user_id
        found = {
            user_id: held
            for user_id, holding in holdings.items()
            if (held := _best(holding, inquiry.uid, self._place.name, self._place if user_id == owner else None))
        }
        size = sum(len(held.entry.content or "") for held in found.values())
        return await maybe_apart(size > APART_ABOVE_CHARS, _read, found)

    async def _may_act_for_organizer(
        self, holdings: Mapping[str, Holding], copies: Mapping[str, Copy], own: HeldObject | None
    ) -> bool:
        """The right to modify the organizer's own object, asked for only where somebody is said to act for another. Of
        several organizers none may be without it."""
        if self._write.actor.is_superuser:
            return True
        for address in _represented(self._write, own):
            person = self._known.people.get(address)
            if person is None or person.user_id is None or person.user_id == self._write.actor.user_id:
                continue
            holding = holdings[person.user_id]
            copy = copies.get(person.user_id)
            folders = {state.folder.path: state.folder for state in holding.folders}
            folder = folders[copy.folder] if copy is not None else default_folder(holding)
            if not await self._may_modify(folder, _class_of(copy)):
                return False
        return True

    async def _may_modify(self, folder: Folder, of_class: EventClass) -> bool:
        rows = await self._site.acl.roles(folder)
        (standing,) = await standings(self._site, self._write.actor, [folder], {folder.path: rows})
        return permits(standing, Deed.MODIFY, of_class)


def _represented(write: ObjectWrite, own: HeldObject | None) -> set[str]:
    """The organizers for whom somebody else acts (SENT-BY) in what is written, and in what is there."""
    new = write.after.calendar if write.after is not None else None
    text = (own.entry.content or "") if own is not None else ""
    unfolded = text.replace("\r", "").replace("\n ", "").replace("\n\t", "")
    old = readable(text) if "SENT-BY" in unfolded.upper() else None
    components = [component for obj in (old, new) if obj is not None for component in obj.components]
    lines = [line for component in components if (line := component.first("ORGANIZER"))]
    return {address_of(line) for line in lines if line.param("SENT-BY") is not None}


def _class_of(copy: Copy | None) -> EventClass:
    component = (copy.object.master or copy.object.components[0]) if copy is not None else None
    word = (component.value("CLASS") or "") if component is not None else ""
    return EventClass.__members__.get(word.strip().upper(), EventClass.PUBLIC)


def _read(found: Mapping[str, HeldObject]) -> tuple[dict[str, Copy], list[str]]:
    copies: dict[str, Copy] = {}
    broken: list[str] = []
    known = Known()
    objects = {text: readable(text, known) for text in {held.entry.content or "" for held in found.values()}}
    for user_id, held in found.items():
        obj = objects[held.entry.content or ""]
        if obj is None:
            broken.append(f"{held.folder.path}/{held.entry.name}")
            continue
        copies[user_id] = Copy(
            user_id=user_id,
            folder=held.folder.path,
            name=held.entry.name,
            version=held.entry.version,
            object=obj,
            schedule_tag=held.schedule_tag,
        )
    return copies, broken


def readable(text: str, known: Known | None = None) -> CalendarObject | None:
    """A stored object; None where it is none, or one that nobody would store today."""
    try:
        return calendar_object.check(text, known=known)
    except (CodecError, DomainError):
        return None
