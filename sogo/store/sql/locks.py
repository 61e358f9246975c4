"""Write locks in a table of our own, `sogo_dav_lock`: the same for every worker and node (RFC 4918 §6).

Who wants a lock first locks the folder's row in the registry, so of two that conflict one sees the other. A lock ends
at its time, whether its row is still there or not.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sogo.errors import Forbidden, LockConflict, NotFound, QuotaExceeded, StoreUnavailable
from sogo.model.folder import Folder
from sogo.model.locks import FOLDER, Depth, Lock, Scope, conflicting
from sogo.store.interface import Clock
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import Layout
from sogo.store.sql.tables import DAV_LOCK_NAME, FOLDER_REVISION_NAME
from sogo.store.sql.values import chunks, in_list

log = logging.getLogger(__name__)

AT_ONCE = 200
LOCKS_OF_A_FOLDER = 1_000
LOCKS_OF_A_USER = 1_000
LOCKS_OF_A_RESOURCE = 16
"""So many share one; a folder's are told with each of its objects."""

_NAMES = ("c_token", "c_folder_path", "c_name", "c_scope", "c_depth", "c_owner", "c_uid", "c_created", "c_expires")
_COLUMNS = ", ".join(_NAMES)
_SELECT = f"SELECT {_COLUMNS} FROM {DAV_LOCK_NAME}"


@dataclass(slots=True)
class SqlLockStore:
    """`interface.LockStore`."""

    layout: Layout
    clock: Clock
    _told: bool = field(default=False, init=False)

    @property
    def engine(self) -> Engine:
        return self.layout.info_engine

    async def lock(self, folder: Folder, wanted: Lock) -> None:
        async def work(session: Session) -> None:
            await self._lock_folder(session, folder)
            held = await self._held(session, folder.path)
            in_the_way = conflicting(wanted, held)
            if in_the_way:
                raise LockConflict("There is a lock already.", roots=tuple(lock.root for lock in in_the_way))
            await self._check_numbers(session, held, wanted)
            await self._insert(session, wanted)

        try:
            await self.engine.in_transaction(work)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            raise Forbidden("This site keeps no locks.") from error
        try:
            await self._wait_for_writers(folder, wanted.name)
        except BaseException:
            await self.unlock(folder, wanted.token)
            raise
        await self._trim()

    async def refresh(self, folder: Folder, token: str, user_id: str, expires: int) -> Lock | None:
        async def work(session: Session) -> Lock | None:
            matched = await session.execute(
                f"UPDATE {DAV_LOCK_NAME} SET c_expires = :expires WHERE c_token = :token AND c_folder_path = :path "
                "AND c_uid = :uid AND c_expires > :now",
                expires=expires, token=token, path=folder.path, uid=user_id, now=self._now(),
            )  # fmt: skip
            if not matched:
                return None
            row = await session.fetch_one(f"{_SELECT} WHERE c_token = :token", token=token)
            return read_lock(row) if row is not None else None

        return await self.engine.in_transaction(work)

    async def unlock(self, folder: Folder, token: str) -> None:
        await self.engine.execute(
            f"DELETE FROM {DAV_LOCK_NAME} WHERE c_token = :token AND c_folder_path = :path",
            token=token,
            path=folder.path,
        )

    async def held(self, folders: Sequence[Folder]) -> dict[str, list[Lock]]:
        found: dict[str, list[Lock]] = {}
        try:
            for chunk in chunks(sorted({folder.path for folder in folders}), AT_ONCE):
                listed, values = in_list("p", chunk)
                for row in await self.engine.fetch(
                    f"{_SELECT} WHERE c_folder_path IN ({listed}) AND c_expires > :now ORDER BY c_created, c_token",
                    now=self._now(),
                    **values,
                ):
                    found.setdefault(row["c_folder_path"], []).append(read_lock(row))
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            if not self._told:
                self._told = True
                log.warning("the table %s is missing: nothing can be locked", DAV_LOCK_NAME)
        return found

    async def drop(self, folder: Folder, names: Sequence[str] | None = None) -> None:
        try:
            if names is None:
                await self.engine.execute(f"DELETE FROM {DAV_LOCK_NAME} WHERE c_folder_path = :path", path=folder.path)
                return
            for chunk in chunks(sorted(set(names) - {FOLDER}), AT_ONCE):
                listed, values = in_list("n", chunk)
                await self.engine.execute(
                    f"DELETE FROM {DAV_LOCK_NAME} WHERE c_folder_path = :path AND c_name IN ({listed})",
                    path=folder.path,
                    **values,
                )
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise

    async def _lock_folder(self, session: Session, folder: Folder) -> None:
        row = await session.fetch_one(
            f"SELECT c_folder_id FROM {self.layout.info} WHERE c_path = :path{session.dialect.for_update}",
            path=folder.path,
        )
        if row is None or int(row["c_folder_id"]) != folder.id:
            raise NotFound("The folder is gone.")

    async def _wait_for_writers(self, folder: Folder, name: str) -> None:
        """Whoever was writing when the lock was made, and could not see it, has committed afterwards: it holds the
        object's row, or stands in line for the folder's revision. They are waited for one at a time."""
        tables = self.layout.tables(folder)
        lines = [f"SELECT c_revision FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = :folder"]
        if name != FOLDER:
            lines.insert(0, f"SELECT c_version FROM {tables.store} WHERE {tables.of_folder()}c_name = :name")
        for line in lines:
            try:
                await tables.store_engine.in_transaction(partial(_wait, line, folder.id, name))
            except StoreUnavailable as error:
                if fault_of(error) is not Fault.MISSING:
                    raise

    async def _held(self, session: Session, path: str) -> list[Lock]:
        rows = await session.fetch(
            f"{_SELECT} WHERE c_folder_path = :path AND c_expires > :now", path=path, now=self._now()
        )
        return [read_lock(row) for row in rows]

    async def _check_numbers(self, session: Session, held: Sequence[Lock], wanted: Lock) -> None:
        if len(held) >= LOCKS_OF_A_FOLDER:
            raise QuotaExceeded(f"A folder holds at most {LOCKS_OF_A_FOLDER} locks.")
        if sum(lock.name == wanted.name for lock in held) >= LOCKS_OF_A_RESOURCE:
            raise QuotaExceeded(f"One resource is shared by at most {LOCKS_OF_A_RESOURCE} locks.")
        row = await session.fetch_one(
            f"SELECT COUNT(*) AS locks FROM {DAV_LOCK_NAME} WHERE c_uid = :uid AND c_expires > :now",
            uid=wanted.user_id,
            now=self._now(),
        )
        if row is not None and int(row["locks"]) >= LOCKS_OF_A_USER:
            raise QuotaExceeded(f"One user holds at most {LOCKS_OF_A_USER} locks.")

    async def _insert(self, session: Session, lock: Lock) -> None:
        await session.execute(
            f"INSERT INTO {DAV_LOCK_NAME} ({_COLUMNS}) "
            "VALUES (:token, :path, :name, :scope, :depth, :owner, :uid, :created, :expires)",
            token=lock.token, path=lock.path, name=lock.name, scope=lock.scope.value, depth=lock.depth.value,
            owner=lock.owner, uid=lock.user_id, created=lock.created, expires=lock.expires,
        )  # fmt: skip

    async def _trim(self) -> None:
        """Rows whose time is over go when a lock is made; who comes in the way of another trimmer leaves it to that."""
        try:
            await self.engine.execute(f"DELETE FROM {DAV_LOCK_NAME} WHERE c_expires <= :now", now=self._now())
        except StoreUnavailable as error:
            log.debug("expired locks are left for later: %s", error)

    def _now(self) -> int:
        return int(self.clock().timestamp())


async def _wait(line: str, folder_id: int, name: str, session: Session) -> None:
    await session.fetch(line + session.dialect.for_update, folder=folder_id, name=name)


def select_locks(alias: str) -> str:
    """The beginning of a query for `read_lock`."""
    columns = ", ".join(f"{alias}.{name} AS {name}" for name in _NAMES)
    return f"SELECT {columns} FROM {DAV_LOCK_NAME} {alias}"


def read_lock(row: Row) -> Lock:
    return Lock(
        token=row["c_token"],
        path=row["c_folder_path"],
        name=row["c_name"] or FOLDER,
        scope=Scope(row["c_scope"]),
        depth=Depth(row["c_depth"]),
        owner=row["c_owner"] or "",
        user_id=row["c_uid"],
        created=int(row["c_created"]),
        expires=int(row["c_expires"]),
    )
