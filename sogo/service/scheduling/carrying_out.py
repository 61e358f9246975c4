"""From what was decided to what is written: the object itself, the copies, messages in inboxes, mails."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sogo.model import quick_event
from sogo.model.calendar_object import CalendarObject
from sogo.model.components import INDEXED
from sogo.model.folder import Folder
from sogo.model.scheduling.plan import CopyWrite, Plan
from sogo.service.around import ObjectWrite, Place
from sogo.service.pace import maybe_apart
from sogo.service.preferences import preferences
from sogo.service.scheduling.gathering import APART_ABOVE_CHARS, Gathered, Spot
from sogo.service.site import Site
from sogo.store.interface import BatchWrite, Expect, HeldObject, InboxItem, QuickRow


@dataclass(frozen=True, slots=True)
class Batch:
    """`writes` begins with the object itself, unless nothing is done at its place (`own` None). `inbox` are the
    messages for those whose copies are written."""

    own: BatchWrite | None
    copies: Sequence[BatchWrite]
    inbox: Sequence[InboxItem]

    @property
    def writes(self) -> list[BatchWrite]:
        return [*([self.own] if self.own is not None else ()), *self.copies]


@dataclass(frozen=True, slots=True)
class _Row:
    """An object whose index record is to be made, in the zone of its owner."""

    after: CalendarObject
    zone: dt.tzinfo


async def batch_of(
    site: Site, write: ObjectWrite, place: Place, plan: Plan, gathered: Gathered, *, seen: frozenset[str]
) -> Batch:
    """All writes of a plan, each guarded by what the decision knew."""
    placed = [(copy, spot) for copy in plan.copies if (spot := _spot(copy, gathered)) is not None]
    rows: list[_Row | None] = [_row(site, plan.after, place.owner.user_id, gathered)]
    rows += [_row(site, copy.after, copy.person.user_id or "", gathered) for copy, _ in placed]
    size = sum(len(row.after.text) for row in rows if row is not None)
    own_quick, *quicks = await maybe_apart(size > APART_ABOVE_CHARS, _quick_rows, rows, site.clock())
    own = _own(write, place, plan, gathered, own_quick, seen)
    copies = [_copy(copy, spot, quick, gathered) for (copy, spot), quick in zip(placed, quicks, strict=True)]
    return Batch(own, _once(copies, own), _inbox(copy for copy, _ in placed))


def _spot(copy: CopyWrite, gathered: Gathered) -> Spot | None:
    """Where a copy is written; None where there is nothing to remove."""
    spot = gathered.spot(copy.person.user_id, copy.name) if copy.person.user_id is not None else None
    if spot is None or (copy.after is None and spot.held is None):
        return None
    return spot


def _row(site: Site, after: CalendarObject | None, user_id: str, gathered: Gathered) -> _Row | None:
    if after is None:
        return None
    user, holding = gathered.users[user_id], gathered.holdings[user_id]
    return _Row(after, preferences(site.config, user, holding.profile).zone)


def _quick_rows(rows: Sequence[_Row | None], now: dt.datetime) -> Sequence[QuickRow]:
    indexed = [row if row is not None and row.after.kind in INDEXED else None for row in rows]
    return quick_event.quick_rows(((row.after.calendar, row.zone) if row else None for row in indexed), now=now)


def _own(
    write: ObjectWrite, place: Place, plan: Plan, gathered: Gathered, quick: QuickRow, seen: frozenset[str]
) -> BatchWrite | None:
    held = gathered.own
    if write.received is not None and _is_there(plan.after, held):
        return None  # the same message a second time, or one that says nothing new
    if plan.after is None:
        if held is None:
            return None
        return BatchWrite(place.folder, place.name, None, expect=_as_held(held.entry.version), seen=seen)
    same_uid = held is not None and held.uid == gathered.uid[:255]
    return BatchWrite(
        place.folder,
        place.name,
        plan.after.text,
        quick,
        expect=_as_held(held.entry.version if held is not None else None),
        unique_uid=None if same_uid else gathered.uid,
        unindexed=write.unindexed,
        seen=seen,
        keeps_tag=held.schedule_tag if held is not None and plan.keeps_schedule_tag else None,
    )


def _copy(copy: CopyWrite, spot: Spot, quick: QuickRow, gathered: Gathered) -> BatchWrite:
    held = spot.held
    expect = _as_held(held.entry.version if held is not None else None)
    if copy.after is None:
        return BatchWrite(spot.folder, spot.name, None, expect=expect)
    return BatchWrite(
        spot.folder,
        spot.name,
        copy.after.text,
        quick,
        expect=expect,
        unique_uid=None if held is not None else gathered.uid,
        keeps_tag=held.schedule_tag if held is not None and copy.keeps_schedule_tag else None,
    )


def _is_there(after: CalendarObject | None, held: HeldObject | None) -> bool:
    return after is not None and held is not None and after.text == held.entry.content


def _as_held(version: int | None) -> Expect:
    return Expect(absent=True) if version is None else Expect(version=version)


def _once(copies: Sequence[BatchWrite], own: BatchWrite | None) -> list[BatchWrite]:
    """One person may be in a meeting by two addresses: a place is written once, and the object itself is no copy."""
    taken = {_key(own.folder, own.name)} if own is not None else set()
    found: dict[tuple[str, str], BatchWrite] = {}
    for copy in copies:
        if _key(copy.folder, copy.name) not in taken:
            found[_key(copy.folder, copy.name)] = copy
    return list(found.values())


def _key(folder: Folder, name: str) -> tuple[str, str]:
    return (folder.path, name)


def _inbox(copies: Iterable[CopyWrite]) -> list[InboxItem]:
    return [
        InboxItem(copy.person.user_id or "", f"{secrets.token_hex(16)}.ics", copy.message.text)
        for copy in copies
        if copy.message is not None
    ]
