"""`sogo.store.pushes.PushStore` in two tables of our own: `sogo_push_subscription` and `sogo_push_site`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sogo.codec.web_push.keys import POINT_OCTETS, fresh_key, from_base64url, number_of, to_base64url
from sogo.errors import AlreadyExists, QuotaExceeded, StoreUnavailable
from sogo.model.change import home_path
from sogo.model.folder import SyncPoint
from sogo.model.push import PushKeys, Quiet, Subscription, Triggers
from sogo.secret import Secret
from sogo.store.interface import Clock
from sogo.store.leases import LeaseState
from sogo.store.pushes import PushLimits, Watched
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.leases import SqlLease
from sogo.store.sql.tables import PUSH_SITE_NAME, PUSH_SUBSCRIPTION_NAME
from sogo.store.sql.values import chunks, in_list

log = logging.getLogger(__name__)

AT_ONCE = 200
ATTEMPTS = 3
TOPIC_OCTETS = 32
_VAPID, _TOPIC, _NEWS, _LEASE = "vapid", "topic", "news", "sender"
_NOBODY = "-"

_COLUMNS = (
    "c_id, c_path, c_uid, c_resource, c_point, c_auth, c_triggers, c_expires, c_told, c_title, c_edits, c_edits_told, "
    "c_failing"
)
_SELECT = f"SELECT {_COLUMNS} FROM {PUSH_SUBSCRIPTION_NAME}"
_OF_RESOURCE = "c_path = :path AND c_uid = :uid AND c_digest = :digest"


@dataclass(slots=True)
class SqlPushStore:
    engine: Engine
    clock: Clock
    is_there: bool = True
    _keys: PushKeys | None = field(default=None, init=False, repr=False)

    # --- of the site --------------------------------------------------------------------------------------------------

    async def keys(self) -> PushKeys:
        if self._keys is None:
            vapid = await self._value(_VAPID, lambda: to_base64url(number_of(fresh_key(secrets.token_bytes))))
            topic = await self._value(_TOPIC, lambda: secrets.token_urlsafe(TOPIC_OCTETS))
            self._keys = PushKeys(Secret(vapid), Secret(topic))
        return self._keys

    async def _value(self, name: str, make: Callable[[], str]) -> str:
        """What the site has under a name. Of several who make it at once the first row counts, for all of them."""
        row = await self._site(name)
        if row is None:
            await self._begin(name, make())
            row = await self._site(name)
        if row is None:
            raise StoreUnavailable("What push needs cannot be kept.")
        return str(row["c_value"])

    async def _site(self, name: str) -> Row | None:
        return await self.engine.fetch_one(
            f"SELECT c_value, c_number FROM {PUSH_SITE_NAME} WHERE c_name = :name", name=name
        )

    async def _begin(self, name: str, value: str) -> None:
        with contextlib.suppress(AlreadyExists):  # somebody else was first
            await self.engine.execute(
                f"INSERT INTO {PUSH_SITE_NAME} (c_name, c_value, c_number) VALUES (:name, :value, 0)",
                name=name,
                value=value,
            )

    async def news(self) -> int:
        row = await self._site(_NEWS)
        return int(row["c_number"]) if row is not None else 0

    async def _tell(self) -> None:
        """Subscriptions or edits have changed. Tells less than it should only when the database is away; who sends
        looks at all of them when it begins."""
        sql = f"UPDATE {PUSH_SITE_NAME} SET c_number = c_number + 1 WHERE c_name = :name"
        if not await self.engine.execute(sql, name=_NEWS):
            await self._begin(_NEWS, _NOBODY)
            await self.engine.execute(sql, name=_NEWS)

    async def read_lease(self) -> LeaseState:
        return await SqlLease(self.engine, _LEASE).read_lease()

    async def take_lease(self, seen: LeaseState, holder: str) -> LeaseState | None:
        return await SqlLease(self.engine, _LEASE).take_lease(seen, holder)

    # --- subscriptions ------------------------------------------------------------------------------------------------

    async def register(self, wanted: Subscription, limits: PushLimits) -> tuple[str, bool]:
        await self._trim()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found = await self.engine.in_transaction(lambda session: self._register(session, wanted, limits))
            except AlreadyExists:
                if attempt == ATTEMPTS:
                    raise
                continue  # the same device, in the same moment
            await self._tell()
            return found
        raise AssertionError

    async def _register(self, session: Session, wanted: Subscription, limits: PushLimits) -> tuple[str, bool]:
        place = {"path": wanted.path, "uid": wanted.user_id, "digest": _digest(wanted.resource)}
        values = {
            "point": to_base64url(wanted.point),
            "auth": wanted.auth_secret.reveal(),
            "triggers": _triggers_text(wanted.triggers),
            "expires": wanted.expires,
        }
        row = await session.fetch_one(f"SELECT c_id FROM {PUSH_SUBSCRIPTION_NAME} WHERE {_OF_RESOURCE}", **place)
        if row is not None:
            await session.execute(
                f"UPDATE {PUSH_SUBSCRIPTION_NAME} SET c_point = :point, c_auth = :auth, c_triggers = :triggers, "
                f"c_expires = :expires, c_failing = 0 WHERE {_OF_RESOURCE}",
                **place,
                **values,
            )
            return str(row["c_id"]), False
        await _check_numbers(session, wanted, limits)
        await session.execute(
            f"INSERT INTO {PUSH_SUBSCRIPTION_NAME} ({_COLUMNS}, c_home, c_digest) VALUES (:id, :path, :uid, :resource, "
            ":point, :auth, :triggers, :expires, :told, :title, 0, 0, 0, :home, :digest)",
            id=wanted.id,
            resource=wanted.resource.reveal(),
            told=wanted.told,
            title=wanted.title,
            home=_home_of(wanted.path),
            **place,
            **values,
        )
        return wanted.id, True

    async def unregister(self, registration: str, user_id: str) -> bool:
        found = await self.engine.execute(
            f"DELETE FROM {PUSH_SUBSCRIPTION_NAME} WHERE c_id = :id AND c_uid = :uid AND c_expires > :now",
            id=registration,
            uid=user_id,
            now=self._now(),
        )
        if found:
            await self._tell()
        return bool(found)

    async def of_home(self, home: str) -> list[Subscription]:
        rows = await self.engine.fetch(
            f"{_SELECT} WHERE c_home = :home AND c_expires > :now ORDER BY c_id", home=home, now=self._now()
        )
        return [one for row in rows if (one := _read(row)) is not None]

    async def watched(self) -> list[Watched]:
        rows = await self.engine.fetch(
            f"SELECT c_path, c_home, MAX(c_edits - c_edits_told) AS edits FROM {PUSH_SUBSCRIPTION_NAME} "
            "WHERE c_expires > :now GROUP BY c_path, c_home",
            now=self._now(),
        )
        return [Watched(row["c_path"], row["c_home"], int(row["edits"]) > 0) for row in rows]

    async def told(self, registration: str, mark: str, title: str, edits: int) -> None:
        await self.engine.execute(
            f"UPDATE {PUSH_SUBSCRIPTION_NAME} SET c_told = :mark, c_title = :title, c_edits_told = :edits, "
            "c_failing = 0 WHERE c_id = :id",
            mark=mark,
            title=title,
            edits=edits,
            id=registration,
        )

    async def failed(self, registration: str, since: int) -> None:
        await self.engine.execute(
            f"UPDATE {PUSH_SUBSCRIPTION_NAME} SET c_failing = :since WHERE c_id = :id", since=since, id=registration
        )

    async def drop(self, registrations: Sequence[str]) -> None:
        for chunk in chunks(registrations, AT_ONCE):
            listed, values = in_list("i", chunk)
            await self.engine.execute(f"DELETE FROM {PUSH_SUBSCRIPTION_NAME} WHERE c_id IN ({listed})", **values)

    async def drop_collection(self, path: str) -> None:
        try:
            await self.engine.execute(f"DELETE FROM {PUSH_SUBSCRIPTION_NAME} WHERE c_path = :path", path=path)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise

    # --- what writers say ---------------------------------------------------------------------------------------------

    async def note_edit(self, path: str, names: Sequence[str], title: str, quiet: Quiet | None) -> None:
        rows = await self.engine.fetch(
            f"SELECT c_id, c_uid, c_triggers FROM {PUSH_SUBSCRIPTION_NAME} WHERE c_path = :path AND c_expires > :now",
            path=path,
            now=self._now(),
        )
        if not rows:
            return
        if title:
            await self.engine.execute(
                f"UPDATE {PUSH_SUBSCRIPTION_NAME} SET c_title = :title WHERE c_path = :path", title=title, path=path
            )
        concerned = [
            row["c_id"]
            for row in rows
            if not (quiet and quiet.covers(row["c_id"], row["c_uid"]))
            and _read_triggers(row["c_triggers"]).wants(names)
        ]
        for chunk in chunks(concerned, AT_ONCE):
            listed, values = in_list("i", chunk)
            await self.engine.execute(
                f"UPDATE {PUSH_SUBSCRIPTION_NAME} SET c_edits = c_edits + 1 WHERE c_id IN ({listed})", **values
            )
        if concerned:
            await self._tell()

    async def hush(self, path: str, quiet: Quiet, before: SyncPoint, after: SyncPoint) -> None:
        where = "c_path = :path AND c_uid = :uid AND c_told = :before"
        values: dict[str, object] = {
            "path": path, "uid": quiet.user_id, "before": str(before), "after": str(after)
        }  # fmt: skip
        if not quiet.everything:
            if not quiet.ids:
                return
            listed, ids = in_list("i", sorted(quiet.ids)[:AT_ONCE])
            where, values = f"{where} AND c_id IN ({listed})", values | ids
        await self.engine.execute(f"UPDATE {PUSH_SUBSCRIPTION_NAME} SET c_told = :after WHERE {where}", **values)

    async def _trim(self) -> None:
        """Rows whose time is over go when somebody registers."""
        try:
            await self.engine.execute(f"DELETE FROM {PUSH_SUBSCRIPTION_NAME} WHERE c_expires <= :now", now=self._now())
        except StoreUnavailable as error:
            if fault_of(error) in (Fault.MISSING, Fault.UNREACHABLE):
                raise
            log.debug("expired subscriptions are left for later: %s", error)

    def _now(self) -> int:
        return int(self.clock().timestamp())


async def _check_numbers(session: Session, wanted: Subscription, limits: PushLimits) -> None:
    for column, value, limit in (
        ("c_uid", wanted.user_id, limits.of_a_user),
        ("c_path", wanted.path, limits.of_a_collection),
    ):
        row = await session.fetch_one(
            f"SELECT COUNT(*) AS number FROM {PUSH_SUBSCRIPTION_NAME} WHERE {column} = :value", value=value
        )
        if row is not None and int(row["number"]) >= limit:
            raise QuotaExceeded("There are as many push subscriptions already as there may be.")


def _home_of(path: str) -> str:
    """/Users/anna/Calendar/personal lies in /Users/anna/Calendar, which as a collection lies in itself."""
    return path if path.count("/") == 3 else home_path(path)


def _digest(resource: Secret) -> str:
    return hashlib.sha256(resource.reveal().encode()).hexdigest()


def _triggers_text(triggers: Triggers) -> str:
    return json.dumps({"content": triggers.sync_level, "properties": triggers.properties})


def _read_triggers(text: str) -> Triggers:
    value = json.loads(text)
    properties = value["properties"]
    return Triggers(value["content"], None if properties is None else tuple(properties))


def _read(row: Row) -> Subscription | None:
    """None for a row that somebody has bent."""
    try:
        return Subscription(
            id=row["c_id"],
            path=row["c_path"],
            user_id=row["c_uid"],
            resource=Secret(row["c_resource"]),
            point=from_base64url(row["c_point"], POINT_OCTETS),
            auth_secret=Secret(row["c_auth"]),
            triggers=_read_triggers(row["c_triggers"]),
            expires=int(row["c_expires"]),
            told=row["c_told"],
            title=row["c_title"],
            edits=int(row["c_edits"]),
            edits_told=int(row["c_edits_told"]),
            failing_since=int(row["c_failing"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        log.warning("a push subscription to %s cannot be read: %s", row["c_path"], type(error).__name__)
        return None
