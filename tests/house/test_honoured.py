"""A parameter said to be honoured is read by somebody."""

from __future__ import annotations

import re
from pathlib import Path

from sogo.conf.levels import Domain, System, User
from sogo.conf.parameters.sources import LdapSource, SqlSource
from sogo.conf.section import YES

ROOT = Path(__file__).resolve().parents[2] / "sogo"
READ_BY_CONF = {"domains", "user_sources", "type"} | {
    "ldap_contact_info_attribute", "ldap_query_limit", "ldap_query_timeout"
}  # fmt: skip
"""What only the configuration itself reads: what it is made of, and what the entries of user sources inherit."""


def words_outside_of_conf() -> set[str]:
    texts = (path.read_text() for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "conf")
    return {word for text in texts for word in re.findall(r"\.([a-z_0-9]+)\b", text)}


def conf_itself() -> set[str]:
    text = (ROOT / "conf" / "levels.py").read_text() + (ROOT / "conf" / "startup.py").read_text()
    return set(re.findall(r"\.([a-z_0-9]+)\b", text))


def test_honoured_parameters_are_read() -> None:
    known = words_outside_of_conf() | conf_itself() | READ_BY_CONF
    unread = {
        row.name
        for section in (System, Domain, User, LdapSource, SqlSource)
        for row in section.parameters()
        if row.honoured is YES and row.attribute not in known
    }
    assert not unread, f"marked as honoured, read by nobody: {sorted(unread)}"
