"""`sogo.store.mails.MailQueue` in a table of our own, `sogo_mail_queue`.

A row is told from others by its thread and its turn in it. Two who put a mail into one thread at once would get the
same turn: the second is told that it is a conflict, as by the database, and whoever repeats transactions repeats it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sogo.errors import AlreadyExists, TooLarge
from sogo.store.interface import Clock
from sogo.store.mails import MailKey, MailState, QueuedMail, WaitingMail
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, refusal
from sogo.store.sql.leases import SqlLease
from sogo.store.sql.tables import MAIL_QUEUE_NAME
from sogo.store.sql.values import chunks, in_list

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
AT_ONCE = 200
TOGETHER_BYTES = 4 * 1024 * 1024
"""So many mails are looked at together, and of those that are written when they are looked at no more are in memory."""
ROWS_AT_ONCE = 50
"""So many are written by one statement."""
ERROR_CHARS = 500
LEASE_NAME = "mail"

_SEEN = (
    "c_thread, c_turn, c_state, c_kind, c_sender, c_recipient, c_uid, c_domain, c_created, c_due, c_tries, c_holder, "
    "c_error"
)
_ONE = "c_thread = :thread AND c_turn = :turn"
_HELD = f"{_ONE} AND c_state = 'sending' AND c_holder = :holder"
_FIRST = (
    f"NOT EXISTS (SELECT 1 FROM {MAIL_QUEUE_NAME} e WHERE e.c_thread = q.c_thread AND e.c_turn < q.c_turn "
    "AND e.c_state IN ('waiting', 'sending'))"
)
"""An invitation does not overtake, nor is overtaken by, the cancellation that follows it."""
_LIVE = "c_state IN ('waiting', 'failed')"


async def put_mails(session: Session, items: Sequence[QueuedMail], now: int) -> list[str]:
    """Put mails into the transaction of a session on the database of the queue (`SqlMailQueue.engine`): they are sent
    if it is committed. The ids of those that say something new. Raises TooLarge, StoreUnavailable (CONFLICT)."""
    made: list[str] = []
    some: list[QueuedMail] = []
    room = TOGETHER_BYTES
    for item in items:
        if len(item.message) > MAX_MESSAGE_BYTES:
            raise TooLarge("A message is too large to be sent.", limit_bytes=MAX_MESSAGE_BYTES)
        some.append(item)
        room -= len(item.message)
        if len(some) == AT_ONCE or room < 0:
            made += await _put_some(session, some, now)
            some, room = [], TOGETHER_BYTES
        await asyncio.sleep(0)  # it may have been written just now
    return [*made, *(await _put_some(session, some, now) if some else [])]


async def _put_some(session: Session, items: Sequence[QueuedMail], now: int) -> list[str]:
    last = await _last_of_threads(session, sorted({item.key.thread for item in items}))
    made: list[str] = []
    rows: list[tuple[QueuedMail, int]] = []
    for item in items:
        turn, digest = last.get(item.key.thread, (0, ""))
        if digest == item.key.digest:
            continue
        last[item.key.thread] = (turn + 1, item.key.digest)
        rows.append((item, turn + 1))
        made.append(_id(item.key.thread, turn + 1))
    rows.sort(key=lambda row: (row[0].key.thread, row[1]))  # two who write the same threads do so in one order
    for chunk in chunks(rows, ROWS_AT_ONCE if session.dialect.unites else 1):
        await _insert(session, chunk, now)
    return made


async def _last_of_threads(session: Session, threads: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The turn and digest of the last mail of each thread that has one."""
    found: dict[str, tuple[int, str]] = {}
    for chunk in chunks(threads, AT_ONCE):
        listed, values = in_list("t", chunk)
        rows = await session.fetch(
            f"SELECT c_thread, c_turn, c_digest FROM {MAIL_QUEUE_NAME} WHERE c_thread IN ({listed}) "
            "ORDER BY c_thread, c_turn",
            **values,
        )
        found.update((row["c_thread"], (int(row["c_turn"]), row["c_digest"])) for row in rows)
    return found


async def _insert(session: Session, rows: Sequence[tuple[QueuedMail, int]], now: int) -> None:
    """Mails with their turns."""
    values: dict[str, object] = {"now": now}
    texts = []
    for n, (item, turn) in enumerate(rows):
        values |= {
            f"thread{n}": item.key.thread,
            f"turn{n}": turn,
            f"digest{n}": item.key.digest,
            f"kind{n}": item.kind,
            f"uid{n}": item.user_id or None,
            f"domain{n}": item.domain or None,
            f"sender{n}": item.sender,
            f"recipient{n}": item.recipient,
            f"message{n}": item.message.decode("utf-8"),
        }
        texts.append(
            f"(:thread{n}, :turn{n}, :digest{n}, 'waiting', :now, :now, 0, :kind{n}, :uid{n}, :domain{n}, :sender{n}, "
            f":recipient{n}, :message{n})"
        )
    try:
        await session.execute(
            f"INSERT INTO {MAIL_QUEUE_NAME} (c_thread, c_turn, c_digest, c_state, c_due, c_created, c_tries, c_kind, "
            f"c_uid, c_domain, c_sender, c_recipient, c_message) VALUES {', '.join(texts)}",
            **values,
        )
    except AlreadyExists as error:
        raise refusal(Fault.CONFLICT, error) from error


@dataclass(slots=True)
class SqlMailQueue:
    """`engine` is the database of the queue."""

    engine: Engine
    clock: Clock
    is_there: bool = True

    @property
    def lease(self) -> SqlLease:
        return SqlLease(self.engine, LEASE_NAME)

    async def put(self, items: Sequence[QueuedMail]) -> list[str]:
        return await self.engine.in_transaction(lambda session: put_mails(session, items, self._now()))

    async def due(self, limit: int, without: Sequence[str | None] = ()) -> list[WaitingMail]:
        others, values = _of_other_domains(without)
        where = f"c_state = 'sending' OR (c_state = 'waiting' AND c_due <= :now AND {_FIRST}{others})"
        return await self._select(where, limit, now=self._now(), **values)

    async def of_user(self, user_id: str, limit: int) -> list[WaitingMail]:
        return await self._select(f"c_state = 'waiting' AND c_uid = :uid AND {_FIRST}", limit, uid=user_id)

    async def listed(self, state: MailState, limit: int) -> list[WaitingMail]:
        return await self._select("c_state = :state", limit, state=state.value)

    async def _select(self, where: str, limit: int, **values: object) -> list[WaitingMail]:
        rows = await self.engine.fetch(
            f"SELECT {_SEEN} FROM {MAIL_QUEUE_NAME} q WHERE {where} ORDER BY c_created, c_thread, c_turn"
            + self.engine.dialect.limit("most"),
            most=limit,
            **values,
        )
        return [_read(row) for row in rows]

    # --- sending ------------------------------------------------------------------------------------------------------

    async def claim(self, seen: WaitingMail, holder: str) -> QueuedMail | None:
        place = _place(seen.id)

        async def work(session: Session) -> Row | None:
            claimed = await session.execute(
                f"UPDATE {MAIL_QUEUE_NAME} SET c_state = 'sending', c_holder = :holder, c_tries = :next, c_due = :now "
                f"WHERE {_ONE} AND c_state = :state AND c_tries = :tries",
                **place,
                holder=holder,
                next=seen.tries + 1,
                now=self._now(),
                state=seen.state.value,
                tries=seen.tries,
            )
            if not claimed:
                return None
            return await session.fetch_one(f"SELECT * FROM {MAIL_QUEUE_NAME} WHERE {_ONE}", **place)

        row = await self.engine.in_transaction(work)
        return _mail(row) if row is not None else None

    async def sent(self, mail_id: str, holder: str) -> None:
        await self._end(mail_id, holder, "c_state = 'sent', c_message = NULL, c_error = NULL", self.clock(), None)

    async def postponed(self, mail_id: str, holder: str, until: dt.datetime, error: str) -> None:
        await self._end(mail_id, holder, "c_state = 'waiting', c_error = :error", until, error)

    async def failed(self, mail_id: str, holder: str, error: str) -> None:
        await self._end(mail_id, holder, "c_state = 'failed', c_error = :error", self.clock(), error)

    async def _end(self, mail_id: str, holder: str, changes: str, due: dt.datetime, error: str | None) -> None:
        values: dict[str, object] = {} if error is None else {"error": error[:ERROR_CHARS] or None}
        await self.engine.execute(
            f"UPDATE {MAIL_QUEUE_NAME} SET {changes}, c_due = :due WHERE {_HELD}",
            due=int(due.timestamp()),
            holder=holder,
            **_place(mail_id),
            **values,
        )

    # --- looking after it ---------------------------------------------------------------------------------------------

    async def counts(self) -> Mapping[MailState, int]:
        rows = await self.engine.fetch(f"SELECT c_state, COUNT(*) AS n FROM {MAIL_QUEUE_NAME} GROUP BY c_state")
        return dict.fromkeys(MailState, 0) | {MailState(row["c_state"]): int(row["n"]) for row in rows}

    async def retry(self, ids: Sequence[str] | None) -> int:
        set_due = f"UPDATE {MAIL_QUEUE_NAME} SET c_state = 'waiting', c_due = :now, c_created = :now"
        if ids is None:
            return await self.engine.execute(f"{set_due} WHERE {_LIVE}", now=self._now())
        return sum(
            [
                await self.engine.execute(f"{set_due} WHERE {_ONE} AND {_LIVE}", now=self._now(), **_place(one))
                for one in ids
            ]
        )

    async def drop(self, ids: Sequence[str] | None) -> int:
        if ids is None:
            return await self.engine.execute(f"DELETE FROM {MAIL_QUEUE_NAME} WHERE c_state = 'failed'")
        delete = f"DELETE FROM {MAIL_QUEUE_NAME} WHERE {_ONE} AND {_LIVE}"
        return sum([await self.engine.execute(delete, **_place(one)) for one in ids])

    async def trim(self, before: dt.datetime) -> int:
        return await self.engine.execute(
            f"DELETE FROM {MAIL_QUEUE_NAME} WHERE c_state IN ('sent', 'failed') AND c_due < :before",
            before=int(before.timestamp()),
        )

    def _now(self) -> int:
        return int(self.clock().timestamp())


def _of_other_domains(domains: Sequence[str | None]) -> tuple[str, dict[str, object]]:
    named = [domain for domain in domains if domain is not None]
    listed, values = in_list("d", named) if named else ("", {})
    is_other = f"c_domain NOT IN ({listed})" if named else ""
    if None in domains:
        return " AND c_domain IS NOT NULL" + (f" AND {is_other}" if is_other else ""), values
    return (f" AND (c_domain IS NULL OR {is_other})" if is_other else ""), values


def _id(thread: str, turn: int) -> str:
    return f"{thread}-{turn}"


def _place(mail_id: str) -> dict[str, object]:
    """The key columns behind an id; an id that was never given finds nothing."""
    thread, _, turn = mail_id.rpartition("-")
    return {"thread": thread, "turn": int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 16 else -1}


def _read(row: Row) -> WaitingMail:
    return WaitingMail(
        id=_id(row["c_thread"], int(row["c_turn"])),
        state=MailState(row["c_state"]),
        kind=row["c_kind"],
        sender=row["c_sender"],
        recipient=row["c_recipient"],
        user_id=row["c_uid"] or "",
        domain=row["c_domain"] or None,
        created=int(row["c_created"]),
        due=int(row["c_due"]),
        tries=int(row["c_tries"]),
        holder=row["c_holder"] or "",
        error=row["c_error"] or "",
    )


def _mail(row: Row) -> QueuedMail:
    return QueuedMail(
        key=MailKey(row["c_thread"], row["c_digest"]),
        sender=row["c_sender"],
        recipient=row["c_recipient"],
        message=str(row["c_message"] or "").encode("utf-8"),
        kind=row["c_kind"],
        user_id=row["c_uid"] or "",
        domain=row["c_domain"] or None,
    )
