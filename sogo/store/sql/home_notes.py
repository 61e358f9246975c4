"""What was noted of the listings of homes, in a table of our own, `sogo_home_member`: the same for all workers.

One row for each member somebody was shown, and one, named HEAD, with where the listing stands. Who notes locks that row
and writes only if nobody noted since they looked; so numbers are given in one order, to what was seen in that order.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sogo.errors import AlreadyExists, StoreUnavailable
from sogo.model.folder import SyncPoint
from sogo.model.listing import Noted, NotedMember, differences
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.tables import HOME_MEMBER_NAME

log = logging.getLogger(__name__)

HEAD = "/"
"""No folder can have this name. Its state is the generation, its revision the home's."""
MAX_GONE = 500
"""Members that are gone and still told of; beyond, all are forgotten and the older tokens with them."""

_SELECT = f"SELECT c_name, c_state, c_revision, c_gone FROM {HOME_MEMBER_NAME} WHERE c_path = :path AND c_uid = :uid"
_UPDATE = (
    f"UPDATE {HOME_MEMBER_NAME} SET c_state = :state, c_revision = :revision, c_gone = :gone "
    "WHERE c_path = :path AND c_uid = :uid AND c_name = :name"
)
_INSERT = (
    f"INSERT INTO {HOME_MEMBER_NAME} (c_path, c_uid, c_name, c_state, c_revision, c_gone) "
    "VALUES (:path, :uid, :name, :state, :revision, :gone)"
)
_GONE_STATE = "-"


@dataclass(slots=True)
class SqlHomeNotes:
    """`interface.HomeNotes`."""

    engine: Engine
    _told: bool = field(default=False, init=False)

    async def load(self, path: str, user_id: str) -> Noted | None:
        try:
            rows = await self.engine.fetch(_SELECT, path=path, uid=user_id)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            if not self._told:
                self._told = True
                log.warning("the table %s is missing: homes cannot be synchronised", HOME_MEMBER_NAME)
            return None
        return read_notes(rows)

    async def note(self, path: str, user_id: str, seen: Noted, present: Mapping[str, str]) -> Noted | None:
        changed = differences(seen, present)
        forgets = sum(member.gone for member in seen.members.values()) > MAX_GONE

        async def work(session: Session) -> Noted | None:
            if not await _is_as_seen(session, path, user_id, seen):
                return None
            if forgets:
                await session.execute(
                    f"DELETE FROM {HOME_MEMBER_NAME} WHERE c_path = :path AND c_uid = :uid AND c_gone = 1",
                    path=path,
                    uid=user_id,
                )
            revision, members = seen.point.revision, dict(seen.members)
            for name, state in sorted(changed.items()):
                revision += 1
                values = {"state": state or _GONE_STATE, "revision": revision, "gone": int(state is None)}
                known = name in members and not (forgets and members[name].gone)
                await session.execute(_UPDATE if known else _INSERT, path=path, uid=user_id, name=name, **values)
                members[name] = NotedMember(state or _GONE_STATE, revision, state is None)
            new = forgets or (not seen.members and seen.point.revision == 0)
            generation = secrets.token_hex(8) if new else seen.point.generation
            values = {"state": generation, "revision": revision, "gone": 0}
            await session.execute(_UPDATE, path=path, uid=user_id, name=HEAD, **values)
            if forgets:
                members = {name: one for name, one in members.items() if not one.gone or name in changed}
            return Noted(SyncPoint(generation, revision), members)

        try:
            return await self.engine.in_transaction(work)
        except AlreadyExists:
            return None  # somebody else began to note this home in the same moment


def read_notes(rows: Sequence[Row]) -> Noted:
    """The listing that the rows of one home and user tell."""
    members = {row["c_name"]: NotedMember(row["c_state"], int(row["c_revision"]), bool(row["c_gone"])) for row in rows}
    head = members.pop(HEAD, None)
    return Noted(SyncPoint(head.state, head.revision), members) if head is not None else Noted()


async def _is_as_seen(session: Session, path: str, user_id: str, seen: Noted) -> bool:
    """Lock the head and look whether it is still where it was; made when there is none."""
    row = await session.fetch_one(
        f"{_SELECT} AND c_name = :name{session.dialect.for_update}", path=path, uid=user_id, name=HEAD
    )
    if row is not None:
        return (row["c_state"], int(row["c_revision"])) == (seen.point.generation, seen.point.revision)
    if seen.members or seen.point.revision:
        return False
    await session.execute(_INSERT, path=path, uid=user_id, name=HEAD, state=seen.point.generation, revision=0, gone=0)
    return True
