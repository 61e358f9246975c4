"""Calendar addresses: what stands in ORGANIZER, ATTENDEE, SENT-BY and DELEGATED-TO (RFC 5545 §3.3.3).

Comparable is the text after the first colon in lower case (scheduling.md, Terms). Where a client names people by
another URI, as some do with `urn:uuid:`, the parameter EMAIL says the mail address.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sogo.codec.contentline import Component, Line

MAX_CHARS = 1_000
"""A longer address is nobody's."""
MAX_KNOWN = 120
"""Up to which length an address is remembered."""
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F))


def bare(value: str) -> str:
    """`MAILTO:Ann@Example.org` -> `ann@example.org`; "" for what cannot be an address."""
    return _known(value) if len(value) <= MAX_KNOWN else _bare(value)


def _bare(value: str) -> str:
    text = value.strip().strip('"').strip()
    scheme, colon, rest = text.partition(":")
    address = (rest if colon and "@" not in scheme else text).strip().strip("<>").translate(_CONTROLS).lower()
    return address if len(address) <= MAX_CHARS else ""


_known = lru_cache(maxsize=8_192)(_bare)


def address_of(line: Line | None) -> str:
    """The address an ORGANIZER or ATTENDEE is known by; "" for none."""
    if line is None:
        return ""
    if not line.value[:7].lower().startswith("mailto:") and (email := line.param("EMAIL")):
        return bare(email)
    return bare(line.value)


def mailto(address: str) -> str:
    """The form in which this server writes an address."""
    return f"mailto:{address}"


def sent_by(line: Line | None) -> str:
    """Who acts for the person of a line; "" for nobody."""
    return bare((line.param("SENT-BY") if line is not None else None) or "")


def delegates(line: Line) -> tuple[str, ...]:
    """To whom an attendee delegated, in order."""
    return tuple(dict.fromkeys(address for value in line.param_values("DELEGATED-TO") if (address := bare(value))))


def delegators(line: Line) -> tuple[str, ...]:
    """By whom an attendee was sent, in order."""
    return tuple(dict.fromkeys(address for value in line.param_values("DELEGATED-FROM") if (address := bare(value))))


def partstat(line: Line) -> str:
    """The answer of an attendee, NEEDS-ACTION when there is none (RFC 5545 §3.2.12)."""
    return (line.param("PARTSTAT") or "NEEDS-ACTION").strip().upper()


def role(line: Line) -> str:
    return (line.param("ROLE") or "REQ-PARTICIPANT").strip().upper()


def is_served(line: Line | None) -> bool:
    """Whether this server schedules for the person of a line: SCHEDULE-AGENT is SERVER, missing or unknown to us
    (RFC 6638 §7.1)."""
    agent = (line.param("SCHEDULE-AGENT") if line is not None else None) or "SERVER"
    return agent.strip().upper() not in ("NONE", "CLIENT")


def addresses_in(component: Component) -> Iterator[str]:
    """Every address a component names."""
    for line in component.items:
        if isinstance(line, Line) and line.name in ("ORGANIZER", "ATTENDEE"):
            yield from filter(None, (address_of(line), sent_by(line), *delegates(line), *delegators(line)))
