"""The objects of a calendar as somebody sees them who does not see everything: what is left out, and what is masked.

    rights, language, the owner's salt -> Lens
    Lens.entry, Lens.item   an object as it is shown, None where it is not
    seen                    a remembered folder as it is shown
    seen_changes            what a sync tells, without a word about what was never shown

The class of an object is that of its index record. Where its text was read too, that one counts: SOGo 5 writes the
record a moment after the text. An object without a record has no class; it is shown to those who see every class whole,
and these need no lens.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sogo.errors import CodecError, InvalidSyncToken
from sogo.model.folder import Changes, Entry, Item, Mask, SyncPoint, Times
from sogo.model.labels import masked_title
from sogo.model.masking import Masking, class_of_text, uid_of_text
from sogo.model.rights import Sight, Standing, class_of
from sogo.service.memory import Held

log = logging.getLogger(__name__)

_TIMES = ("c_component", "c_startdate", "c_enddate", "c_cycleenddate", "c_iscycle", "c_isallday", "c_isopaque")
"""What a masked index record still says."""
FIRST_MARK = "~"
"""Before the revision at which a first sync began that is told in several parts."""


@dataclass(frozen=True, slots=True)
class Lens:
    """`masking` is None where nothing is masked: then what is seen at all is seen whole."""

    standing: Standing
    masking: Masking | None

    @property
    def key(self) -> str:
        """Whoever has the same one sees the same of one calendar."""
        return self.standing.key + (f".{self.masking.language}" if self.masking is not None else "")

    def sight(self, code: object) -> Sight:
        of_class = class_of(code)
        if of_class is None and not self.standing.sees_everything:
            return Sight.NOTHING
        return self.standing.sight(of_class)

    def name(self, name: str, code: object, uid: str | None) -> str | None:
        """The name an object is shown under, None when it is not shown."""
        sight = self.sight(code)
        if sight is Sight.TIMES and self.masking is not None:
            return self.masking.name(name, uid or "")
        return name if sight >= Sight.WHOLE else None

    def entry(self, entry: Entry) -> Entry | None:
        """An object that was read with its index record. None also for one whose text cannot be read."""
        record = entry.quick or {}
        code = record.get("c_classification")
        try:
            if class_of(code) is not None and entry.content is not None:
                code = class_of_text(entry.content)
            sight = self.sight(code)
            if sight >= Sight.WHOLE:
                return entry
            return self._masked(entry, record, code) if sight is Sight.TIMES else None
        except CodecError as error:
            log.warning("%s is not shown to whom it would have to be masked: %s", entry.name, error.public)
            return None

    def item(self, item: Item) -> Item | None:
        """The same for what is remembered of an object, or was read with its revision."""
        times, entry = item.times, item.entry
        if times is None:
            return item if self.sight(None) >= Sight.WHOLE else None
        record = {"c_classification": times.classification, "c_uid": times.uid, "c_component": entry.component}
        shown = self.entry(entry if entry.quick is not None else replace(entry, quick=record))
        if shown is None or shown.mask is None:
            return item._replace(entry=shown) if shown is not None else None
        uid = self.masking.uid(times.uid or "") if self.masking is not None else None
        return Item(shown, item.revision, times._replace(uid=uid), item.is_whole)

    def _masked(self, entry: Entry, record: Mapping[str, object], code: object) -> Entry | None:
        of_class, masking = class_of(code), self.masking
        if masking is None or of_class is None:
            return None
        uid = str(record.get("c_uid") or "")
        return replace(
            entry,
            name=masking.name(entry.name, uid),
            content=None if entry.content is None else masking.text(entry.content, of_class),
            quick={
                **{name: record[name] for name in _TIMES if name in record},
                "c_uid": masking.uid(uid),
                "c_title": masked_title(of_class, masking.language, is_task=entry.component == "vtodo"),
                "c_classification": int(of_class),
            },
            mask=Mask(entry.name, masking.etag(uid, entry.version, of_class)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A remembered folder through a lens. `stored` has the true name of each object that is shown under another."""

    held: Held
    stored: Mapping[str, str] = field(default_factory=dict)


def seen(held: Held, lens: Lens) -> Seen:
    """Its point is one of this lens, so that nothing made of one lens is taken for what another shows."""
    shown = [(item, one) for item in held.items.values() if (one := lens.item(item)) is not None]
    items = {one.entry.name: one for _, one in shown}
    unsettled = {**held.unsettled, **{one.entry.name: 0.0 for item, one in shown if item.entry.name in held.unsettled}}
    point = SyncPoint(f"{held.point.generation}.{lens.key}", held.point.revision)
    stored = {one.entry.name: item.entry.name for item, one in shown if one.entry.name != item.entry.name}
    return Seen(replace(held, point=point, items=items, unsettled=unsettled, log=(), gone={}, past={}), stored)


def seen_changes(held: Held, lens: Lens, generation: str, since: SyncPoint | None, limit: int | None) -> Changes:
    """What happened since a point of this `generation`, of what the lens shows.

    An object that is not shown any more counts as removed only where the lens has shown it: what it was is known back
    to `held.past_since`, and an older point is refused. What is not settled yet is told next time, with its revision.
    Raises InvalidSyncToken.
    """
    after, begun = _after(held, generation, since)
    if since is not None and after == held.point.revision:
        return Changes([], [], since, truncated=False)
    if begun < held.past_since and since is not None:
        raise InvalidSyncToken("It is not known any more what of this calendar was shown then.")
    end = min(
        (one.revision - 1 for name in held.unsettled if (one := held.items.get(name)) and one.revision > max(0, after)),
        default=held.point.revision,
    )
    rows = [row for row in _rows(held, after) if row[0] <= end]
    told = rows
    if limit and len(rows) > limit:
        told = [row for row in rows if row[0] <= rows[limit - 1][0]]
    changed, removed = _told((name for _, name in told), held, lens, first=since is None)
    if len(told) == len(rows):
        return Changes(changed, removed, SyncPoint(generation, max(0, after, end)), truncated=False)
    mark = f"{generation}{FIRST_MARK}{begun if since is not None else end}" if _is_first(since) else generation
    return Changes(changed, removed, SyncPoint(mark, told[-1][0]), truncated=True)


def _is_first(since: SyncPoint | None) -> bool:
    return since is None or FIRST_MARK in since.generation


def _after(held: Held, generation: str, since: SyncPoint | None) -> tuple[int, int]:
    """The revision to tell from, and that at which the reader began to be told."""
    if since is None:
        return -1, held.point.revision
    own, mark, begun = since.generation.partition(FIRST_MARK)
    if own != generation or since.revision > held.point.revision or (mark and not begun.isdecimal()):
        raise InvalidSyncToken("This sync token is not one of this collection, or not of these rights on it.")
    return since.revision, int(begun) if mark else since.revision


def _rows(held: Held, after: int) -> list[tuple[int, str]]:
    live = [(item.revision, name) for name, item in held.items.items() if item.revision > after]
    return sorted(live + [(revision, name) for name, revision in held.gone.items() if revision > after])


def _told(names: Iterable[str], held: Held, lens: Lens, *, first: bool) -> tuple[list[Entry], list[str]]:
    changed: list[Entry] = []
    removed: list[str] = []
    for name in names:
        item = held.items.get(name)
        shown = lens.item(item) if item is not None else None
        if shown is not None:
            changed.append(shown.entry)
        now = shown.entry.name if shown is not None else None
        before = {lens.name(name, *was) for was in held.past.get(name, ())} if not first else set()
        removed += sorted(one for one in before if one is not None and one != now)
    return changed, removed


def by_text(item: Item) -> Item | None:
    """An item that was read with its text, by what this says of its class and UID; None where it says nothing."""
    try:
        of_class, uid = class_of_text(item.entry.content or ""), uid_of_text(item.entry.content or "")
    except CodecError:
        return None
    times = item.times or Times(None, None, None, None, None)
    entry = replace(item.entry, content=None)
    return Item(entry, item.revision, times._replace(classification=int(of_class), uid=uid), item.is_whole)
