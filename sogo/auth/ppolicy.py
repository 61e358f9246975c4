"""The password policy control of LDAP (draft-behera-ldap-password-policy §6.2), as raw BER.

SEQUENCE { warning [0] CHOICE { timeBeforeExpiration [0] INTEGER, graceAuthNsRemaining [1] INTEGER } OPTIONAL,
           error [1] ENUMERATED OPTIONAL }
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.auth.ber import elements

PPOLICY_OID = "1.3.6.1.4.1.42.2.27.8.5.1"
NO_POLICY = 65535


@dataclass(frozen=True, slots=True)
class PolicyResponse:
    """`error` is the code of auth.md §4.1 (65535: none), `expire` seconds and `grace` logins, -1 when not said."""

    error: int = NO_POLICY
    expire: int = -1
    grace: int = -1


def decode(value: bytes) -> PolicyResponse:
    """What the control says; what is no such control says nothing."""
    error, expire, grace = NO_POLICY, -1, -1
    try:
        for tag, content in elements(_only(value, 0x30)):
            if tag == 0x81:
                error = int.from_bytes(content[:4], "big")
            elif tag == 0xA0:
                for kind, number in elements(content):
                    expire = int.from_bytes(number[:8], "big") if kind == 0x80 else expire
                    grace = int.from_bytes(number[:8], "big") if kind == 0x81 else grace
    except ValueError:
        return PolicyResponse()
    return PolicyResponse(error, expire, grace)


def _only(data: bytes, tag: int) -> bytes:
    for found, content in elements(data):
        if found == tag:
            return content
    raise ValueError("no such element")
