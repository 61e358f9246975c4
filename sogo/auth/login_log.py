"""The lines about logins that fail2ban and its like read: an interface, kept to the letter (config.md §7).

    SOGoRootPage Login from '192.0.2.1' for user 'jdoe' might not have worked - password policy: 65535  grace: -1  …

Every face writes them. Whatever a stranger types as a name cannot end the line, forge another or close a quote.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from sogo.auth.interface import Verdict

log = logging.getLogger(__name__)

_QUOTES = re.compile("['\"`´‘’‚‛“”„‟′″]")
MAX_NAME_CHARACTERS = 128


@dataclass(frozen=True, slots=True)
class LoginEvent:
    """A login that a source decided about. `remote` may be a list of proxies, the client first."""

    accepted: bool
    login: str
    remote: str
    verdict: Verdict

    def line(self) -> str:
        name, address, verdict = safe_name(self.login), client_address(self.remote), self.verdict
        if self.accepted:
            return (
                f"SOGoRootPage successful login from '{address}' for user '{name}' - "
                f"expire = {verdict.expire}  grace = {verdict.grace}"
            )
        return (
            f"SOGoRootPage Login from '{address}' for user '{name}' might not have worked - "
            f"password policy: {verdict.policy}  grace: {verdict.grace}  expire: {verdict.expire}  "
            f"bound: {int(verdict.bound)}"
        )


LoginLog = Callable[[LoginEvent], None]


def write_login(event: LoginEvent) -> None:
    """The usual `LoginLog`: one line to this module's logger."""
    log.info("%s", event.line())


def safe_name(login: str) -> str:
    """The name without quotes and without anything that is not printed: control characters, line ends of any kind."""
    return "".join(sign for sign in _QUOTES.sub("", login[:1024]) if sign.isprintable())[:MAX_NAME_CHARACTERS]


def client_address(remote: str) -> str:
    """The first address of a list, without brackets and port; `-` for what is none."""
    text = remote.partition(",")[0].strip().strip("[]")
    for candidate in (text, text.rpartition(":")[0].strip("[]")):
        try:
            return str(ipaddress.ip_address(candidate.partition("%")[0]))
        except ValueError:
            continue
    return "-"
