"""What every user source does: a directory, and a view on each database, with the same people in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sogo.auth.interface import UserSource, Verdict
from sogo.auth.ldap import LdapSource
from sogo.auth.password import make
from sogo.auth.settings import LdapSettings, SqlSettings
from sogo.auth.sql import open_sql_source
from sogo.secret import Secret
from sogo.store.sql.engine import Databases
from sogo.store.sql.url import DatabaseUrl
from tests.support.services import OpenLDAP
from tests.support.source_people import ALICE, BOB, CREATE_TABLE, INSERT, PEOPLE, ROOM, ZOE, Person, ldif, row

_numbers = itertools.count()
CONSTRAINTS = {"Mail": {"businessCategory": "YES"}}
SCHEMES = ("ssha512", "none", "sha256-crypt", "cram-md5", "plain-md5")


@pytest.fixture(scope="module")
def people_directory() -> Iterator[OpenLDAP]:
    """A directory in which people may change their own password, as sites have it."""
    root = "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n"
    access = "access to attrs=userPassword by self write by anonymous auth by * none\naccess to * by * read"
    with OpenLDAP(root, extra_config=access) as server:
        yield server


@pytest.fixture(
    params=["sqlite", *(pytest.param(name, marks=pytest.mark.services) for name in ("ldap", "postgresql", "mariadb"))]
)
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[UserSource]:
    if request.param == "ldap":
        made = _ldap(request.getfixturevalue("people_directory"))
        yield made
        await made.close()
        return
    databases = Databases()
    url = f"sqlite:///{tmp_path}/users.db"
    if request.param != "sqlite":
        url = request.getfixturevalue(f"{request.param}_server").create_database(f"people{next(_numbers)}")
    sql = await _sql(url + "/sogo_view", databases)
    yield sql
    await sql.close()
    await databases.close()


def _ldap(server: OpenLDAP) -> UserSource:
    branch = f"ou=people{next(_numbers)},dc=example,dc=com"
    server.add(ldif(branch))
    return LdapSource(
        LdapSettings(
            id="people",
            can_authenticate=True,
            hostname=server.url,
            base_dn=branch,
            bind_dn=server.admin_dn,
            bind_password=Secret(server.admin_password),
            id_field="uid",
            bind_fields=("uid", "mail"),
            kind_field="employeeType",
            bookings_field="departmentNumber",
            modules=CONSTRAINTS,
        )
    )


async def _sql(url: str, databases: Databases) -> UserSource:
    engine = databases.engine(DatabaseUrl.parse(url))
    await engine.run(CREATE_TABLE)
    for person, scheme in zip(PEOPLE, SCHEMES, strict=True):
        await engine.execute(INSERT, **row(person, make(person.password, scheme, prepend=True)))
    settings = SqlSettings(
        id="people",
        can_authenticate=True,
        view_url=Secret(url),
        algorithm="ssha512",
        login_fields=("c_uid", "mail"),
        mail_fields=("aliases",),
        kind_field="kind",
        bookings_field="bookings",
        modules=CONSTRAINTS,
    )
    return open_sql_source(settings, databases)


async def _accepts(source: UserSource, login: str, password: str) -> bool:
    verdict = await source.check(login, Secret(password))
    assert verdict.bound == verdict.accepted
    return verdict.accepted


# --- logins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.uid)
async def test_the_right_password_is_accepted_and_no_other(source: UserSource, person: Person) -> None:
    assert await _accepts(source, person.uid, person.password)
    for wrong in ("wrong", person.password + "x", person.password.swapcase() + "!", "x" * 5000):
        assert not await _accepts(source, person.uid, wrong)


async def test_an_address_is_a_login_too(source: UserSource) -> None:
    assert await _accepts(source, "alice@example.com", ALICE.password)
    assert not await _accepts(source, "alice@example.com", BOB.password)


async def test_nobody_gets_in_without_a_name_or_a_password(source: UserSource) -> None:
    for login, password in (("", ALICE.password), ("alice", ""), ("", ""), ("nobody", "x"), ("nobody", "")):
        assert await source.check(login, Secret(password)) == Verdict(bound=False)


@pytest.mark.parametrize(
    "login",
    [
        "*",
        "al*",
        "alice*",
        "alice)(uid=*",
        "*)(objectClass=*",
        "alice\\2a",
        "alice' OR '1'='1",
        "alice'--",
        'alice" OR ""="',
        "alice\\",
        "%",
        "alic_",
        "ALICE\0",
        "alice\0",
        "alice\r\n",
        "alice ",
        " alice",
        "alicé",
        "аlice",
        "ａｌｉｃｅ",
        "alice,ou=people",
        "alice\ud800",
        "alice" * 1000,
        ":login",
        "${jndi:ldap://x}",
    ],
)
async def test_a_hostile_name_is_nobody(source: UserSource, login: str) -> None:
    assert not await _accepts(source, login, ALICE.password)
    assert await source.find(login) is None
    assert await source.entry(login) is None


@pytest.mark.parametrize(
    "password", ["*", "' OR '1'='1", "\0", "\r\n", "\ud800", ALICE.password + "\0", "{none}x", "x" * 100_000]
)
async def test_a_hostile_password_is_a_wrong_one(source: UserSource, password: str) -> None:
    assert not await _accepts(source, "alice", password)


# --- people -----------------------------------------------------------------------------------------------------------


async def test_a_user_is_found_by_uid_and_by_every_address(source: UserSource) -> None:
    for name in ("alice", "alice@example.com", "Alice@Example.COM", "a.adams@example.com", "aa@example.org"):
        found = await source.find(name)
        assert found is not None, name
        assert (found.uid, found.cn, found.source) == ("alice", "Alice Adams", "people")
        assert found.emails == ("alice@example.com", "a.adams@example.com", "aa@example.org")
    for name in ("adams@example.com", "aa@example", "nobody", "nobody@example.com", ""):
        assert await source.find(name) is None, name


async def test_names_with_signs_and_letters_of_all_sorts_come_back_as_they_are(source: UserSource) -> None:
    for person in (BOB, ZOE):
        found = await source.find(person.uid)
        assert found is not None
        assert (found.uid, found.cn, found.emails) == (person.uid, person.cn, (person.mail,))


async def test_a_user_without_an_address_has_none(source: UserSource) -> None:
    found = await source.find("carol")
    assert found is not None
    assert found.emails == ()


async def test_a_room_is_a_resource_with_its_bookings(source: UserSource) -> None:
    room, alice = await source.find("room"), await source.find("alice")
    assert room is not None
    assert alice is not None
    assert (room.is_resource, room.kind, room.bookings) == (True, "location", 3)
    assert (alice.is_resource, alice.kind, alice.bookings, alice.is_group) == (False, "", 0, False)


async def test_modules_are_granted_by_the_constraints(source: UserSource) -> None:
    alice, carol = await source.find("alice"), await source.find("carol")
    assert alice is not None
    assert carol is not None
    assert (alice.mail_access, alice.calendar_access) == (True, True)
    assert (carol.mail_access, carol.calendar_access, carol.activesync_access) == (False, True, True)


async def test_no_record_holds_a_password(source: UserSource) -> None:
    for person in PEOPLE:
        found = await source.find(person.uid)
        assert found is not None
        assert not [name for name in found.attributes if "password" in name]
        assert person.password not in str(found.attributes) or person is ROOM


async def test_an_entry_is_read_by_its_id(source: UserSource) -> None:
    found = await source.find("o'brien")
    assert found is not None
    again = await source.entry(found.name)
    assert again is not None
    assert again.uid == "o'brien"
    assert await source.entry("no-such-entry") is None


# --- search -----------------------------------------------------------------------------------------------------------


async def _names(source: UserSource, text: str, limit: int = 100) -> list[str]:
    return [found.uid for found in await source.search(text, limit=limit)]


async def test_a_search_finds_parts_of_names_and_addresses_in_any_case(source: UserSource) -> None:
    assert await _names(source, "adam") == ["alice"]
    assert await _names(source, "ALICE AD") == ["alice"]
    assert await _names(source, "bob@") == ["o'brien"]
    assert await _names(source, "nobody at all") == []


async def test_signs_in_a_search_are_only_signs(source: UserSource) -> None:
    assert await _names(source, "100%") == ["o'brien"]
    assert await _names(source, "%") == ["o'brien"]
    assert await _names(source, "under_score") == ["carol"]
    assert await _names(source, "l_ce") == []
    assert await _names(source, "a*m") == []
    assert await _names(source, "(jr)") == ["o'brien"]
    assert await _names(source, '"Bobby" O\'Brien') == ["o'brien"]
    assert await _names(source, "\\ 100") == ["o'brien"]
    assert await _names(source, "*)(uid=*") == []
    assert await _names(source, "x' OR 1=1 --") == []
    assert await _names(source, "x" * 10_000) == []
    assert await _names(source, "Łukasz") == ["zoë"]


async def test_a_dot_lists_all_by_name_and_a_limit_cuts(source: UserSource) -> None:
    assert await _names(source, ".") == ["alice", "o'brien", "carol", "room", "zoë"]
    assert len(await _names(source, ".", limit=2)) == 2
    assert await _names(source, ".", limit=0) == []


async def test_an_empty_text_lists_nothing_where_the_dot_is_required(source: UserSource) -> None:
    assert await _names(source, "") == []
    assert await _names(source, " ") == []
    assert await _names(source, "\0") == []


async def test_an_empty_text_lists_all_where_no_dot_is_required(source: UserSource) -> None:
    source.list_requires_dot = False
    assert len(await _names(source, "")) == len(PEOPLE)


# --- changes ----------------------------------------------------------------------------------------------------------


async def test_a_password_is_changed_with_the_old_one(source: UserSource) -> None:
    new = "n'ew \"pass\\wörd% ☃"
    assert not (await source.change_password("alice", Secret("wrong"), Secret(new))).accepted
    assert (await source.change_password("alice", Secret(ALICE.password), Secret(new))).accepted
    assert await _accepts(source, "alice", new)
    assert not await _accepts(source, "alice", ALICE.password)
    assert await _accepts(source, BOB.uid, BOB.password)


async def test_a_login_by_alias_changes_the_password_too(source: UserSource) -> None:
    assert (await source.change_password("bob@example.com", Secret(BOB.password), Secret("new one"))).accepted
    assert await _accepts(source, BOB.uid, "new one")


async def test_a_recovery_needs_no_old_password(source: UserSource) -> None:
    assert (await source.change_password("carol", None, Secret("recovered"))).accepted
    assert await _accepts(source, "carol", "recovered")


async def test_nobody_and_nothing_cannot_be_set(source: UserSource) -> None:
    for login, old, new in (("nobody", "x", "y"), ("alice", "", "y"), ("alice", ALICE.password, ""), ("*", "x", "y")):
        assert not (await source.change_password(login, Secret(old), Secret(new))).accepted
    assert await _accepts(source, "alice", ALICE.password)


async def test_a_probe_passes_while_the_back_end_answers(source: UserSource) -> None:
    await source.probe()
