"""Database URLs as sogo.conf writes them: scheme://user:password@host:port/database/table (store.md §1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from sogo.errors import ConfigError
from sogo.secret import Secret
from sogo.store.sql.dialects import schemes

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_FORBIDDEN = re.compile(r"[^!-~]|[\"#<>?\\^`{|}]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(?::([0-9]*))?")

EngineKey = tuple[str, str, int, str, str]
"""What two URLs share when they may share a pool of connections: scheme, host, port, user, database."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """One table in one database.

    `host` is a name, an address without brackets, the absolute path of a Unix socket, or "" (the driver's default);
    `port` is 0 when none was given. For SQLite `database` is the path of the file.
    """

    scheme: str
    host: str
    port: int
    user: str
    password: Secret = field(repr=False)
    database: str
    table: str
    base: Secret = field(repr=False)
    """The text up to the last "/": what the locations in folder_info begin with."""

    @classmethod
    def parse(cls, text: str, *, key: str | None = None) -> DatabaseUrl:
        """Read a URL. `key` is the parameter it stands in. Raises ConfigError, never with the password."""
        scheme = _scheme(text, key)
        rest = text[len(scheme) + 3 :]
        _refuse_raw_characters(rest, key)
        if scheme.lower() == "sqlite":
            return cls._parse_sqlite(text, rest, key)
        authority, slash, path = rest.partition("/")
        _refuse_at_signs(authority, path, key)
        user, password, host, port = _parse_authority(authority, key)
        parts = [unquote(part) for part in path.split("/") if part]
        if not slash or len(parts) < 2:
            raise ConfigError("the URL must end with /database/table", key=key)
        return cls(
            scheme=scheme.lower(),
            host=host,
            port=port,
            user=user,
            password=Secret(password),
            database=parts[0],
            table=parts[-1],
            base=Secret(text.rstrip("/").rpartition("/")[0]),
        )

    @classmethod
    def _parse_sqlite(cls, text: str, rest: str, key: str | None) -> DatabaseUrl:
        if not rest.startswith("//"):
            raise ConfigError("write sqlite:////absolute/path/of/the/file/table, with four slashes", key=key)
        file, _, table = rest[1:].rstrip("/").rpartition("/")
        if not file or not table:
            raise ConfigError("the URL must end with /file/table", key=key)
        base = Secret(text.rstrip("/").rpartition("/")[0])
        return cls("sqlite", "", 0, "", Secret(""), unquote(file), unquote(table), base)

    @property
    def engine_key(self) -> EngineKey:
        return (self.scheme, self.host, self.port, self.user, self.database)

    def with_table(self, table: str) -> DatabaseUrl:
        return replace(self, table=table)

    def without_table(self) -> DatabaseUrl:
        return replace(self, table="")

    def location(self, table: str) -> str:
        """The URL of another table in the same database, password and all: what folder_info rows hold."""
        return f"{self.base.reveal()}/{table}"

    def __str__(self) -> str:
        """Safe to show: no password."""
        if self.scheme == "sqlite":
            return f"sqlite://{self.database}/{self.table}".rstrip("/")
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.user}@{self.host}{port}/{self.database}/{self.table}".rstrip("/")


def _scheme(text: str, key: str | None) -> str:
    match = _SCHEME.match(text)
    if match is None:
        raise ConfigError("this is not a URL of the form scheme://user:password@host:port/database/table", key=key)
    if match[1].lower() not in schemes():
        raise ConfigError(f"the scheme {match[1]!r} is not one of {', '.join(schemes())}", key=key)
    return match[1]


def _refuse_raw_characters(rest: str, key: str | None) -> None:
    found = _FORBIDDEN.search(rest)
    if found is not None:
        encoded = "".join(f"%{octet:02X}" for octet in found[0].encode("utf-8", "replace"))
        raise ConfigError(f"the character {found[0]!r} must be written {encoded} in a URL", key=key)
    if _BAD_ESCAPE.search(rest):
        raise ConfigError("a percent sign must be written %25 in a URL", key=key)


def _refuse_at_signs(authority: str, path: str, key: str | None) -> None:
    if authority.count("@") > 1:
        raise ConfigError("an '@' in a user name or password must be written %40", key=key)
    if "@" in path and "@" not in authority:
        raise ConfigError("a '/' in a user name or password must be written %2F", key=key)


def _parse_authority(authority: str, key: str | None) -> tuple[str, str, str, int]:
    credentials, _, place = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    match = _HOST.fullmatch(place)
    if match is None:
        raise ConfigError("the host is not understood: an IPv6 address needs brackets, a port is a number", key=key)
    port = int(match[2] or 0)
    if port > 65535:
        raise ConfigError(f"there is no port {port}", key=key)
    return unquote(user), unquote(password), unquote(match[1]).strip("[]"), port
