"""LDAP sources on a real directory: binds, groups, policies, TLS, several servers, and one that hangs."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest

from sogo.auth.acting import Acting, acting
from sogo.auth.interface import Record
from sogo.auth.ldap import LdapSource
from sogo.auth.settings import LdapSettings, TlsSettings
from sogo.errors import DirectoryUnavailable
from sogo.secret import Secret
from tests.support.services import OpenLDAP, free_port
from tests.support.source_people import ALICE, PEOPLE, ldif

ROOT = "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n"
ACCESS = (
    "access to attrs=userPassword by self write by anonymous auth by * none\n"
    'access to dn.subtree="ou=hidden,dc=example,dc=com" by users read by * none\n'
    "access to * by * read\n"
)
_numbers = itertools.count()
Make = Callable[..., LdapSource]


@pytest.fixture(scope="module")
def directory() -> Iterator[OpenLDAP]:
    with OpenLDAP(ROOT, extra_config=ACCESS) as server:
        server.add(ldif("ou=people,dc=example,dc=com"))
        yield server


def base_settings(server: OpenLDAP) -> LdapSettings:
    return LdapSettings(
        id="people",
        can_authenticate=True,
        hostname=server.url,
        base_dn="ou=people,dc=example,dc=com",
        bind_dn=server.admin_dn,
        bind_password=Secret(server.admin_password),
        id_field="uid",
    )


@pytest.fixture
async def make(directory: OpenLDAP) -> AsyncIterator[Make]:
    made: list[LdapSource] = []

    def build(**changes: object) -> LdapSource:
        made.append(LdapSource(replace(base_settings(directory), **changes)))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for source in made:
        await source.close()


async def accepts(source: LdapSource, login: str, password: str) -> bool:
    return (await source.check(login, Secret(password))).accepted


# --- binds ------------------------------------------------------------------------------------------------------------


@pytest.mark.services
async def test_a_direct_bind_makes_the_name_from_the_login(make: Make) -> None:
    source = make()
    for person in PEOPLE:
        assert await accepts(source, person.uid, person.password), person.uid
        assert not await accepts(source, person.uid, person.password + "x")
    assert not await accepts(source, "alice,ou=people", ALICE.password)
    assert not await accepts(source, "alice@example.com", ALICE.password)


@pytest.mark.services
async def test_an_anonymous_service_account_can_search_and_check(make: Make) -> None:
    source = make(bind_dn="", bind_password=Secret(""), bind_fields=("mail",))
    assert await accepts(source, "alice@example.com", ALICE.password)
    assert not await accepts(source, "alice", ALICE.password)
    assert await source.find("alice") is not None


@pytest.mark.services
async def test_a_bind_field_that_is_anothers_uid_does_not_make_one_that_other(directory: OpenLDAP, make: Make) -> None:
    directory.add(
        "dn: uid=mallory,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: mallory\ncn: Mallory\nsn: M\n"
        "mail: alice\nuserPassword: m\n"
    )
    source = make(bind_fields=("mail",))
    verdict = await source.check("alice", Secret("m"))
    assert verdict.record is not None
    assert verdict.record.uid == "mallory"
    direct = await make().check("mallory", Secret("m"))
    assert direct.record is not None
    assert direct.record.uid == "mallory"


@pytest.mark.services
async def test_the_filter_shuts_people_out(make: Make) -> None:
    source = make(filter="businessCategory = 'yes'", bind_fields=("uid",))
    assert await accepts(source, "alice", ALICE.password)
    assert not await accepts(source, "carol", "c" * 60)
    assert await source.find("carol") is None
    direct = await make(filter="businessCategory = 'yes'").check("carol", Secret("c" * 60))
    assert (direct.bound, direct.record) == (True, None)
    assert "carol" not in [found.uid for found in await source.search(".", limit=50)]


@pytest.mark.services
async def test_the_scope_is_kept(make: Make) -> None:
    assert await make(base_dn="dc=example,dc=com", scope="ONE").find("alice") is None
    assert await make(base_dn="dc=example,dc=com", scope="sub").find("alice") is not None
    assert await make(base_dn="uid=alice,ou=people,dc=example,dc=com", scope="BASE").find("alice") is not None


@pytest.mark.services
async def test_a_base_that_does_not_exist_is_empty(make: Make) -> None:
    source = make(base_dn="ou=nowhere,dc=example,dc=com")
    assert await source.find("alice") is None
    assert await source.search(".", limit=5) == []
    assert not await accepts(source, "alice", ALICE.password)


@pytest.mark.services
async def test_a_base_with_a_domain_serves_each_domain_by_itself(directory: OpenLDAP, make: Make) -> None:
    for domain, password in (("one.example", "1"), ("two.example", "2")):
        directory.add(
            f"dn: ou={domain},dc=example,dc=com\nobjectClass: organizationalUnit\nou: {domain}\n\n"
            f"dn: uid=eve,ou={domain},dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: eve\ncn: Eve of {domain}\n"
            f"sn: Eve\nmail: eve@{domain}\nuserPassword: {password}\n"
        )
    source = make(base_dn="ou=%d,dc=example,dc=com", bind_fields=("mail",))
    assert await accepts(source, "eve@one.example", "1")
    assert await accepts(source, "eve@two.example", "2")
    assert not await accepts(source, "eve@two.example", "1")
    assert not await accepts(source, "eve", "2")
    found = await source.find("eve", domains=["one.example"])
    assert found is not None
    assert found.cn == "Eve of one.example"
    assert await source.find("eve") is None
    names = [one.cn for one in await source.search("eve", limit=9, domains=["one.example", "two.example"])]
    assert names == ["Eve of one.example", "Eve of two.example"]


@pytest.mark.services
async def test_a_search_as_the_current_user_sees_what_that_user_may_see(directory: OpenLDAP, make: Make) -> None:
    directory.add(
        "dn: ou=hidden,dc=example,dc=com\nobjectClass: organizationalUnit\nou: hidden\n\n"
        "dn: uid=spy,ou=hidden,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: spy\ncn: Spy\nsn: Spy\n"
    )
    source = make(
        base_dn="dc=example,dc=com",
        bind_dn="",
        bind_password=Secret(""),
        bind_fields=("uid",),
        bind_as_current_user=True,
    )
    assert await source.find("spy") is None
    token = acting.set(Acting("alice", Secret(ALICE.password)))
    try:
        found = await source.find("spy")
        assert found is not None
        assert [one.uid for one in await source.search("spy", limit=5)] == ["spy"]
    finally:
        acting.reset(token)
    assert await source.find("spy") is None
    token = acting.set(Acting("alice", Secret("not any more")))
    try:
        assert await source.find("spy") is None
    finally:
        acting.reset(token)


@pytest.mark.services
async def test_a_wrong_service_account_makes_the_source_unavailable_not_the_user_wrong(make: Make) -> None:
    source = make(bind_password=Secret("wrong"), bind_fields=("uid",))
    with pytest.raises(DirectoryUnavailable):
        await source.check("alice", Secret(ALICE.password))
    with pytest.raises(DirectoryUnavailable):
        await source.find("alice")


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.services
async def test_a_long_list_comes_in_pages_and_ends_at_the_limit(directory: OpenLDAP, make: Make) -> None:
    entries = ["dn: ou=many,dc=example,dc=com\nobjectClass: organizationalUnit\nou: many\n"]
    for number in range(620):
        name = f"m{number:03}"
        entries.append(
            f"dn: uid={name},ou=many,dc=example,dc=com\nobjectClass: inetOrgPerson\n"
            f"uid: {name}\ncn: {name}\nsn: {name}\n"
        )
    directory.add("\n".join(entries))
    source = make(base_dn="ou=many,dc=example,dc=com")
    assert len(await source.search(".", limit=5000)) == 620
    assert len(await source.search(".", limit=300)) == 300
    assert len(await source.search("m1", limit=5000)) == 100
    assert len(await make(base_dn="ou=many,dc=example,dc=com", query_limit=10).search(".", limit=300)) == 10
    assert len(await make(base_dn="ou=many,dc=example,dc=com", first_entries=5).search("", limit=300)) == 5
    assert await source.search("", limit=300) == []


@pytest.mark.services
async def test_many_questions_at_once_share_a_few_connections(make: Make) -> None:
    source = make()
    found = await asyncio.gather(*(source.find("alice") for _ in range(60)))
    assert {one.uid for one in found if one} == {"alice"}
    checks = await asyncio.gather(*(accepts(source, "alice", ALICE.password) for _ in range(20)))
    assert all(checks)


# --- groups -----------------------------------------------------------------------------------------------------------

GROUPS = """
dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups

dn: cn=inner,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: inner
member: uid=carol,ou=people,dc=example,dc=com
member: cn=outer,ou=groups,dc=example,dc=com
member: cn=inner,ou=groups,dc=example,dc=com

dn: cn=outer,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: outer
member: UID=alice, OU=people, DC=example, DC=com
member: cn=inner,ou=groups,dc=example,dc=com
member: uid=gone,ou=people,dc=example,dc=com

dn: cn=unique,ou=groups,dc=example,dc=com
objectClass: groupOfUniqueNames
cn: unique
uniqueMember:: dWlkPW8nYnJpZW4sb3U9cGVvcGxlLGRjPWV4YW1wbGUsZGM9Y29t

dn: cn=posix,ou=groups,dc=example,dc=com
objectClass: posixGroup
cn: posix
gidNumber: 1
memberUid: alice
memberUid: nobody
memberUid: room
memberUid: *
"""


@pytest.fixture(scope="module")
def grouped(directory: OpenLDAP) -> OpenLDAP:
    directory.add(GROUPS)
    return directory


async def members(source: LdapSource, name: str) -> list[str]:
    group = await source.entry(name)
    assert group is not None
    assert group.is_group
    return await source.members(group)


@pytest.mark.services
async def test_groups_in_groups_are_opened_and_cycles_end(grouped: OpenLDAP, make: Make) -> None:
    source = make(base_dn="dc=example,dc=com", id_field="cn")
    assert await members(source, "outer") == ["alice", "carol"]
    assert await members(source, "inner") == ["carol", "alice"]


@pytest.mark.services
async def test_groups_in_groups_stay_closed_where_that_is_switched_off(grouped: OpenLDAP, make: Make) -> None:
    source = make(base_dn="dc=example,dc=com", id_field="cn", expand_subgroups=False)
    assert await members(source, "outer") == ["alice"]


@pytest.mark.services
async def test_unique_names_and_logins_are_members_too(grouped: OpenLDAP, make: Make) -> None:
    source = make(base_dn="dc=example,dc=com", id_field="cn")
    assert await members(source, "unique") == ["o'brien"]
    assert await members(source, "posix") == ["alice", "room"]


@pytest.mark.services
async def test_members_may_live_in_another_source(grouped: OpenLDAP, make: Make) -> None:
    groups = make(id="groups", base_dn="ou=groups,dc=example,dc=com", id_field="cn", uid_field="cn")
    people = make()
    groups.join([people, groups])
    assert await members(groups, "outer") == ["alice", "carol"]
    assert await members(groups, "posix") == ["alice", "room"]


@pytest.mark.services
async def test_a_group_that_is_gone_has_no_members(grouped: OpenLDAP, make: Make) -> None:
    gone = Record("x", "people", "x", (), is_group=True, dn="cn=gone,ou=groups,dc=example,dc=com")
    assert await make(base_dn="dc=example,dc=com").members(gone) == []


# --- passwords --------------------------------------------------------------------------------------------------------


def _person(server: OpenLDAP, password: str) -> str:
    name = f"p{next(_numbers)}"
    server.add(
        f"dn: uid={name},ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: {name}\n"
        f"userPassword: {password}\n"
    )
    return name


@pytest.mark.services
@pytest.mark.parametrize("algorithm", ["none", "ssha", "sha", "md5", "smd5", "sha512-crypt", "blf-crypt"])
async def test_a_changed_password_is_one_the_directory_understands(
    directory: OpenLDAP, make: Make, algorithm: str
) -> None:
    name = _person(directory, "old")
    source = make(algorithm=algorithm)
    assert not (await source.change_password(name, Secret("wrong"), Secret("new"))).accepted
    assert (await source.change_password(name, Secret("old"), Secret('n"ew\\ ☃'))).accepted
    assert await accepts(source, name, 'n"ew\\ ☃')
    assert not await accepts(source, name, "old")


POLICY = """
dn: ou=policies,dc=example,dc=com
objectClass: organizationalUnit
ou: policies

dn: cn=default,ou=policies,dc=example,dc=com
objectClass: pwdPolicy
objectClass: device
cn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 3
pwdLockoutDuration: 600
pwdMinLength: 6
pwdCheckQuality: 2
pwdAllowUserChange: TRUE
pwdMustChange: TRUE
pwdMaxAge: 3600
pwdExpireWarning: 7200
"""


SERVICE_DN = "cn=service,dc=example,dc=com"


@pytest.fixture(scope="module")
def strict_directory() -> Iterator[OpenLDAP]:
    default = 'ppolicy_default "cn=default,ou=policies,dc=example,dc=com"\n'
    access = f'access to * by dn.exact="{SERVICE_DN}" write by self write by anonymous auth by users read\n'
    with OpenLDAP(ROOT, ppolicy=True, extra_config=default + access) as server:
        server.add(POLICY)
        server.add(f"dn: {SERVICE_DN}\nobjectClass: person\ncn: service\nsn: service\nuserPassword: service\n")
        server.add("dn: ou=people,dc=example,dc=com\nobjectClass: organizationalUnit\nou: people\n")
        yield server


@pytest.fixture
async def strict(strict_directory: OpenLDAP) -> AsyncIterator[LdapSource]:
    source = LdapSource(
        replace(
            base_settings(strict_directory), bind_dn=SERVICE_DN, bind_password=Secret("service"), password_policy=True
        )
    )
    yield source
    await source.close()


@pytest.mark.services
async def test_a_policy_tells_when_a_password_ends(strict_directory: OpenLDAP, strict: LdapSource) -> None:
    verdict = await strict.check(_person(strict_directory, "longenough"), Secret("longenough"))
    assert (verdict.bound, verdict.policy, verdict.grace) == (True, 65535, -1)
    assert 0 < verdict.expire <= 3600
    assert verdict.accepted


@pytest.mark.services
async def test_a_locked_account_says_so(strict_directory: OpenLDAP, strict: LdapSource) -> None:
    name = _person(strict_directory, "longenough")
    for _ in range(3):
        assert (await strict.check(name, Secret("wrong"))).policy == 65535
    verdict = await strict.check(name, Secret("longenough"))
    assert (verdict.bound, verdict.policy) == (False, 1)


@pytest.mark.services
async def test_a_password_that_must_be_changed_is_right_but_not_enough(
    strict_directory: OpenLDAP, strict: LdapSource
) -> None:
    name = _person(strict_directory, "longenough")
    strict_directory.modify(
        f"dn: uid={name},ou=people,dc=example,dc=com\nchangetype: modify\nadd: pwdReset\npwdReset: TRUE\n"
    )
    verdict = await strict.check(name, Secret("longenough"))
    assert (verdict.bound, verdict.policy, verdict.accepted) == (True, 2, False)
    assert (await strict.change_password(name, Secret("longenough"), Secret("long enough too"))).bound
    assert (await strict.check(name, Secret("long enough too"))).accepted


@pytest.mark.services
async def test_a_policy_refuses_a_poor_password_and_takes_a_good_one(
    strict_directory: OpenLDAP, strict: LdapSource
) -> None:
    name = _person(strict_directory, "longenough")
    refused = await strict.change_password(name, Secret("longenough"), Secret("short"))
    assert (refused.bound, refused.policy) in ((False, 5), (False, 6))
    assert not (await strict.change_password(name, Secret("wrong"), Secret("long enough too"))).bound
    assert (await strict.change_password(name, Secret("longenough"), Secret("long enough too"))).bound
    assert (await strict.check(name, Secret("long enough too"))).accepted


# --- TLS and failure --------------------------------------------------------------------------------------------------


@pytest.mark.services
async def test_certificates_are_checked_unless_told_otherwise(directory: OpenLDAP, make: Make) -> None:
    start_tls = f"{directory.url}/????!StartTLS"
    for url in (directory.tls_url, start_tls):
        with pytest.raises(DirectoryUnavailable):
            await make(hostname=url).find("alice")
        assert await make(hostname=url, tls=TlsSettings(ca_file=directory.ca_path)).find("alice") is not None
        assert await make(hostname=url, tls=TlsSettings(verify=False)).find("alice") is not None
    lenient = f"{directory.tls_url}/????x-tls-reqcert=never"
    assert await accepts(make(hostname=lenient), "alice", ALICE.password)


@pytest.mark.services
async def test_the_next_server_answers_when_the_first_is_away(directory: OpenLDAP, make: Make) -> None:
    source = make(hostname=f"ldap://127.0.0.1:{free_port()} {directory.url}")
    assert await source.find("alice") is not None
    assert await accepts(source, "alice", ALICE.password)


@pytest.mark.services
async def test_a_directory_that_comes_back_is_found_again() -> None:
    with OpenLDAP(ROOT) as server:
        server.add(ldif("ou=people,dc=example,dc=com"))
        source = LdapSource(replace(base_settings(server), pause_seconds=0))
        assert await source.find("alice") is not None
        server.restart()
        assert await source.find("alice") is not None
        server.stop()
        for _ in range(3):
            with pytest.raises(DirectoryUnavailable):
                await source.find("alice")
        server.start()
        assert await source.find("alice") is not None
        await source.close()


class SilentServer:
    """Takes connections and says nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def accepted(self) -> int:
        return len(self._open)

    def _run(self) -> None:
        while True:
            try:
                self._open.append(self._socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        for connection in [self._socket, *self._open]:
            connection.close()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    server = SilentServer()
    yield server
    server.close()


@pytest.mark.parametrize("url", ["ldap://127.0.0.1:{}", "ldaps://127.0.0.1:{}", "ldap://127.0.0.1:{}/????!StartTLS"])
async def test_a_silent_directory_fails_by_its_timeout_and_then_at_once(silent: SilentServer, url: str) -> None:
    settings = LdapSettings(
        id="silent",
        hostname=url.format(silent.port),
        base_dn="dc=x",
        bind_dn="cn=x",
        bind_password=Secret("x"),
        connections=2,
        connect_seconds=1,
        receive_seconds=1,
        pause_seconds=60,
    )
    source = LdapSource(settings)
    crowd = await asyncio.gather(*(source.find("alice") for _ in range(30)), return_exceptions=True)
    assert {type(answer) for answer in crowd} == {DirectoryUnavailable}
    asked = silent.accepted
    assert asked <= 2
    for _ in range(20):
        with pytest.raises(DirectoryUnavailable):
            await source.check("alice", Secret("x"))
    assert silent.accepted == asked
    await source.close()


async def test_after_the_pause_a_single_call_tries_again(silent: SilentServer) -> None:
    now = [100.0]
    settings = LdapSettings(
        id="silent",
        hostname=f"127.0.0.1:{silent.port}",
        base_dn="dc=x",
        connections=4,
        receive_seconds=1,
        pause_seconds=30,
    )
    source = LdapSource(settings, clock=lambda: now[0])
    with pytest.raises(DirectoryUnavailable):
        await source.find("alice")
    asked = silent.accepted
    now[0] += 31
    await asyncio.gather(*(source.find("alice") for _ in range(10)), return_exceptions=True)
    assert silent.accepted == asked + 1
    await source.close()


async def test_nobody_listening_is_unavailable() -> None:
    source = LdapSource(LdapSettings(id="x", hostname=f"127.0.0.1:{free_port()}", base_dn="dc=x"))
    with pytest.raises(DirectoryUnavailable):
        await source.probe()
    await source.close()
    with pytest.raises(DirectoryUnavailable):
        await source.find("alice")


async def test_an_empty_password_never_reaches_the_directory(silent: SilentServer) -> None:
    source = LdapSource(LdapSettings(id="x", hostname=f"127.0.0.1:{silent.port}", base_dn="dc=x", bind_fields=("uid",)))
    assert not (await source.check("alice", Secret(""))).bound
    assert not (await source.check("", Secret("x"))).bound
    assert not (await source.change_password("alice", Secret(""), Secret("x"))).bound
    assert silent.accepted == 0
    await source.close()
