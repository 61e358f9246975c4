"""LDAP and SQL side by side in one directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from sogo.auth.directory import SiteDirectory
from sogo.auth.interface import Directory, UserSource
from sogo.auth.ldap import LdapSource
from sogo.auth.settings import DirectorySettings, LdapSettings, SqlSettings
from sogo.auth.sql import SqlSource, open_sql_source
from sogo.errors import BadCredentials, DirectoryUnavailable
from sogo.secret import Secret
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql.engine import Databases
from sogo.store.sql.url import DatabaseUrl
from tests.support.services import OpenLDAP, free_port
from tests.support.source_people import ALICE, CREATE_TABLE, INSERT, Person, ldif, row

DORA = Person("dora", "Dora", "dora's", "dora@example.com")


async def _view(tmp_path: Path, databases: Databases) -> SqlSource:
    url = f"sqlite:///{tmp_path}/users.db/sogo_view"
    engine = databases.engine(DatabaseUrl.parse(url))
    await engine.run(CREATE_TABLE)
    await engine.execute(INSERT, **row(DORA, DORA.password))
    return open_sql_source(SqlSettings(id="view", can_authenticate=True, view_url=Secret(url)), databases)


async def test_a_directory_nobody_reaches_leaves_the_others_at_work(tmp_path: Path) -> None:
    databases = Databases()
    view = await _view(tmp_path, databases)
    gone = LdapSettings(id="gone", can_authenticate=True, hostname=f"127.0.0.1:{free_port()}", base_dn="dc=x")
    directory: Directory = SiteDirectory(DirectorySettings(), [LdapSource(gone), view], MemoryCache())
    user = await directory.authenticate("dora", Secret("dora's"))
    assert user.emails == ("dora@example.com",)
    with pytest.raises(DirectoryUnavailable):
        await directory.authenticate("dora", Secret("wrong"))
    await directory.close()
    await databases.close()


@pytest.mark.services
async def test_ldap_and_sql_serve_one_site(tmp_path: Path, ldap_server: OpenLDAP) -> None:
    ldap_server.add(ldif("ou=site,dc=example,dc=com"))
    databases = Databases()
    people = LdapSettings(
        id="people",
        can_authenticate=True,
        hostname=ldap_server.url,
        base_dn="ou=site,dc=example,dc=com",
        bind_fields=("uid", "mail"),
        id_field="uid",
    )
    sources: list[UserSource] = [LdapSource(people), await _view(tmp_path, databases)]
    directory = SiteDirectory(DirectorySettings(), sources, MemoryCache())
    assert (await directory.authenticate("alice@example.com", Secret(ALICE.password))).user_id == "alice"
    assert (await directory.authenticate("dora", Secret(DORA.password))).record.source == "view"
    with pytest.raises(BadCredentials):
        await directory.authenticate("dora", Secret(ALICE.password))
    viewer = await directory.find_user("dora")
    assert viewer is not None
    found = await directory.search_users(".", viewer=viewer, limit=50)
    assert [user.user_id for user in found] == ["alice", "o'brien", "carol", "dora", "room", "zoë"]
    await directory.close()
    await databases.close()
