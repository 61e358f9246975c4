"""Users remembered: as objects for a few seconds in the process, as JSON in the cache all workers share.

Keys and members are the original's (auth.md §6: `<login>+attributes`, `null` for nobody) with ours added; an entry that
lacks ours was written by the original and is read anew. No password is ever written, and who is a superuser is not
either: the directory knows that by itself.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Any

from sogo.auth.interface import Record, User
from sogo.store.interface import Cache
from sogo.store.memory_cache import Monotonic, TtlMap

LOCAL_SECONDS = 5.0
MAX_LOCAL = 5_000
_KEPT_ATTRIBUTE = "samaccountname"
_NOBODY = "null"


@dataclass(frozen=True, slots=True)
class Known:
    """The answer of a look-up; `user` is None for nobody."""

    user: User | None


class UserCache:
    def __init__(
        self, cache: Cache, *, ttl_seconds: float, negative_seconds: float, clock: Monotonic = time.monotonic
    ) -> None:
        self._cache = cache
        self._ttl_seconds = ttl_seconds
        self._negative_seconds = min(negative_seconds, ttl_seconds)
        self._local: TtlMap[str, Known] = TtlMap(max_entries=MAX_LOCAL, clock=clock)

    async def get(self, name: str) -> Known | None:
        known = self._local.get(name)
        if known is not None:
            return known
        text = await self._cache.get(_key(name))
        known = _read(text) if text else None
        if known is not None:
            self._local.set(name, known, ttl_seconds=min(LOCAL_SECONDS, self._ttl_seconds))
        return known

    async def put(self, name: str, user: User | None) -> User | None:
        """Remember an answer; gives the user as it will be remembered, without the entry's attributes."""
        user = None if user is None else _slim(user)
        ttl = self._ttl_seconds if user is not None else self._negative_seconds
        self._local.set(name, Known(user), ttl_seconds=min(LOCAL_SECONDS, ttl))
        await self._cache.set(_key(name), _NOBODY if user is None else _write(user), ttl_seconds=ttl)
        return user

    async def forget(self, *names: str) -> None:
        for name in names:
            self._local.pop(name)
        await self._cache.delete(*(_key(name) for name in names))

    def clear(self) -> None:
        self._local.clear()


def _key(name: str) -> str:
    return f"{name}+attributes"


def _slim(user: User) -> User:
    """Without attributes, which may be pictures and are wanted of address-book entries only."""
    kept = {name: value for name, value in user.record.attributes.items() if name == _KEPT_ATTRIBUTE}
    return replace(user, record=replace(user.record, attributes=kept))


def _write(user: User) -> str:
    """Only what the original takes as set may be there: an empty c_imaplogin would be the login it uses for mail."""
    record = user.record
    optional: dict[str, object] = {
        "isGroup": int(record.is_group),
        "isResource": int(record.is_resource),
        "c_imaphostname": record.imap_host,
        "c_imaplogin": record.imap_login,
        "c_sievehostname": record.sieve_host,
        "sAMAccountName": record.attributes.get(_KEPT_ATTRIBUTE, ""),
    }
    document = {
        "c_uid": record.uid,
        "cn": user.cn,
        "c_email": user.email,
        "emails": list(user.emails),
        "c_domain": user.domain or "",
        "CalendarAccess": int(record.calendar_access),
        "MailAccess": int(record.mail_access),
        "ActiveSyncAccess": int(record.activesync_access),
        "SOGoSource": record.source,
        "numberOfSimultaneousBookings": record.bookings,
        "userId": user.user_id,
        "own": {
            "emails": list(record.emails),
            "domain": record.domain,
            "name": record.name,
            "kind": record.kind,
            "info": record.info,
            "dn": record.dn,
        },
    }
    return json.dumps(document | {name: value for name, value in optional.items() if value}, ensure_ascii=False)


def _read(text: str) -> Known | None:
    """What was remembered; None for what we did not write."""
    if text == _NOBODY:
        return Known(None)
    try:
        value = json.loads(text)
        return Known(_user(value, value["own"]))
    except (ValueError, KeyError, TypeError):
        return None


def _user(value: dict[str, Any], own: dict[str, Any]) -> User:
    sam = value.get("sAMAccountName")
    record = Record(
        uid=str(value["c_uid"]),
        source=str(value["SOGoSource"]),
        cn=str(value["cn"]),
        emails=tuple(map(str, own["emails"])),
        domain=own["domain"],
        name=str(own["name"]),
        is_group=bool(value.get("isGroup")),
        is_resource=bool(value.get("isResource")),
        kind=str(own["kind"]),
        bookings=int(value["numberOfSimultaneousBookings"]),
        calendar_access=bool(value["CalendarAccess"]),
        mail_access=bool(value["MailAccess"]),
        activesync_access=bool(value["ActiveSyncAccess"]),
        imap_host=str(value.get("c_imaphostname") or ""),
        imap_login=str(value.get("c_imaplogin") or ""),
        sieve_host=str(value.get("c_sievehostname") or ""),
        info=str(own["info"]),
        dn=str(own["dn"]),
        attributes={_KEPT_ATTRIBUTE: sam} if sam else {},
    )
    emails = tuple(map(str, value["emails"]))
    if not emails:
        raise ValueError("somebody without an address")
    return User(
        user_id=str(value["userId"]),
        cn=record.cn,
        emails=emails,
        domain=value["c_domain"] or None,
        record=record,
    )
