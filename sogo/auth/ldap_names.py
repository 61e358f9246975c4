"""Distinguished names and the filters of look-ups (auth.md §§1.2-1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sogo.auth.settings import LdapSettings
from sogo.codec.qualifier import Comparison, Operator, Qualifier, Text, all_of, any_of, equals, parse
from sogo.codec.qualifier_ldap import escape_data, is_attribute, ldap_filter
from sogo.errors import CodecError, ConfigError

_RDN_SPECIAL = re.compile(r'[",+;<>\\=\x00-\x1f\x7f]|^[ #]| $')
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_AROUND_SIGNS = re.compile(r"\s*([,=+])\s*")
PROXY_ADDRESSES = "proxyaddresses"
SMTP_PREFIX = "smtp:"
_NAME_FIELDS = ("sn", "displayname", "cn")


def rdn(attribute: str, value: str) -> str:
    """attribute=value with the value escaped as RFC 4514 §2.4 wants it."""
    escaped = _RDN_SPECIAL.sub(lambda found: _escape(found[0]), value)
    return f"{attribute}={escaped}"


def _escape(character: str) -> str:
    return "\\" + (character if character in ' #"+,;<>\\=' else f"{ord(character):02x}")


def normal_dn(dn: str) -> str:
    """A form in which two spellings of one name are equal as a rule: case, blanks around signs, escapes."""
    plain = _ESCAPED.sub(lambda found: f"\\{ord(_character(found[1])):02x}", dn)
    return _AROUND_SIGNS.sub(r"\1", plain.strip()).casefold()


def _character(escaped: str) -> str:
    return chr(int(escaped, 16)) if len(escaped) == 2 else escaped


def is_below(dn: str, base: str) -> bool:
    """Whether a name is the base itself or lies under it."""
    name, root = normal_dn(dn), normal_dn(base)
    return not root or name == root or name.endswith("," + root)


class LdapNames:
    """The base and the filters of one source. Raises ConfigError for settings that make none."""

    def __init__(self, settings: LdapSettings) -> None:
        self._settings = settings
        self._filter = _read_filter(settings)
        self._mail_fields = settings.mail_fields

    @property
    def has_template(self) -> bool:
        return "%d" in self._settings.base_dn

    def base(self, domain: str | None) -> str | None:
        """The base with `%d` filled in; None when it wants a domain and there is none. Nothing is remembered."""
        if not self.has_template:
            return self._settings.base_dn
        if not domain:
            return None
        return self._settings.base_dn.replace("%d", rdn("", domain)[1:])

    def direct_dn(self, login: str, base: str) -> str:
        return f"{rdn(self._settings.id_field, login)},{base}"

    def login(self, login: str) -> str:
        """By the bind fields."""
        return self._with_filter([equals(name, login) for name in self._settings.bind_fields])

    def lookup(self, name: str) -> str:
        """By uid, address or bind field."""
        fields = dict.fromkeys((self._settings.uid_field, *self._settings.bind_fields))
        return self._with_filter([*(equals(key, name) for key in fields), *self._addresses(name)])

    def uids(self, names: Iterable[str]) -> str:
        return self._with_filter([equals(self._settings.uid_field, name) for name in names])

    def entry(self, entry_id: str) -> str:
        return self._with_filter([equals(self._settings.id_field, entry_id)])

    def everything(self) -> str:
        return self._with_filter([Comparison(self._settings.cn_field, Operator.EQUAL, Text("*", pattern=True))])

    def containing(self, text: str) -> str:
        """The search fields that contain a text; `name` and `mail` stand for several."""
        pattern = Text(f"*{escape_data(text)}*", pattern=True)
        return self._with_filter([Comparison(key, Operator.EQUAL, pattern) for key in self._search_fields()])

    def any(self) -> str:
        """The source's own filter, or any entry."""
        return ldap_filter(self._filter) if self._filter is not None else "(objectClass=*)"

    def _search_fields(self) -> list[str]:
        fields: list[str] = []
        for name in self._settings.search_fields:
            if name.lower() == "name":
                fields += _NAME_FIELDS
            elif name.lower() == "mail":
                fields += ["mail", *self._mail_fields]
            else:
                fields.append(name)
        return list({name.lower(): name for name in fields}.values())

    def _addresses(self, name: str) -> list[Qualifier]:
        prefixed = {True: SMTP_PREFIX + name, False: name}
        return [equals(key, prefixed[key.lower() == PROXY_ADDRESSES]) for key in self._mail_fields]

    def _with_filter(self, parts: list[Qualifier]) -> str:
        found = any_of(parts)
        return ldap_filter(found if self._filter is None else all_of([found, self._filter]))


def _read_filter(settings: LdapSettings) -> Qualifier | None:
    named = (settings.id_field, settings.cn_field, settings.uid_field)
    for key in (*named, *settings.mail_fields, *settings.bind_fields, *settings.search_fields):
        if not is_attribute(key):
            raise ConfigError(f"source {settings.id!r}: {key[:40]!r} is no attribute name", key="SOGoUserSources")
    if settings.scope.upper() not in ("BASE", "ONE", "SUB"):
        raise ConfigError(f"source {settings.id!r}: no scope is called {settings.scope!r}", key="scope")
    try:
        found = parse(settings.filter) if settings.filter.strip() else None
        if found is not None:
            ldap_filter(found)
    except CodecError as error:
        raise ConfigError(f"source {settings.id!r}, filter: {error.public}", key="filter") from error
    return found
