"""Refusals before anything is stored that look at the whole (scheduling.md §6.3, RFC 6638 §3.2.4)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sogo.errors import PreconditionFailed, SchedulingConflict, SchedulingRefused
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.view import Meeting

__all__ = ["refuse_a_second_object", "refuse_an_orphan", "refuse_protected_delegates", "refuse_the_protected"]


def refuse_the_protected(before: Meeting | None, after: Meeting) -> None:
    """People who do not want to be invited by the actor. Only new ones: who was invited once may be told of changes.
    Raises SchedulingConflict, with a sentence when all are so, else with JSON that names those without whom it goes."""
    known = before.guests if before is not None else {}
    blocked = [
        guest.any.person
        for key, guest in after.guests.items()
        if key not in known and guest.is_served and guest.any.person.blocks_invitations
    ]
    if not blocked:
        return
    text = "Inviting the following persons is prohibited:\n " + ", ".join(
        person.cn or person.address for person in blocked
    )
    if len(blocked) == len(after.guests):
        raise SchedulingConflict(text)
    addresses = [person.address for person in blocked]
    raise SchedulingConflict(json.dumps({"reject": text, "unavailableAttendees": addresses}, ensure_ascii=False))


def refuse_protected_delegates(delegates: Iterable[Person]) -> None:
    """Who does not want to be invited is not to be reached by delegation either. Raises SchedulingConflict."""
    blocked = [person.cn or person.address for person in delegates if person.blocks_invitations]
    if blocked:
        raise SchedulingConflict("Inviting the following persons is prohibited:\n " + ", ".join(blocked))


def refuse_a_second_object(facts: Facts) -> None:
    """One meeting, one object, in all calendars of a user (RFC 6638 §3.2.4.1). Raises SchedulingRefused."""
    other = facts.copies.get(facts.owner.user_id) if facts.owner.user_id is not None else None
    if other is not None:
        raise SchedulingRefused(
            f"Event UID already in use. ({other.object.uid})",
            rule="unique-scheduling-object-resource",
            folder=other.folder,
            name=other.name,
        )


def refuse_an_orphan(organizer: Person, facts: Facts) -> None:
    """An invitation of a local organizer who has no such meeting (dav.md §14.2-7). Raises PreconditionFailed."""
    if organizer.user_id is None or facts.disable_organizer_check or organizer.is_same(facts.owner):
        return
    if organizer.user_id not in facts.copies:
        raise PreconditionFailed("The organizer has no such event.")
