"""Invitations to calendars, in a table of ours (`sogo.store.invitations`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sogo.errors import AlreadyExists, StoreUnavailable
from sogo.store.interface import Clock
from sogo.store.invitations import MOST_OF_A_USER, Invitation, State
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.tables import INVITATION_NAME
from sogo.store.sql.values import chunks, in_list

AT_ONCE = 100
ATTEMPTS = 10
_COLUMNS = ("c_path", "c_uid", "c_owner", "c_name", "c_state", "c_summary", "c_created", "c_told")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM {INVITATION_NAME}"


@dataclass(frozen=True, slots=True)
class SqlInvitations:
    """`invitations.InvitationStore`."""

    engine: Engine
    clock: Clock

    async def put(self, items: Sequence[Invitation]) -> None:
        by_path: dict[str, list[str]] = {}
        for item in items:
            by_path.setdefault(item.path, []).append(item.user_id)

        async def work(session: Session) -> None:
            for path, user_ids in sorted(by_path.items()):
                for some in chunks(sorted(user_ids), AT_ONCE):
                    await _drop(session, path, some)
            for few in chunks(items, AT_ONCE if session.dialect.unites else 1):
                await self._insert(session, few)

        for _ in range(ATTEMPTS):
            try:
                await self.engine.in_transaction(work)
                return
            except AlreadyExists:  # somebody else notes the same at this moment; the later one stays
                continue
            except StoreUnavailable as error:
                if fault_of(error) is Fault.MISSING:
                    return
                raise
        raise StoreUnavailable("This is noted by too many at once.")

    async def _insert(self, session: Session, items: Sequence[Invitation]) -> None:
        now = int(self.clock().timestamp())
        values: dict[str, object] = {}
        for number, item in enumerate(items):
            row = (item.path, item.user_id, item.owner, item.name, item.state.value, item.summary or None,
                   item.created or now, int(item.told))  # fmt: skip
            values |= {f"v{number}_{place}": value for place, value in enumerate(row)}
        listed = ", ".join(
            f"({', '.join(f':v{number}_{place}' for place in range(len(_COLUMNS)))})" for number in range(len(items))
        )
        await session.execute(f"INSERT INTO {INVITATION_NAME} ({', '.join(_COLUMNS)}) VALUES {listed}", **values)

    async def of_user(self, user_id: str) -> list[Invitation]:
        found = await self._fetch("c_uid = :user_id", user_id=user_id)
        return sorted(found, key=_newest_first)[:MOST_OF_A_USER]

    async def of_owner(self, owner: str) -> list[Invitation]:
        states = "c_state = 'accepted' OR c_state = 'declined'"
        found = await self._fetch(f"c_owner = :owner AND c_told = 0 AND ({states})", owner=owner)
        return sorted(found, key=_newest_first)[:MOST_OF_A_USER]

    async def on(self, paths: Sequence[str]) -> dict[str, dict[str, Invitation]]:
        found: dict[str, dict[str, Invitation]] = {}
        for some in chunks(paths, AT_ONCE):
            listed, values = in_list("p", some)
            for item in await self._fetch(f"c_path IN ({listed})", **values):
                found.setdefault(item.path, {})[item.user_id] = item
        return found

    async def tell(self, path: str, user_id: str) -> None:
        await self._change(
            f"UPDATE {INVITATION_NAME} SET c_told = 1 WHERE c_path = :path AND c_uid = :uid", path=path, uid=user_id
        )

    async def drop(self, path: str, user_ids: Collection[str] | None = None) -> None:
        if user_ids is None:
            await self._change(f"DELETE FROM {INVITATION_NAME} WHERE c_path = :path", path=path)
            return
        for some in chunks(sorted(user_ids), AT_ONCE):
            listed, values = in_list("u", some)
            sql = f"DELETE FROM {INVITATION_NAME} WHERE c_path = :path AND c_uid IN ({listed})"
            await self._change(sql, path=path, **values)

    async def _fetch(self, where: str, **values: object) -> list[Invitation]:
        try:
            return [_read(row) for row in await self.engine.fetch(f"{_SELECT} WHERE {where}", **values)]
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            return []

    async def _change(self, sql: str, **values: object) -> None:
        try:
            await self.engine.execute(sql, **values)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise


async def _drop(session: Session, path: str, user_ids: Sequence[str]) -> None:
    listed, values = in_list("u", user_ids)
    await session.execute(
        f"DELETE FROM {INVITATION_NAME} WHERE c_path = :path AND c_uid IN ({listed})", path=path, **values
    )


def _read(row: Row) -> Invitation:
    return Invitation(
        row["c_path"], row["c_uid"], row["c_owner"], row["c_name"], State(row["c_state"]), row["c_summary"] or "",
        int(row["c_created"]), bool(int(row["c_told"])),
    )  # fmt: skip


def _newest_first(item: Invitation) -> tuple[int, str]:
    return (-item.created, item.name)
