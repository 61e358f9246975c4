"""Where a directory is and how its connection is secured, from `hostname`, `port` and `encryption` (auth.md §1.1).

    ldap://h:389   ldaps://h   ldap://h/????!StartTLS   ldapi://%2Frun%2Fslapd%2Fldapi   a name   several, by blanks

Certificates are checked against the system's authorities unless told otherwise: by libldap's own ldap.conf, which a
site of SOGo 5 may rely on, or by extensions in the URL: `x-tls-reqcert=never`, `x-tls-cacert=/path`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from urllib.parse import unquote

from sogo.auth.settings import TlsSettings
from sogo.errors import ConfigError

_URL = re.compile(r"(ldaps?|ldapi)://(\[[^\]]*\]|[^:/?]*)(?::(\d{1,5}))?(?:/([^?]*)(?:\?(.*))?)?\Z", re.IGNORECASE)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:/\s\[\]]+)(?::(\d{1,5}))?\Z")
_LENIENT = ("never", "allow")


class Security(Enum):
    PLAIN = "plain"
    TLS = "ldaps"
    START_TLS = "StartTLS"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server. `host` of an ldapi one is the path of its socket."""

    host: str
    port: int
    security: Security
    tls: TlsSettings
    is_socket: bool = False

    def __str__(self) -> str:
        return f"ldapi:{self.host}" if self.is_socket else f"{self.host}:{self.port} ({self.security.value})"


def endpoints(hostname: str, *, port: int | None, encryption: str, tls: TlsSettings) -> tuple[Endpoint, ...]:
    """The servers in their order. Raises ConfigError for an encryption or URL we cannot serve, and for none at all."""
    wanted = encryption.strip().upper()
    if wanted not in ("", "SSL", "STARTTLS"):
        raise ConfigError(f"{encryption!r} is neither SSL nor STARTTLS", key="encryption")
    security = {"": Security.PLAIN, "SSL": Security.TLS, "STARTTLS": Security.START_TLS}[wanted]
    found = tuple(_endpoint(part, port, security, tls) for part in hostname.split())
    if not found:
        raise ConfigError("no LDAP server is named", key="hostname")
    return found


def tls_from_ldap_conf(text: str, environ: Mapping[str, str]) -> TlsSettings:
    """The TLS options of libldap: what /etc/ldap/ldap.conf says, overridden by LDAPTLS_* variables."""
    options: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        if value.strip() and not name.startswith("#"):
            options[name.upper()] = value.strip()
    options |= {name.removeprefix("LDAP"): value for name, value in environ.items() if name.startswith("LDAPTLS_")}
    ca_file, ca_folder = options.get("TLS_CACERT"), options.get("TLS_CACERTDIR")
    return TlsSettings(
        verify=options.get("TLS_REQCERT", "demand").lower() not in _LENIENT,
        ca_file=Path(ca_file) if ca_file else None,
        ca_folder=Path(ca_folder) if ca_folder else None,
    )


def _endpoint(text: str, port: int | None, security: Security, tls: TlsSettings) -> Endpoint:
    url = _URL.match(text)
    if url is None:
        host = _HOST.match(text)
        if host is None:
            raise ConfigError(f"{text[:80]!r} is neither a host nor an LDAP URL", key="hostname")
        return _made(host[1], host[2], port, security, tls)
    scheme, extensions = url[1].lower(), _extensions(url[5] or "")
    tls = _tls(extensions, tls)
    if scheme == "ldapi":
        return Endpoint(unquote(url[2]) or "/var/run/slapd/ldapi", 0, Security.PLAIN, tls, is_socket=True)
    if scheme == "ldaps":
        security = Security.TLS
    elif any(name == "starttls" for name, _ in extensions):
        security = Security.START_TLS
    return _made(url[2] or "localhost", url[3], port, security, tls)


def _made(host: str, own: str | None, port: int | None, security: Security, tls: TlsSettings) -> Endpoint:
    default = 636 if security is Security.TLS else 389
    number = int(own) if own else port or default
    if not 0 < number < 65536:
        raise ConfigError(f"there is no port {number}", key="hostname")
    return Endpoint(host.strip("[]"), number, security, tls)


def _extensions(query: str) -> list[tuple[str, str]]:
    """The part after the fourth `?` (attributes, scope and filter before it are not used): name and value."""
    parts = query.split("?")
    found = []
    for extension in parts[3].split(",") if len(parts) > 3 else ():
        name, _, value = unquote(extension).partition("=")
        found.append((name.lstrip("!").lower(), value))
    return found


def _tls(extensions: Iterable[tuple[str, str]], tls: TlsSettings) -> TlsSettings:
    for name, value in extensions:
        if name == "x-tls-reqcert":
            tls = replace(tls, verify=value.lower() not in _LENIENT)
        elif name == "x-tls-cacert":
            tls = replace(tls, ca_file=Path(value))
        elif name == "x-tls-cacertdir":
            tls = replace(tls, ca_folder=Path(value))
    return tls
