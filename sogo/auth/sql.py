"""A view or table of users as a source (auth.md §2).

    c_uid, c_name, c_password, c_cn, mail, and whatever else the view offers under names as LDAP has them

Only bound values reach the database; names of columns and the view are checked and quoted. Hashes are computed in a
small executor of the source's own. Better than the original: addresses in space-separated columns are found too, an
alias login can change its password, and the answer for an unknown user takes as long as a wrong password.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, TypeVarTuple

from sogo.auth import password as schemes
from sogo.auth.interface import REFUSED, Record, UserSource, Verdict
from sogo.auth.password_policy import satisfies
from sogo.auth.ppolicy import NO_POLICY
from sogo.auth.records import (
    MAX_NAME_CHARACTERS,
    Attributes,
    Named,
    addresses,
    first,
    is_usable_name,
    record,
    same_name,
)
from sogo.auth.settings import SqlSettings
from sogo.codec.qualifier import Qualifier, parse
from sogo.codec.qualifier_sql import Parameter, SqlTerms, check_identifier, escape_like, sql_condition
from sogo.errors import CodecError, ConfigError, DirectoryUnavailable, SogoError
from sogo.secret import Secret
from sogo.store.sql.engine import Databases
from sogo.store.sql.url import DatabaseUrl

log = logging.getLogger(__name__)

MAX_HASHERS = 2
MAX_WAITING_HASHES = 100
INSUFFICIENT_QUALITY = 5
LOOKUP_LIMIT = 20
_LIST_SEPARATOR = re.compile(r"[\s,;]+")

T = TypeVar("T")
Texts = TypeVarTuple("Texts")
Row = Mapping[str, Any]


class _Dialect(Protocol):
    typed_parameters: bool

    def quote(self, table: str) -> str: ...

    def limit(self, name: str) -> str: ...


class UserDatabase(Protocol):
    """What is used of `sogo.store.sql.engine.Engine`."""

    @property
    def dialect(self) -> _Dialect: ...

    async def fetch(self, sql: str, /, **values: object) -> Sequence[Row]: ...

    async def execute(self, sql: str, /, **values: object) -> int: ...


def open_sql_source(settings: SqlSettings, databases: Databases) -> SqlSource:
    """The source behind viewURL, on the engine that its database has already. Raises ConfigError."""
    url = DatabaseUrl.parse(settings.view_url.reveal(), key="viewURL")
    return SqlSource(settings, databases.engine(url), url.table)


class SqlSource:
    """`interface.UserSource` over one view. Raises ConfigError for settings that cannot be served."""

    def __init__(self, settings: SqlSettings, database: UserDatabase, view: str) -> None:
        self.id = settings.id
        self.domain = settings.domain
        self.display_name = settings.display_name or settings.id
        self.can_authenticate = settings.can_authenticate
        self.is_address_book = settings.is_address_book
        self.list_requires_dot = settings.list_requires_dot
        self.acts_as_user = False
        self._settings = settings
        self._database = database
        self._dialect = database.dialect
        self._view = self._dialect.quote(view)
        self._login_fields = settings.login_fields or ("c_uid",)
        self._filter = _read_filter(settings)
        self._example = ""
        self._hashers = asyncio.Semaphore(MAX_WAITING_HASHES)
        self._executor = ThreadPoolExecutor(MAX_HASHERS, thread_name_prefix=f"hash-{settings.id}")

    def join(self, sources: Sequence[UserSource]) -> None:
        """A view has no groups, so nobody in them lives elsewhere."""

    # --- logins -------------------------------------------------------------------------------------------------------

    async def check(self, login: str, password: Secret) -> Verdict:
        if not is_usable_name(login) or not password:
            return REFUSED
        row = await self._login_row(login)
        if not await self._matches(row, password.reveal()):
            return REFUSED
        weak = not satisfies(self._settings.policy, password.reveal())
        return Verdict(bound=True, policy=INSUFFICIENT_QUALITY if weak else NO_POLICY, record=self._record(row or {}))

    async def change_password(self, login: str, old: Secret | None, new: Secret) -> Verdict:
        """Also for a login by alias: the row is found by what was typed and written by its c_uid."""
        if not is_usable_name(login):
            return REFUSED
        row = await self._login_row(login)
        if row is None or (old is not None and not await self._matches(row, old.reveal())):
            return REFUSED
        if not new or not satisfies(self._settings.policy, new.reveal()):
            return Verdict(bound=False, policy=INSUFFICIENT_QUALITY)
        try:
            stored = await self._compute(self._make, new.reveal())
        except ConfigError:  # the scheme is known, so it is this password that it cannot take
            return Verdict(bound=False, policy=INSUFFICIENT_QUALITY)
        column, uid = self._dialect.quote("c_password"), self._dialect.quote("c_uid")
        change = f"UPDATE {self._view} SET {column} = :stored WHERE {uid} = :uid"  # noqa: S608
        changed = await self._ask(self._database.execute(change, stored=stored, uid=row["c_uid"]))
        return Verdict(bound=True, record=self._record(row)) if changed else REFUSED

    async def _login_row(self, login: str) -> Row | None:
        """The row of a login; none when it is that of several people. A collation may also find what only looks like
        the login (é for e); that is nobody's."""
        bound: dict[str, object] = {"login": login}
        terms = self._terms(bound)
        condition = " OR ".join(f"{terms.column(name)} = :login" for name in self._login_fields)
        condition += self._or_in_domain(login, self._login_fields, terms)
        if self._filter is not None:
            condition = f"({condition}) AND {sql_condition(self._filter, terms)}"
        rows = await self._select("v.*", condition, bound, limit=LOOKUP_LIMIT)
        columns = [{name.lower(): value for name, value in row.items()} for row in rows]
        mine = [row for row in columns if self._belongs(_attributes(row), login)]
        mine = [row for row in mine if same_name(str(row["c_uid"]), login)] or mine
        people = {(row["c_uid"], row.get(self._settings.domain_field.lower())) for row in mine}
        if len(people) > 1:
            log.warning("user source %s: a login belongs to several users and is refused", self.id)
        return mine[0] if len(people) == 1 else None

    def _belongs(self, attributes: Attributes, login: str) -> bool:
        """Whether a row is the login's: it is in a login column, or there with the row's own domain behind it."""
        names = [first(attributes, name) for name in self._login_fields]
        names += [f"{name}@{domain}" for name in names if (domain := first(attributes, self._settings.domain_field))]
        return any(same_name(name, login) for name in names if name)

    def _or_in_domain(self, name: str, columns: Sequence[str], terms: SqlTerms) -> str:
        """A name of the form x@d is x in domain d too, where the view says who is in which domain."""
        local, at, domain = name.rpartition("@")
        if not self._settings.domain_field or not at or not local:
            return ""
        here, place = terms.bind(local), terms.bind(domain.lower())
        listed = " OR ".join(f"{terms.column(column)} = {here}" for column in columns)
        return f" OR (({listed}) AND LOWER({terms.column(self._settings.domain_field)}) = {place})"

    async def _matches(self, row: Row | None, password: str) -> bool:
        """For an unknown user the work is done on the hash seen last (or one made up), and its outcome forgotten."""
        stored = str(row["c_password"] or "") if row is not None else ""
        if stored:
            self._example = stored
            return await self._compute(self._verify, stored, password)
        if not self._example:
            self._example = await self._compute(self._make, secrets.token_hex(16))
        await self._compute(self._verify, self._example, password)
        return False

    def _verify(self, stored: str, password: str) -> bool:
        return schemes.verify(stored, password, self._settings.algorithm, key=self._key)

    def _make(self, password: str) -> str:
        settings = self._settings
        return schemes.make(password, settings.algorithm, prepend=settings.prepend_scheme, key=self._key)

    @property
    def _key(self) -> bytes:
        return self._settings.key.reveal().encode("latin-1", errors="replace")

    async def _compute(self, work: Callable[[*Texts], T], *arguments: *Texts) -> T:
        if self._hashers.locked():
            raise DirectoryUnavailable("Too many logins at once.", source=self.id)
        async with self._hashers:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)

    # --- people -------------------------------------------------------------------------------------------------------

    async def find(self, name: str, *, domains: Sequence[str] = ()) -> Record | None:
        if not is_usable_name(name):
            return None
        bound: dict[str, object] = {"name": name, "lower": name.lower()}
        terms = self._terms(bound)
        parts = [f"{terms.column(column)} = :name" for column in dict.fromkeys(("c_uid", *self._settings.login_fields))]
        parts += [f"{terms.column(column)} = :lower" for column in ("mail", *self._settings.mail_fields)]
        parts[-1] += self._or_in_domain(name, ("c_uid",), terms)
        found = await self._first_called(name, self._in_domains(" OR ".join(parts), terms, domains), bound)
        if found is None and "@" in name and self._settings.mail_fields:
            found = await self._find_listed(name, domains)
        return found

    async def _find_listed(self, name: str, domains: Sequence[str]) -> Record | None:
        """By an address in a column that lists several."""
        bound: dict[str, object] = {"listed": f"%{escape_like(name.lower())}%"}
        terms = self._terms(bound)
        columns = self._settings.mail_fields
        condition = " OR ".join(f"LOWER({terms.column(column)}) LIKE :listed ESCAPE '!'" for column in columns)
        return await self._first_called(name, self._in_domains(condition, terms, domains), bound)

    async def _first_called(self, name: str, condition: str, bound: dict[str, object]) -> Record | None:
        """Of the rows, the one whose user id or uid it is; else the first with the name as a login or an address."""
        rows = await self._select("v.*", condition, bound, limit=LOOKUP_LIMIT)
        found = [one for row in rows if (one := self._record(row))]
        ids = [one for one in found if self._settings.domain_field and f"{one.uid}@{one.domain}" == name]
        exact = [one for one in found if one.uid == name]
        return next(iter([*ids, *exact, *(one for one in found if self._is_called(one, name))]), None)

    def _is_called(self, one: Record, name: str) -> bool:
        return self._belongs(one.attributes, name) or any(same_name(name, known) for known in (one.uid, *one.emails))

    async def entry(self, entry_id: str) -> Record | None:
        if not is_usable_name(entry_id):
            return None
        condition = f"{self._terms({}).column('c_name')} = :name"
        rows = await self._select("v.*", condition, {"name": entry_id}, limit=LOOKUP_LIMIT)
        found = [one for row in rows if (one := self._record(row)) and same_name(one.name, entry_id)]
        return found[0] if found else None

    async def search(self, text: str, *, limit: int, domains: Sequence[str] = ()) -> list[Record]:
        text, limit = self._wanted(text, limit)
        if limit <= 0 or len(text) > MAX_NAME_CHARACTERS:
            return []
        bound: dict[str, object] = {}
        terms = self._terms(bound)
        condition = "1 = 1"
        if text != ".":
            bound["pattern"] = f"%{escape_like(text)}%"
            condition = " OR ".join(
                f"UPPER({terms.column(name)}) LIKE UPPER(:pattern) ESCAPE '!'" for name in self._settings.search_fields
            )
        order = f" ORDER BY {terms.column('c_cn')}"
        rows = await self._select("v.*", self._in_domains(condition, terms, domains), bound, limit=limit, order=order)
        return [found for row in rows if (found := self._record(row))]

    async def members(self, group: Record) -> list[str]:
        """SQL sources have no groups."""
        return []

    async def probe(self) -> None:
        await self._select("1 AS one", "1 = 0", {}, limit=1)

    async def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _wanted(self, text: str, limit: int) -> tuple[str, int]:
        """The text to look for and how many: an empty one lists all, a few or nothing, as the source is set up."""
        text = text.replace("\0", "").strip()
        if text:
            return text, limit
        if not self.list_requires_dot:
            return ".", limit
        return ".", min(limit, self._settings.first_entries)

    def _record(self, row: Row) -> Record | None:
        attributes = _attributes(row)
        uid = first(attributes, "c_uid")
        if not uid:
            return None
        settings = self._settings
        mails = [first(attributes, "mail")]
        for column in settings.mail_fields:
            mails += _LIST_SEPARATOR.split(first(attributes, column))
        domain = settings.domain or first(attributes, settings.domain_field) or None
        name, cn = first(attributes, "c_name") or uid, first(attributes, "c_cn") or uid
        return record(attributes, Named(uid, name, cn, addresses(mails), domain), settings)

    def _in_domains(self, condition: str, terms: SqlTerms, domains: Sequence[str]) -> str:
        if not self._settings.domain_field or not domains:
            return f"({condition})"
        listed = ", ".join(terms.bind(domain) for domain in domains)
        return f"({condition}) AND {terms.column(self._settings.domain_field)} IN ({listed})"

    def _terms(self, bound: dict[str, object]) -> SqlTerms:
        """Columns as `v.name`, which no database takes for a text when there is no such column; values into `bound`."""

        def bind(value: Parameter) -> str:
            name = f"p{len(bound)}"
            bound[name] = value
            return f":{name}"

        quote = self._dialect.quote
        return SqlTerms(lambda name: f"v.{quote(name)}", bind, typed=self._dialect.typed_parameters)

    async def _select(
        self, what: str, condition: str, bound: dict[str, object], *, limit: int, order: str = ""
    ) -> Sequence[Row]:
        sql = f"SELECT {what} FROM {self._view} v WHERE {condition}{order}{self._dialect.limit('rows')}"  # noqa: S608
        return await self._ask(self._database.fetch(sql, **bound, rows=limit))

    async def _ask(self, question: Awaitable[T]) -> T:
        try:
            return await question
        except SogoError as error:
            raise DirectoryUnavailable("The user database does not answer.", source=self.id) from error
        except Exception as error:  # a view without a column: this source is of no use, the others still are
            log.exception("user source %s: the view cannot be asked", self.id)
            raise DirectoryUnavailable("The user database refuses the question.", source=self.id) from error


def _attributes(row: Row) -> Attributes:
    """Columns by lower-case name without the password; `c_x` is offered as `x` too."""
    columns = {name.lower(): str(value) for name, value in row.items() if value is not None}
    columns.pop("c_password", None)
    for name in [name for name in columns if name.startswith("c_")]:
        columns.setdefault(name[2:], columns[name])
    columns.pop("password", None)
    return columns


def _read_filter(settings: SqlSettings) -> Qualifier | None:
    """The filter of logins. Everything that names a column is checked here once, so that a query never fails of it."""
    fields = (*settings.login_fields, *settings.mail_fields, *settings.search_fields)
    if settings.algorithm and not schemes.is_known_scheme(settings.algorithm):
        raise ConfigError(f"unknown password scheme {settings.algorithm!r}", key="userPasswordAlgorithm")
    if settings.algorithm.lower().startswith("sym-aes") and not settings.key:
        raise ConfigError(f"{settings.algorithm} needs a key", key="keyPath")
    try:
        for name in filter(None, (*fields, settings.domain_field)):
            check_identifier(name)
        found = parse(settings.authentication_filter) if settings.authentication_filter.strip() else None
        if found is not None:
            sql_condition(found, SqlTerms(quote=str, bind=str))
    except CodecError as error:
        raise ConfigError(f"source {settings.id!r}: {error.public}", key="SOGoUserSources") from error
    return found
