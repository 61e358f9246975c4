"""The one address in a From or Sender field (RFC 5322 §3.6.2).

Strict on purpose: whoever vouches for the sender of a mail must have read the same address as we do, so a field that
could be read in two ways has none.
"""

from __future__ import annotations

from sogo.codec.mime.addresses import bare_address

MAX_CHARS = 4_000


def sole_address(value: str) -> str | None:
    """Lower case, the domain in ASCII; None where there is not exactly one."""
    if len(value) > MAX_CHARS:
        return None
    outside = _without_words(value)
    if outside is None:
        return None
    display, bracket, rest = outside.partition("<")
    if not bracket:
        address, after = outside, ""
    else:
        address, bracket, after = rest.partition(">")
        if not bracket or any(sign in display for sign in ",;:>"):
            return None
    if after.strip() or any(sign in address for sign in "<>,;:"):
        return None
    found = bare_address(address)
    return found.lower() if found is not None else None


def _without_words(value: str) -> str | None:
    """Without comments and quoted strings, which may hold any sign; None where one of them does not end."""
    kept: list[str] = []
    depth, is_quoted, is_escaped = 0, False, False
    for sign in value:
        if is_escaped:
            is_escaped = False
        elif sign == "\\":
            if not (depth or is_quoted):
                return None
            is_escaped = True
        elif is_quoted:
            is_quoted = sign != '"'
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth < 0:
                return None
        elif not depth and sign == '"':
            is_quoted = True
            kept.append(" ")
        elif not depth:
            kept.append(sign)
    return None if depth or is_quoted or is_escaped else "".join(kept)
