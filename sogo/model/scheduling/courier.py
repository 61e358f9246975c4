"""What each guest hears of a new version, and what becomes of his copy (scheduling.md §§4.2-4.5).

Guests who are invited to the same components are shown, and written, the same text: it is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.diff import TOLD, Change, changed_names, changes
from sogo.model.scheduling.draft import object_of
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.itip import Letter, cancel, request
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.plan import CopyWrite, Correspondent, Mail, MailKind
from sogo.model.scheduling.post import Post
from sogo.model.scheduling.view import Guest, Meeting, clean_line

__all__ = ["Courier", "News"]

DELIVERED, SENT, NO_USER, NO_RIGHT, NO_WAY = "1.2", "1.1", "3.7", "3.8", "5.3"
"""SCHEDULE-STATUS (RFC 6638 §3.2.9): written to the calendar; mailed; no address; something else is in its place; no
mail goes out at this site."""


MAX_NEWS = 10
"""How many occurrences are cancelled one by one for one guest in one write."""


@dataclass(frozen=True, slots=True)
class News:
    """One letter to a guest, and how a mail would put it. `keys` are the components it is about."""

    kind: MailKind
    letter: Letter
    keys: frozenset[str]
    former: Component | None = None
    changed: frozenset[str] = frozenset()


class Courier:
    """`before` is None for a new object, `after` for a removed one. Ask `serve` for each guest of both."""

    def __init__(
        self, before: Meeting | None, after: Meeting | None, sender: Correspondent, facts: Facts, circle: Circle
    ) -> None:
        known = after if after is not None else before
        assert known is not None
        self.copies: list[CopyWrite] = []
        self.statuses: dict[str, str] = {}
        self.changes: dict[str, Change] = {}
        if before is not None and after is not None:
            self.changes = changes(before.parts, after.parts)
        self.known = known.parts
        self.post = Post(known.parts, facts, circle)
        self._past = Post(before.parts, facts, circle) if before is not None and after is not None else self.post
        self._before, self._after, self._sender = before, after, sender
        self._facts, self._circle = facts, circle
        self._letters: dict[tuple[object, ...], Letter] = {}

    @property
    def mails(self) -> list[Mail]:
        return [*(self._past.mails if self._past is not self.post else ()), *self.post.mails]

    def serve(self, key: str) -> None:
        was = self._before.guests.get(key) if self._before is not None else None
        now = self._after.guests.get(key) if self._after is not None else None
        was = was if was is not None and was.is_served else None
        guest = now or was
        if guest is None or guest.any.person.is_same(self._circle.owner):
            return
        if now is None or not now.is_served:
            if was is not None:
                self._end(key, was)
            return
        news = self._news(key, was, now)
        self._write(key, was, now, news)
        self._tell(now, news)
        if news:
            self.statuses[key] = self._status(now, news)

    # --- the end ------------------------------------------------------------------------------------------------------

    def _end(self, key: str, was: Guest) -> None:
        """A guest who is none any more. Who declined is not mailed: he knows that he does not come."""
        seat = was.any
        letter = self._cancelled(key, was, frozenset({MASTER}) & was.keys or was.keys, alone=self._after is not None)
        copy = self._facts.copies.get(seat.person.user_id or "")
        if copy is not None:
            self.copies.append(CopyWrite(seat.person, copy, None, copy.name, letter.message))
        if seat.answer != "DECLINED" and self._past.goes(was.keys):
            self._past.send(MailKind.CANCELLATION, letter, self._sender, seat)

    def _cancelled(self, key: str, was: Guest, keys: frozenset[str], *, alone: bool) -> Letter:
        """CANCEL for components of the former version; `alone`: for this guest only."""
        assert self._before is not None
        before = self._before
        only = key if alone or before.is_crowded else ""

        def write() -> Letter:
            shown = before.shown(was.keys, key if before.is_crowded else "")
            return cancel(shown, self._facts.now, _chosen(shown, keys, before), only=self._mine(only), raises=True)

        return self._once(("cancel", was.keys, keys, only), write)

    def _mine(self, key: str) -> Callable[[Line], bool] | None:
        return (lambda line: self._circle.of(line).key == key) if key else None

    def _once(self, key: tuple[object, ...], write: Callable[[], Letter]) -> Letter:
        if key not in self._letters:
            self._letters[key] = write()
        return self._letters[key]

    # --- news ---------------------------------------------------------------------------------------------------------

    def _news(self, key: str, was: Guest | None, now: Guest) -> list[News]:
        if was is None:
            return [News(MailKind.INVITATION, self._request(key, now, now.keys), now.keys)]
        news = [*self._lost(key, was, now), *self._excluded(key, was, now)]
        ended = [k for k in now.keys if k in self.changes and _is_ended(self.changes[k])]
        if ended:
            keys = frozenset(ended)
            news.append(News(MailKind.CANCELLATION, self._ended(key, now, keys), keys))
        gained = [k for k in now.keys - was.keys if self._is_gained(k, was)]
        changed = [k for k in now.keys if k not in ended and k not in gained and self._is_changed(k)]
        if gained or changed:
            news.append(self._updated(key, now, gained, changed))
        news = news or self._reverted(key, was, now)
        if not news and _is_forced(now):
            news.append(News(MailKind.UPDATE, self._request(key, now, now.keys), now.keys))
        return news

    def _is_gained(self, key: str, was: Guest) -> bool:
        """Invited to an occurrence he was not invited to, and not just to another form of one of his series."""
        assert self._before is not None
        return key in self._before.parts.components or MASTER not in was.keys

    def _is_changed(self, key: str) -> bool:
        change = self.changes[key]
        return change.is_told or change.former is None

    def _updated(self, key: str, now: Guest, gained: list[str], changed: list[str]) -> News:
        keys = frozenset(gained + changed)
        letter = self._request(key, now, now.keys if MASTER in keys else keys)
        if not changed:
            return News(MailKind.INVITATION, letter, keys)
        first = self.changes[min(changed)]
        names = frozenset().union(*(self.changes[k].names for k in changed))
        return News(MailKind.UPDATE, letter, keys, first.former, names & TOLD)

    def _lost(self, key: str, was: Guest, now: Guest) -> list[News]:
        """Occurrences he is not invited to any more. One that lost its component, and is now as the series has it, is
        not lost to an attendee of the series."""
        assert self._after is not None
        after = self._after.parts
        lost = [k for k in was.keys - now.keys if k in after.components or MASTER not in now.keys or k == MASTER]
        if not lost:
            return []
        keys = frozenset(lost)
        return [News(MailKind.CANCELLATION, self._cancelled(key, was, keys, alone=True), keys)]

    def _excluded(self, key: str, was: Guest, now: Guest) -> list[News]:
        """Occurrences of his series that got a component of their own, without him. Of more than a few he is told by
        the series, which excludes them."""
        if MASTER not in was.keys & now.keys:
            return []
        others = [other for other in self._new_keys if other not in now.keys]
        if len(others) > MAX_NEWS:
            return [News(MailKind.UPDATE, self._request(key, now, now.keys), now.keys, changed=frozenset({"EXDATE"}))]
        found = []
        for other in others:
            instance = self._instances[other].copy()
            instance.append_line(clean_line(was.seats[MASTER].line))
            letter = cancel(_alone(instance, self.known), self._facts.now, raises=True)
            found.append(News(MailKind.CANCELLATION, letter, frozenset({MASTER}), instance))
        return found

    @cached_property
    def _instances(self) -> dict[str, Component]:
        """Occurrences that have a component now and had none, as they were, without attendees."""
        changed = ((key, change) for key, change in self.changes.items() if change.is_new and key != MASTER)
        return {key: change.former for key, change in changed if change.former is not None}

    @cached_property
    def _new_keys(self) -> tuple[str, ...]:
        return tuple(self._instances)

    def _reverted(self, key: str, was: Guest, now: Guest) -> list[News]:
        """Exceptions that are gone, where the series says otherwise of their occurrence: the series is told again."""
        assert self._before is not None
        assert self._after is not None
        before, after = self._before.parts, self._after.parts
        for lost in was.keys - now.keys if MASTER in now.keys else ():
            former = before.components[lost]
            instance = after.instance(lost, former.first("RECURRENCE-ID")) if lost not in after.components else None
            names = changed_names(former, instance, before, after) & TOLD if instance is not None else frozenset()
            if names:
                return [News(MailKind.UPDATE, self._request(key, now, now.keys), now.keys, former, names)]
        return []

    def _request(self, key: str, now: Guest, keys: frozenset[str]) -> Letter:
        assert self._after is not None
        after = self._after
        only = key if after.is_crowded else ""

        def write() -> Letter:
            shown = after.shown(now.keys, only)
            return request(shown, self._facts.now, _chosen(shown, keys, after))

        return self._once(("request", now.keys, keys, only), write)

    def _ended(self, key: str, now: Guest, keys: frozenset[str]) -> Letter:
        """Components that stay, as cancelled."""
        assert self._after is not None
        after = self._after
        only = key if after.is_crowded else ""

        def write() -> Letter:
            shown = after.shown(now.keys, only)
            return cancel(shown, self._facts.now, _chosen(shown, keys, after))

        return self._once(("ended", now.keys, keys, only), write)

    # --- delivery -----------------------------------------------------------------------------------------------------

    def _write(self, key: str, was: Guest | None, now: Guest, news: list[News]) -> None:
        person = now.any.person
        if person.user_id is None or self._after is None or person.user_id in self._facts.strangers:
            return
        copy = self._facts.copies.get(person.user_id)
        message = news[-1].letter.message if news else None
        if not now.gets_copy:
            if copy is not None and was is not None and was.gets_copy:
                self.copies.append(CopyWrite(person, copy, None, copy.name, message))
            return
        if copy is None and was is not None and _has_declined(now):
            return  # he threw his copy away, and nothing asks him again
        after = self._after.copy_for(key, copy.object if copy is not None else None, self._before)
        if copy is None or news or after.text != copy.object.text:
            name = copy.name if copy is not None else self._facts.name
            keeps = not news and was is not None and self._only_others_answered(was, now)
            self.copies.append(CopyWrite(person, copy, after, name, message, keeps_schedule_tag=keeps))

    def _only_others_answered(self, was: Guest, now: Guest) -> bool:
        """Whether nothing changed in what he is shown but what others said (RFC 6638 §3.2.10)."""
        if was.keys != now.keys or any(self.changes[key].names for key in now.keys):
            return False
        return all(was.seats[key].answer == seat.answer for key, seat in now.seats.items())

    def _tell(self, now: Guest, news: list[News]) -> None:
        for one in news:
            post = self._past if one.kind is MailKind.CANCELLATION and not (one.keys <= now.keys) else self.post
            is_known = one.kind is MailKind.CANCELLATION and now.any.answer == "DECLINED"
            if post.goes(one.keys) and not is_known:
                post.send(
                    one.kind, one.letter, self._sender, _seat(now, one.keys), former=one.former, changed=one.changed
                )

    def _status(self, now: Guest, news: list[News]) -> str:
        person = now.any.person
        if person.is_local:
            return NO_RIGHT if person.user_id in self._facts.strangers else DELIVERED
        if "@" not in person.address:
            return NO_USER
        if any(self.post.goes(one.keys) for one in news):
            return SENT
        return "" if self._facts.sends_mail else NO_WAY


def _chosen(shown: CalendarObject, keys: frozenset[str], meeting: Meeting) -> list[Component]:
    parts = Parts(shown, meeting.parts.zone)
    return [component for key, component in parts.components.items() if key in keys]


def _alone(component: Component, parts: Parts) -> CalendarObject:
    """An object with this component only."""
    calendar = parts.obj.calendar.copy()
    kept = [item for item in calendar.items if isinstance(item, Line) or item.name == "VTIMEZONE"]
    calendar.items = [*kept, component]
    return object_of(calendar, parts.obj.kind)


def _seat(guest: Guest, keys: Iterable[str]) -> Seat:
    return next((guest.seats[key] for key in keys if key in guest.seats), guest.any)


def _is_forced(guest: Guest) -> bool:
    """Whether the client wants a message sent in any case (RFC 6638 §7.2)."""
    asked = (seat.line.param("SCHEDULE-FORCE-SEND") or "" for seat in guest.seats.values())
    return any(value.upper() == "REQUEST" for value in asked)


def _is_ended(change: Change) -> bool:
    """Whether a component became cancelled by this version."""
    status = change.component.text("STATUS").strip().upper()
    return status == "CANCELLED" and "STATUS" in change.names


def _has_declined(guest: Guest) -> bool:
    return all(seat.answer == "DECLINED" for seat in guest.seats.values())
