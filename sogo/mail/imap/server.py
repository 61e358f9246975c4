"""Which IMAP server, and who logs in (mail.md §1.1, config.md §4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, urlsplit

from sogo.errors import ConfigError
from sogo.secret import Secret

_SCHEMES = {"imap", "imaps"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY = "SOGoIMAPServer"


class Tls(Enum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class ImapServer:
    """`verifies`: its certificate must be good."""

    host: str
    port: int
    tls: Tls = Tls.NONE
    verifies: bool = True


@dataclass(frozen=True, slots=True)
class ImapLogin:
    """`mechanism` is "" for LOGIN, else a name of `codec.imap.sasl`. `secret` is a password, or a token."""

    name: str
    secret: Secret = field(repr=False)
    mechanism: str = ""


def parse_server(text: str) -> ImapServer:
    """Read a host, host:port, or imap(s)://host:port/?tls=YES&tlsVerifyMode=none. Ports are 143 and 993; imaps with
    tls=YES is STARTTLS on 143, as the original has it. Raises ConfigError."""
    text = text.strip()
    url = text if "://" in text else f"imap://{text}"
    try:
        parts = urlsplit(url)
        host, port, scheme = parts.hostname or "", parts.port, parts.scheme.lower()
    except ValueError:
        host, port, scheme = "", None, ""
    if not host or scheme not in _SCHEMES:
        raise ConfigError(f"{text[:80]!r} is no IMAP server.", key=_KEY)
    query = {key.lower(): values[-1] for key, values in parse_qs(parts.query).items()}
    starts_tls = query.get("tls", "").lower() in {"yes", "true", "1"}
    tls = Tls.STARTTLS if starts_tls else Tls.IMPLICIT if scheme == "imaps" else Tls.NONE
    default = 993 if tls is Tls.IMPLICIT else 143
    return ImapServer(host, port or default, tls, _verifies(query.get("tlsverifymode", "default"), host))


def _verifies(mode: str, host: str) -> bool:
    match mode.lower():
        case "none":
            return False
        case "allowinsecurelocalhost":
            return host not in _LOOPBACK
        case "default" | "":
            return True
    raise ConfigError(f"{mode[:40]!r} is no tlsVerifyMode: default, allowInsecureLocalhost or none.", key=_KEY)
