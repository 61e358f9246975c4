"""Connections to one directory: the only file that knows ldap3.

ldap3 blocks, so every call runs in threads of the source's own, and a directory that hangs holds up nobody who does
not need it. Connect and receive have timeouts; after one of them the directory is left alone for a moment and calls
fail at once, then a single one tries again. Search connections are kept; a user's bind always gets a fresh one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import ldap3
from ldap3.core.exceptions import LDAPCommunicationError, LDAPException, LDAPResponseTimeoutError

from sogo.auth.ber import element
from sogo.auth.ldap_endpoint import Endpoint, Security
from sogo.auth.ppolicy import PPOLICY_OID, PolicyResponse, decode
from sogo.auth.settings import LdapSettings
from sogo.errors import DirectoryUnavailable
from sogo.secret import Secret

log = logging.getLogger(__name__)

PAGE_SIZE = 250
MAX_WAITING = 200
IDLE_SECONDS = 120.0

SUCCESS, TIME_LIMIT, SIZE_LIMIT, REFERRAL, NO_SUCH_OBJECT = 0, 3, 4, 10, 32
CONSTRAINT_VIOLATION, INSUFFICIENT_ACCESS, BUSY, DOWN = 19, 50, 51, 52
_PARTIAL = (SUCCESS, TIME_LIMIT, SIZE_LIMIT, REFERRAL, NO_SUCH_OBJECT)
_SORT_OID = "1.2.840.113556.1.4.473"
_RFC3062_OID = "1.3.6.1.4.1.4203.1.11.1"
_QUICK_SECONDS = 1.0
_SCOPES = {"BASE": ldap3.BASE, "ONE": ldap3.LEVEL, "SUB": ldap3.SUBTREE}

T = TypeVar("T")
Connection = Any
Control = tuple[str, bool, bytes | None]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whom to bind as; an empty `dn` is anonymous."""

    dn: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Attribute names are lower-case, values as the server sent them."""

    dn: str
    attributes: dict[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """A search. `limit` 0: as many as the server gives; `order_by` asks the server to sort, which it may ignore."""

    base: str
    filter: str
    scope: str = "SUB"
    attributes: tuple[str, ...] = ("*",)
    limit: int = 0
    seconds: int = 0
    order_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result code of an operation and what the password policy said about it."""

    code: int
    policy: PolicyResponse


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a modification: "add", "delete" or "replace" values."""

    kind: str
    attribute: str
    values: tuple[bytes, ...]


class _Unreachable(OSError):
    """No server of the source answers."""


class _Refused(LDAPException):
    """A server answers, but not to this question."""


class LdapClient:
    """The directory behind one source. Every method raises DirectoryUnavailable when it does not answer."""

    def __init__(
        self, settings: LdapSettings, endpoints: Sequence[Endpoint], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._endpoints = list(endpoints)
        self._clock = clock
        self._service = Credentials(settings.bind_dn if settings.bind_password else "", settings.bind_password)
        self._executor = ThreadPoolExecutor(settings.connections, thread_name_prefix=f"ldap-{settings.id}")
        self._idle: list[tuple[Connection, float]] = []
        self._lock = threading.Lock()
        self._asleep_until = float("-inf")
        self._failing = False
        self._waiting = 0
        self._closed = False

    # --- for coroutines -----------------------------------------------------------------------------------------------

    async def search(self, query: Query, *, credentials: Credentials | None = None) -> list[Entry]:
        """The entries; with a limit no more than that. An empty list when the base does not exist."""
        return (await self.search_all([query], credentials=credentials))[0]

    async def search_all(
        self, queries: Sequence[Query], *, credentials: Credentials | None = None
    ) -> list[list[Entry]]:
        """The answers of several searches in their order, on one connection."""
        if credentials is None:
            return await self._run(lambda: self._pooled(lambda one: [list(self._pages(one, q)) for q in queries]))

        def as_user() -> list[list[Entry]]:
            return self._as(credentials, lambda one, outcome: _answers(self, one, outcome, queries))

        return await self._run(as_user)

    async def bind(self, credentials: Credentials) -> Outcome:
        """A simple bind on a connection of its own. The caller has seen to it that the password is not empty."""
        return await self._run(lambda: self._as(credentials, lambda connection, outcome: outcome))

    async def modify(self, dn: str, changes: Sequence[Change], *, credentials: Credentials | None) -> Outcome:
        """Change an entry as somebody, or as the service account. A refused bind is the outcome."""

        def work(connection: Connection, bound: Outcome) -> Outcome:
            if bound.code != SUCCESS:
                return bound
            listed: dict[str, list[tuple[str, list[bytes]]]] = {}
            for change in changes:
                listed.setdefault(change.attribute, []).append((f"MODIFY_{change.kind.upper()}", list(change.values)))
            return _outcome(connection.modify(dn, listed)[1])

        return await self._run(lambda: self._as(credentials or self._service, work))

    async def modify_password(
        self, dn: str, old: Secret | None, new: Secret, *, credentials: Credentials | None
    ) -> Outcome:
        """RFC 3062 with the policy control, as somebody or as the service account. A refused bind is the outcome."""

        def work(connection: Connection, bound: Outcome) -> Outcome:
            if bound.code != SUCCESS:
                return bound
            parts = [(0x80, dn.encode()), (0x82, new.reveal().encode())]
            if old is not None:
                parts.insert(1, (0x81, old.reveal().encode()))
            value = element(0x30, b"".join(element(tag, text) for tag, text in parts))
            return _outcome(connection.extended(_RFC3062_OID, value, [_ppolicy()], no_encode=True)[1])

        return await self._run(lambda: self._as(credentials or self._service, work))

    async def capabilities(self) -> tuple[str, ...]:
        """supportedCapabilities of the root entry, by which Active Directory is known."""
        query = Query("", "(objectClass=*)", "BASE", ("supportedCapabilities",))
        entries = await self.search(query)
        values = entries[0].attributes.get("supportedcapabilities", ()) if entries else ()
        return tuple(value.decode("ascii", errors="replace") for value in values)

    async def compute(self, work: Callable[[], T]) -> T:
        """Run what only computes, such as a hash, in the same threads."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def close(self) -> None:
        self._closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            await asyncio.get_running_loop().run_in_executor(None, _hang_up, connection)

    # --- the breaker --------------------------------------------------------------------------------------------------

    async def _run(self, work: Callable[[], T]) -> T:
        """Do it in a thread, or fail at once while the directory is known not to answer or too many wait for it."""
        trial = self._failing
        if self._closed or self._clock() < self._asleep_until or self._waiting >= (1 if trial else MAX_WAITING):
            raise self._away()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience()):
                return await asyncio.get_running_loop().run_in_executor(self._executor, self._guarded, work)
        except TimeoutError as error:
            self._sleep()
            raise self._away() from error
        finally:
            self._waiting -= 1

    def _guarded(self, work: Callable[[], T]) -> T:
        if self._clock() < self._asleep_until:  # it went away while this call stood in the queue
            raise self._away()
        try:
            result = work()
        except (LDAPException, OSError, EOFError) as error:
            self._failing = False
            if isinstance(error, LDAPCommunicationError | LDAPResponseTimeoutError | OSError | EOFError):
                self._sleep()
            log.warning("user source %s: the directory does not answer: %s", self._settings.id, error)
            raise self._away() from error
        self._failing = False
        return result

    def _patience(self) -> float:
        """Longer than a search may take on the last of the servers: the sockets' own timeouts come first."""
        settings = self._settings
        each = settings.connect_seconds + settings.receive_seconds
        return each * len(self._endpoints) + settings.receive_seconds + settings.query_timeout_seconds + 5

    def _sleep(self) -> None:
        self._failing = True
        self._asleep_until = self._clock() + self._settings.pause_seconds

    def _away(self) -> DirectoryUnavailable:
        pause = max(1, round(self._settings.pause_seconds))
        return DirectoryUnavailable(
            "The directory does not answer.", retry_after_seconds=pause, source=self._settings.id
        )

    # --- in a thread --------------------------------------------------------------------------------------------------

    def _pooled(self, work: Callable[[Connection], T]) -> T:
        """Work on a kept connection, on a fresh one when that turns out to be dead."""
        with self._lock:
            kept, since = self._idle.pop() if self._idle else (None, 0.0)
        if kept is not None and self._clock() - since > IDLE_SECONDS:
            _hang_up(kept)
            kept = None
        if kept is not None:
            started = self._clock()
            try:
                return self._used(kept, work)
            except (LDAPException, OSError) as error:
                if isinstance(error, _Refused) or self._clock() - started > _QUICK_SECONDS:
                    raise
        connection, outcome = self._connect(self._service)
        if outcome.code != SUCCESS:
            _hang_up(connection)
            raise _Refused(f"the bind of bindDN is refused (LDAP result {outcome.code})")
        return self._used(connection, work)

    def _used(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        try:
            result = work(connection)
        except BaseException:
            _hang_up(connection)
            raise
        with self._lock:
            keep = not self._closed and len(self._idle) < self._settings.connections
            if keep:
                self._idle.append((connection, self._clock()))
        if not keep:
            _hang_up(connection)
        return result

    def _as(self, credentials: Credentials, work: Callable[[Connection, Outcome], T]) -> T:
        connection, outcome = self._connect(credentials)
        try:
            return work(connection, outcome)
        finally:
            _hang_up(connection)

    def _connect(self, credentials: Credentials) -> tuple[Connection, Outcome]:
        """A bound connection to the first server that answers; the one that did is asked first next time."""
        failure: Exception | None = None
        for endpoint in list(self._endpoints):
            try:
                connection, outcome = self._connect_to(endpoint, credentials)
            except (LDAPException, OSError, EOFError) as error:
                log.warning("user source %s: %s does not answer: %s", self._settings.id, endpoint, error)
                failure = error
                continue
            if self._endpoints[0] is not endpoint:
                self._endpoints = [endpoint, *(other for other in self._endpoints if other is not endpoint)]
            return connection, outcome
        raise _Unreachable(str(failure)) from failure

    def _connect_to(self, endpoint: Endpoint, credentials: Credentials) -> tuple[Connection, Outcome]:
        connection = _connection(endpoint, credentials, self._settings)
        try:
            connection.open(read_server_info=False)
            if endpoint.security is Security.START_TLS:
                connection.start_tls(read_server_info=False)
            controls = [_ppolicy()] if self._settings.password_policy else None
            result = connection.bind(read_server_info=False, controls=controls)[1]
        except BaseException:
            _hang_up(connection)
            raise
        if result["result"] in (BUSY, DOWN):
            _hang_up(connection)
            raise OSError(f"the server says {result['description']}")
        return connection, _outcome(result)

    def _pages(self, connection: Connection, query: Query) -> Iterator[Entry]:
        """Entries page by page until there are no more, or enough."""
        cookie: bytes | None = None
        left = query.limit
        paged = query.scope != "BASE" and not query.order_by
        while True:
            _, result, response, _ = connection.search(
                query.base,
                query.filter,
                search_scope=_SCOPES[query.scope],
                attributes=list(query.attributes),
                size_limit=0 if paged else query.limit,
                time_limit=query.seconds,
                controls=[_sort(query.order_by)] if query.order_by else None,
                paged_size=min(PAGE_SIZE, left or PAGE_SIZE) if paged else None,
                paged_cookie=cookie,
            )
            if result["result"] not in _PARTIAL:
                raise _Refused(f"the search failed: {result['description']} (LDAP result {result['result']})")
            for found in response or ():
                if found.get("type") == "searchResEntry":
                    yield _entry(found)
                    left -= 1
                    if query.limit and left <= 0:
                        return
            cookie = _cookie(result)
            if not cookie or result["result"] != SUCCESS:
                return


def _answers(client: LdapClient, connection: Connection, bound: Outcome, queries: Sequence[Query]) -> list[list[Entry]]:
    """As a user whose bind is refused one sees nothing."""
    if bound.code != SUCCESS:
        return [[] for _ in queries]
    return [list(client._pages(connection, query)) for query in queries]


def _connection(endpoint: Endpoint, credentials: Credentials, settings: LdapSettings) -> Connection:
    tls = ldap3.Tls(
        validate=ssl.CERT_REQUIRED if endpoint.tls.verify else ssl.CERT_NONE,
        ca_certs_file=str(endpoint.tls.ca_file) if endpoint.tls.ca_file else None,
        ca_certs_path=str(endpoint.tls.ca_folder) if endpoint.tls.ca_folder else None,
        sni=endpoint.host,
    )
    server = ldap3.Server(
        "ldapi://" + endpoint.host if endpoint.is_socket else endpoint.host,
        port=endpoint.port or None,
        use_ssl=endpoint.security is Security.TLS,
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=settings.connect_seconds,
    )
    # Bytes go as they are; a text would be mapped by SASLprep, and "ª" would pass for "a".
    password: Any = credentials.password.reveal().encode("utf-8", errors="replace") if credentials.dn else None
    return ldap3.Connection(
        server,
        credentials.dn or None,
        password,
        client_strategy=ldap3.SAFE_SYNC,
        authentication=ldap3.SIMPLE if credentials.dn else ldap3.ANONYMOUS,
        receive_timeout=settings.receive_seconds,
        auto_referrals=False,
        check_names=False,
        return_empty_attributes=False,
        raise_exceptions=False,
    )


def _hang_up(connection: Connection) -> None:
    with suppress(LDAPException, OSError, AttributeError):
        connection.unbind()


def _entry(found: dict[str, Any]) -> Entry:
    attributes = {name.lower(): tuple(values) for name, values in found["raw_attributes"].items() if values}
    return Entry(str(found["dn"]), attributes)


def _cookie(result: dict[str, Any]) -> bytes | None:
    control = (result.get("controls") or {}).get("1.2.840.113556.1.4.319")
    cookie = control["value"].get("cookie") if control and isinstance(control.get("value"), dict) else None
    return bytes(cookie) if cookie else None


def _outcome(result: dict[str, Any]) -> Outcome:
    control = (result.get("controls") or {}).get(PPOLICY_OID)
    value = control.get("value") if control else None
    return Outcome(int(result["result"]), decode(value) if isinstance(value, bytes) else PolicyResponse())


def _ppolicy() -> Control:
    return (PPOLICY_OID, False, None)


def _sort(attribute: str) -> Control:
    """RFC 2891 with one key, not critical: a server that cannot sort answers unsorted."""
    key = element(0x30, element(0x04, attribute.encode("ascii", errors="replace")))
    return (_SORT_OID, False, element(0x30, key))
