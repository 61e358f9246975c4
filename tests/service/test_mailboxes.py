"""Who has mail, at which server, by which login."""

from __future__ import annotations

import pytest

from sogo.auth.acting import Acting, acting, passed_on
from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.errors import ConfigError, MailLoginRefused
from sogo.mail.imap.pool import ImapPool
from sogo.mail.imap.server import ImapServer, Tls
from sogo.secret import Secret
from sogo.server.mapping import kept_mail_seconds
from sogo.server.source_mapping import directory_settings
from sogo.service.mailboxes import MailService
from tests.support.people import person

SITE = {"SOGoIMAPServer": "imaps://mail.example:1993"}
KNOWN = Acting("ada", Secret("geheim"))


def service(**more: object) -> MailService:
    return MailService(Config.of({**SITE, **more}), ImapPool())


def login(user: User, **more: object) -> tuple[str, str, str]:
    made = service(**more).login(user, KNOWN)
    return made.name, made.secret.reveal(), made.mechanism


def test_mail_is_for_whom_it_is_open_and_where_a_server_is_named() -> None:
    assert service().offers(person("ada"))
    assert not service().offers(person("ada", mail_access=False))
    assert not service().offers(person("anonymous"))
    nowhere = MailService(Config.of({}), ImapPool())
    assert not nowhere.offers(person("ada"))
    assert nowhere.offers(person("ada", imap_host="other.example"))
    old = MailService(Config.of({"SOGoFallbackIMAP4Server": "x"}), ImapPool())
    assert old.offers(person("ada"))
    one = MailService(Config.of({"domains": {"a.example": SITE}}), ImapPool())
    assert one.offers(person("ada", domain="a.example"))
    assert not one.offers(person("ada", domain="b.example"))


def test_the_server_of_a_users_source_wins() -> None:
    site = ImapServer("mail.example", 1993, Tls.IMPLICIT)
    assert service().server(person("ada")) == site
    assert service().server(person("ada", imap_host="b.example")) == ImapServer("b.example", 1993, Tls.IMPLICIT)
    assert service().server(person("ada", imap_host="b.example:143")) == ImapServer("b.example", 143)
    assert service().server(person("ada", imap_host="imaps://b.example")) == ImapServer("b.example", 993, Tls.IMPLICIT)
    with pytest.raises(ConfigError):
        service(SOGoIMAPServer="ftp://x").server(person("ada"))


def test_logins() -> None:
    assert login(person("ada")) == ("ada", "geheim", "")
    assert login(person("ada"), NGImap4AuthMechanism="plain") == ("ada", "geheim", "PLAIN")
    assert login(person("ada"), NGImap4AuthMechanism="xoauth2") == ("ada", "geheim", "PLAIN")
    assert login(person("ada"), SOGoForceExternalLoginWithEmail="YES")[0] == "ada@example.org"
    assert login(person("ada"), SOGoForceIMAPLoginWithEmail="YES")[0] == "ada@example.org"
    assert login(person("ada", imap_login="a17"), SOGoForceExternalLoginWithEmail="YES")[0] == "a17"


async def test_without_a_password_nobody_is_asked() -> None:
    acting.set(None)
    passed_on.set(None)
    door = service().door(person("ada"))
    with pytest.raises(MailLoginRefused):
        await door.session()
    await door.close()


def test_the_login_is_kept_for_the_request_where_somebody_has_mail() -> None:
    assert directory_settings(Config.of(SITE)).keeps_login
    assert directory_settings(Config.of({"domains": {"a.example": SITE}})).keeps_login
    source = {"type": "ldap", "id": "x", "hostname": "h", "baseDN": "b", "IMAPHostFieldName": "mailHost"}
    assert directory_settings(Config.of({"SOGoUserSources": [source]})).keeps_login
    assert not directory_settings(Config.of({})).keeps_login


def test_connections_wait_only_where_the_site_pools_them() -> None:
    assert kept_mail_seconds(Config.of({})) == 0
    pooled = {"NGImap4DisableIMAP4Pooling": "NO"}
    assert kept_mail_seconds(Config.of(pooled)) == 300
    assert kept_mail_seconds(Config.of({**pooled, "NGImap4PoolingCleanupInterval": "20"})) == 20
