"""From letters to mails: who writes to whom, and whether a mail goes out at all (scheduling.md §8.1)."""

from __future__ import annotations

from collections.abc import Iterable

from sogo.codec.contentline import Component, Line
from sogo.model.scheduling.addresses import address_of, partstat, role, sent_by
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.facts import Face, Facts
from sogo.model.scheduling.itip import Letter
from sogo.model.scheduling.parts import Parts
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.plan import Correspondent, Mail, MailKind

__all__ = ["Post", "correspondent"]

_MAILS_ITSELF = frozenset({Face.EAS, Face.IMPORT, Face.TOOL})
"""Where the device sends its own mails, or nobody meant to tell anybody."""
_SWITCH = "X-SOGO-SEND-APPOINTMENT-NOTIFICATIONS"


def correspondent(line: Line, person: Person) -> Correspondent:
    """One end of a mail, as an ORGANIZER or ATTENDEE line names him."""
    address = address_of(line)
    if not person.has(address) or line.value[:7].lower() != "mailto:":
        address = person.address
    name = (line.param("CN") or "").strip() or person.cn or address
    is_attendee = line.name == "ATTENDEE"
    return Correspondent(address, name, person, role=role(line) if is_attendee else "", sent_by=sent_by(line))


class Post:
    """Collects the mails of one decision about `parts`, the object as it is told of (the old one, when it ends)."""

    def __init__(self, parts: Parts, facts: Facts, circle: Circle) -> None:
        self.mails: list[Mail] = []
        self._parts, self._facts, self._circle = parts, facts, circle
        self._goes: dict[frozenset[str], bool] = {}
        self._is_silent = (
            not facts.sends_mail
            or facts.face in _MAILS_ITSELF
            or any(component.first(_SWITCH) is not None for component in parts.obj.components)
        )

    def goes(self, keys: Iterable[str]) -> bool:
        """Whether anything about these components may be mailed: mails are on, it is still to come, and the organizer
        did not switch notifications off for it."""
        wanted = frozenset(keys)
        if wanted not in self._goes:
            self._goes[wanted] = self._may_go(wanted)
        return self._goes[wanted]

    def _may_go(self, keys: frozenset[str]) -> bool:
        if self._is_silent:
            return False
        components = [self._parts.components[key] for key in keys if key in self._parts.components]
        return self._parts.is_relevant(components, self._facts.now)

    def send(
        self,
        kind: MailKind,
        letter: Letter,
        sender: Correspondent,
        seat: Seat,
        *,
        former: Component | None = None,
        changed: Iterable[str] = (),
    ) -> None:
        """To an attendee; never to the owner, who does it himself."""
        if seat.person.is_same(self._circle.owner) or "@" not in seat.person.address:
            return
        self.mails.append(
            _mail(kind, letter, sender, correspondent(seat.line, seat.person), former=former, changed=changed)
        )

    def answer(self, letter: Letter, own: Line, organizer_line: Line, former: Component | None) -> None:
        """To the organizer, from the owner as an attendee."""
        organizer = correspondent(organizer_line, self._circle.of(organizer_line))
        sender = correspondent(own, self._circle.owner)
        if "@" in organizer.address:
            mail = _mail(MailKind.REPLY, letter, sender, organizer, former=former, changed=(), answer=partstat(own))
            self.mails.append(mail)


def _mail(
    kind: MailKind,
    letter: Letter,
    sender: Correspondent,
    recipient: Correspondent,
    *,
    former: Component | None,
    changed: Iterable[str],
    answer: str = "",
) -> Mail:
    own = next((line for line in letter.component.all("ATTENDEE")), None) if answer else None
    delegate = (own.param("DELEGATED-TO") or "") if own is not None else ""
    return Mail(
        kind,
        letter.method,
        sender,
        recipient,
        letter.calendar,
        letter.component,
        letter.uid,
        letter.recurrence_id,
        letter.sequence,
        former,
        tuple(sorted(changed)),
        answer,
        delegate.lower().removeprefix("mailto:"),
    )
