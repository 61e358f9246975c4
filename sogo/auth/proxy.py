"""Who a request says it comes from: Basic credentials (auth.md §12) and a trusted proxy's word (§13). Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from enum import Enum

from sogo.secret import Secret

MAX_HEADER_CHARACTERS = 16_384
_BASIC = re.compile(r"(?:Basic\s+|GoogleLogin\s+(?:auth=)?\s*)([A-Za-z0-9+/]+=*)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Basic:
    """The two halves of a Basic header, as sent."""

    login: str
    password: Secret


def parse_basic(header: str | None) -> Basic | None:
    """The credentials of an Authorization header; None for none, another scheme, or what is malformed.

    UTF-8, else Latin-1 as old clients send it. `GoogleLogin auth=…` with credentials behind it is taken like Basic.
    """
    found = _BASIC.match(header.strip()) if header and len(header) <= MAX_HEADER_CHARACTERS else None
    if found is None:
        return None
    try:
        data = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4), validate=True)
    except binascii.Error:
        return None
    login, colon, password = _decoded(data).partition(":")
    return Basic(login, Secret(password)) if colon and login else None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class ProxyTrust(Enum):
    """NOT_USED: the request is to be authenticated by itself. ANONYMOUS: the proxy says nobody. USER: it names one."""

    NOT_USED = "not used"
    ANONYMOUS = "anonymous"
    USER = "user"


@dataclass(frozen=True, slots=True)
class ProxyDecision:
    """`login` is the header as it is; `password`, if the proxy passed it on, is for IMAP only and was not checked."""

    trust: ProxyTrust
    login: str = ""
    password: Secret | None = None


def trusted_user(
    *, enabled: bool, remote_user: str | None, auth_type: str | None, authorization: str | None
) -> ProxyDecision:
    """What a proxy's headers mean: x-webobjects-remote-user, x-webobjects-auth-type and Authorization.

    Without SOGoTrustProxyAuthentication, or without the header, they mean nothing.
    """
    if not enabled or remote_user is None:
        return ProxyDecision(ProxyTrust.NOT_USED)
    login = remote_user.strip()
    if not login:
        return ProxyDecision(ProxyTrust.ANONYMOUS)
    basic = parse_basic(authorization) if auth_type == "Basic" else None
    password = basic.password if basic is not None and basic.login == login else None
    return ProxyDecision(ProxyTrust.USER, login, password)
