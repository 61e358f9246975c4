"""Mail addresses as the octets of a header or an SMTP command may hold them (RFC 5321 §4.1.2, RFC 6531, RFC 5891).

Only the plain form is taken: no quoted local part, no literal domain. Whoever has such an address gets no mail from us,
and nothing that a calendar says can become a second recipient, an option of a program or a line of a header.
"""

from __future__ import annotations

import re

import idna

MAX_LOCAL_OCTETS = 64
MAX_DOMAIN_OCTETS = 255
_LOCAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+)*"
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_UNSEEN = re.compile(r"[\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff\ufff0-\uffff]")


def bare_address(text: str) -> str | None:
    """The address with its domain in ASCII (`zoë@bücher.example` gives `zoë@xn--bcher-kva.example`), or None for what
    is none. A `mailto:` in front is taken off; nothing else is mended."""
    text = text.strip()
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
    local, at, domain = text.rpartition("@")
    if not at or len(text) > MAX_LOCAL_OCTETS + MAX_DOMAIN_OCTETS + 1:
        return None
    if not _LOCAL.fullmatch(local) or _UNSEEN.search(local) or len(local.encode()) > MAX_LOCAL_OCTETS:
        return None
    ascii_domain = _ascii_domain(domain)
    return f"{local}@{ascii_domain}" if ascii_domain is not None else None


def needs_utf8(address: str) -> bool:
    """Whether a bare address can only be sent to by SMTPUTF8 (RFC 6531)."""
    return not address.isascii()


def _ascii_domain(domain: str) -> str | None:
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    labels = domain.lower().split(".")
    if len(domain) > MAX_DOMAIN_OCTETS or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return ".".join(labels)
