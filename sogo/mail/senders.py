"""Who a mail is really from (RFC 6047 §3, RFC 8601, RFC 7489).

Only the address of From speaks, since it is the one that others vouch for: what Sender and Reply-To say is whatever who
wrote the mail put there. It is believed when a mail server we trust found that the domain of the address signed the
mail (DKIM), sent it (SPF) or accounts for it (DMARC), or that its writer had logged in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sogo.codec.mime.authentication_results import Finding, parse
from sogo.codec.mime.fields import Fields
from sogo.codec.mime.mailbox import sole_address

MAX_FIELDS = 50
PASS = "pass"  # noqa: S105 - a result, not a secret
_BAD = frozenset({"fail", "hardfail", "reject", "policy"})


@dataclass(frozen=True, slots=True)
class Sender:
    """`address` is the bare address of From, "" where there is not exactly one; `named` what Sender and Reply-To name
    beside it, for the log. `is_believed`: a trusted server vouches for the address. `is_forged`: one says that it is
    not true. `login` is who had logged in to send the mail, "" when that is not known."""

    address: str
    named: tuple[str, ...] = ()
    is_believed: bool = False
    is_forged: bool = False
    login: str = ""


def sender_of(fields: Fields, trusted: Collection[str]) -> Sender:
    """`trusted` are authserv-ids in lower case."""
    authors = fields.all("from")
    address = (sole_address(authors[0]) if len(authors) == 1 else None) or ""
    named = (sole_address(fields.first(name)) for name in ("sender", "reply-to"))
    others = tuple(dict.fromkeys(other for other in named if other and other != address))
    findings = list(_findings(fields, trusted))
    domain = address.rpartition("@")[2]
    is_forged = any(found.method == "dmarc" and found.result in _BAD for found in findings)
    login = next((_login(found) for found in findings if found.method == "auth" and found.result == PASS), "")
    believed = bool(address) and not is_forged and any(_vouches(found, domain) for found in findings)
    return Sender(address, others, believed, is_forged, login)


def _findings(fields: Fields, trusted: Collection[str]) -> Iterator[Finding]:
    for value in fields.all("authentication-results")[:MAX_FIELDS]:
        found = parse(value)
        if found is not None and found.server in trusted:
            yield from found.items


def _vouches(found: Finding, domain: str) -> bool:
    if found.result != PASS:
        return False
    domains = _DOMAINS.get(found.method)
    return domains is not None and any(_accounts_for(one, domain) for one in domains(found))


def _accounts_for(given: str, domain: str) -> bool:
    """Whether who speaks for `given` speaks for `domain`: the same, or a domain above it. Not one below: beneath a
    public suffix live others."""
    given = given.strip().lower().rstrip(".")
    return "." in given and (domain == given or domain.endswith("." + given))


def _signer(found: Finding) -> Iterable[str]:
    signed = found.properties.get("header.d")
    return (signed,) if signed is not None else (found.properties.get("header.i", "").rpartition("@")[2],)


def _envelope(found: Finding) -> Iterable[str]:
    return (found.properties.get("smtp.mailfrom", "").rpartition("@")[2],)


def _author(found: Finding) -> Iterable[str]:
    return (found.properties.get("header.from", "").rpartition("@")[2],)


_DOMAINS = {"dkim": _signer, "spf": _envelope, "dmarc": _author}


def _login(found: Finding) -> str:
    return found.properties.get("smtp.auth", "") or found.properties.get("smtp.mailfrom", "")
