"""What only views of users have: other login columns, filters, domains, password policies, keys."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sogo.auth.directory import SiteDirectory
from sogo.auth.password import make
from sogo.auth.password_policy import rule
from sogo.auth.settings import DirectorySettings, DomainSettings, SqlSettings
from sogo.auth.sql import SqlSource, open_sql_source
from sogo.errors import ConfigError, DirectoryUnavailable
from sogo.secret import Secret
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql.engine import Databases
from sogo.store.sql.url import DatabaseUrl
from tests.support.services import PostgreSQL
from tests.support.source_people import ALICE, BOB, CAROL, CREATE_TABLE, INSERT, Person, row

Open = Callable[..., SqlSource]
Stored = tuple[Person, str | None, dict[str, object]]
DEFAULT: list[Stored] = [
    (ALICE, "alice's", {}),
    (BOB, "{SSHA}" + make(BOB.password, "ssha"), {"active": 0}),
    (CAROL, None, {}),
]


async def _fill(url: str, databases: Databases, people: list[Stored]) -> None:
    engine = databases.engine(DatabaseUrl.parse(url))
    await engine.run(CREATE_TABLE)
    for person, stored, changes in people:
        await engine.execute(INSERT, **row(person, stored, **changes))  # type: ignore[arg-type]


@pytest.fixture
async def databases() -> AsyncIterator[Databases]:
    made = Databases()
    yield made
    await made.close()


@pytest.fixture
async def url(tmp_path: Path, databases: Databases) -> str:
    made = f"sqlite:///{tmp_path}/users.db/sogo_view"
    await _fill(made, databases, DEFAULT)
    return made


@pytest.fixture
async def open_source(url: str, databases: Databases) -> AsyncIterator[Open]:
    made: list[SqlSource] = []

    def build(**changes: object) -> SqlSource:
        made.append(open_sql_source(SqlSettings(id="users", view_url=Secret(url), **changes), databases))  # type: ignore[arg-type]
        return made[-1]

    yield build
    for source in made:
        await source.close()


async def accepts(source: SqlSource, login: str, password: str) -> bool:
    return (await source.check(login, Secret(password))).accepted


async def test_login_columns_replace_the_uid(open_source: Open) -> None:
    assert await accepts(open_source(), "alice", "alice's")
    source = open_source(login_fields=("mail",))
    assert await accepts(source, "alice@example.com", "alice's")
    assert not await accepts(source, "alice", "alice's")
    assert await source.find("alice") is not None


@pytest.mark.parametrize("wanted", ["active = 1", "active = '1'", "active = YES", "NOT active = 0 AND c_cn like 'A*'"])
async def test_the_authentication_filter_is_for_logins_only(open_source: Open, wanted: str) -> None:
    source = open_source(authentication_filter=wanted)
    assert await accepts(source, "alice", "alice's")
    assert not await accepts(source, BOB.uid, BOB.password)
    assert await source.find(BOB.uid) is not None
    assert await accepts(open_source(), BOB.uid, BOB.password)


async def test_somebody_without_a_password_cannot_log_in(open_source: Open) -> None:
    source = open_source()
    for password in ("None", "NULL", "x", ""):
        assert not await accepts(source, "carol", password)


async def test_addresses_in_lists_are_found_whole_only(open_source: Open) -> None:
    source = open_source(mail_fields=("aliases",))
    found = await source.find("AA@example.org")
    assert found is not None
    assert found.emails == ("alice@example.com", "a.adams@example.com", "aa@example.org")
    for part in ("a@example.org", "aa@example", "a.adams@example.com aa@example.org", "%@example.org"):
        assert await source.find(part) is None
    assert await open_source().find("aa@example.org") is None


async def test_a_domain_column_tells_and_narrows_the_domain(tmp_path: Path, databases: Databases) -> None:
    url = f"sqlite:///{tmp_path}/domains.db/sogo_view"
    other = Person("carla", "Carla", "x", "carla@other.example")
    await _fill(url, databases, [(ALICE, "a", {}), (other, "x", {"domain": "other.example"})])
    settings = SqlSettings(id="users", view_url=Secret(url), domain_field="domain", search_fields=("c_cn",))
    source = open_sql_source(settings, databases)
    found = await source.find("carla")
    assert found is not None
    assert found.domain == "other.example"
    assert await source.find("carla", domains=["example.com"]) is None
    assert await source.find("carla", domains=["example.com", "other.example"]) is not None
    assert [one.uid for one in await source.search(".", limit=9, domains=["example.com"])] == ["alice"]
    assert [one.uid for one in await source.search("car", limit=9, domains=["x' OR '1'='1"])] == []
    await source.close()


async def test_one_name_in_two_domains_of_a_view_is_two_users(tmp_path: Path, databases: Databases) -> None:
    url = f"sqlite:///{tmp_path}/domains.db/sogo_view"
    one, two = Person("jo", "Jo One", "1"), Person("jo", "Jo Two", "2")
    await _fill(url, databases, [(one, "1", {"domain": "one.example"}), (two, "2", {"domain": "two.example"})])
    settings = SqlSettings(id="users", can_authenticate=True, view_url=Secret(url), domain_field="domain")
    source = open_sql_source(settings, databases)
    for login, password, cn in (("jo@one.example", "1", "Jo One"), ("jo@TWO.example", "2", "Jo Two")):
        verdict = await source.check(login, Secret(password))
        assert verdict.accepted
        assert verdict.record is not None
        assert verdict.record.cn == cn
    assert not await accepts(source, "jo@one.example", "2")
    assert not await accepts(source, "jo@other.example", "1")
    assert not await accepts(source, "jo", "1")
    rules = DirectorySettings(domain_based_uid=True, domains={"one.example": DomainSettings()})
    directory = SiteDirectory(rules, [source], MemoryCache())
    assert (await directory.authenticate("jo@two.example", Secret("2"))).user_id == "jo@two.example"
    for name in ("jo@one.example", "jo@two.example"):
        found = await directory.find_user(name)
        assert found is not None
        assert found.user_id == name
    await directory.close()


async def test_a_nickname_that_is_anothers_uid_does_not_make_one_that_other(
    tmp_path: Path, databases: Databases
) -> None:
    url = f"sqlite:///{tmp_path}/nicks.db/sogo_view"
    mallory = Person("mallory", "Mallory", "m", telephone="alice")
    await _fill(url, databases, [(ALICE, "a", {}), (mallory, "m", {})])
    settings = SqlSettings(id="users", can_authenticate=True, view_url=Secret(url), login_fields=("telephonenumber",))
    directory = SiteDirectory(DirectorySettings(), [open_sql_source(settings, databases)], MemoryCache())
    assert (await directory.authenticate("alice", Secret("m"))).user_id == "mallory"
    await directory.close()


async def test_a_login_of_two_people_is_nobodys_unless_it_is_the_uid_of_one(
    tmp_path: Path, databases: Databases
) -> None:
    url = f"sqlite:///{tmp_path}/shared.db/sogo_view"
    first, second = (
        Person("first", "F", "1", "same@x", telephone="t"),
        Person("second", "S", "2", "same@x", telephone="first"),
    )
    await _fill(url, databases, [(first, "1", {}), (second, "2", {})])
    settings = SqlSettings(id="users", view_url=Secret(url), login_fields=("c_uid", "mail", "telephonenumber"))
    source = open_sql_source(settings, databases)
    assert not await accepts(source, "same@x", "1")
    assert await accepts(source, "first", "1")
    assert not await accepts(source, "first", "2")
    await source.close()


async def test_the_domain_of_the_source_wins_over_the_column(open_source: Open) -> None:
    found = await open_source(domain="site", domain_field="domain").find("alice")
    assert found is not None
    assert found.domain == "site"


async def test_columns_are_offered_without_their_prefix(open_source: Open) -> None:
    found = await open_source().find("carol")
    assert found is not None
    assert found.attributes["telephonenumber"] == "+1 555 0100"
    assert found.attributes["cn"] == found.attributes["c_cn"] == CAROL.cn
    assert "c_password" not in found.attributes
    assert "mail" not in found.attributes


async def test_a_weak_password_is_right_but_asks_for_another(open_source: Open) -> None:
    source = open_source(policy=(rule("POLICY_MIN_LENGTH", value=10), rule("POLICY_MIN_DIGIT", value=1)))
    verdict = await source.check("alice", Secret("alice's"))
    assert (verdict.bound, verdict.policy, verdict.accepted) == (True, 5, False)
    assert not (await source.check("alice", Secret("wrong"))).bound
    refused = await source.change_password("alice", Secret("alice's"), Secret("short"))
    assert (refused.bound, refused.policy) == (False, 5)
    assert (await source.change_password("alice", Secret("alice's"), Secret("long enough 1"))).accepted
    assert await accepts(source, "alice", "long enough 1")


@pytest.mark.parametrize("prepend", [True, False])
@pytest.mark.parametrize("algorithm", ["ssha512", "none", "sym-aes-128-cbc", "md5.b64"])
async def test_a_new_password_is_stored_as_configured(
    open_source: Open, url: str, databases: Databases, algorithm: str, prepend: bool
) -> None:
    source = open_source(algorithm=algorithm, prepend_scheme=prepend, key=Secret("0123456789abcdef\xff"))
    assert (await source.change_password("alice", None, Secret("ne'w\\ %s :x"))).accepted
    engine = databases.engine(DatabaseUrl.parse(url))
    found = await engine.fetch_one("SELECT c_password FROM sogo_view WHERE c_uid = 'alice'")
    assert found is not None
    assert str(found["c_password"]).startswith("{" + algorithm + "}") == prepend
    assert await accepts(source, "alice", "ne'w\\ %s :x")


@pytest.mark.parametrize("password", ["x\0y", "x" * 5000, "\ud800"])
async def test_a_password_no_scheme_can_take_is_refused_by_policy(open_source: Open, password: str) -> None:
    verdict = await open_source(algorithm="sha512-crypt").change_password("alice", None, Secret(password))
    assert (verdict.bound, verdict.policy) == (False, 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "rot13"},
        {"algorithm": "sym-aes-128-cbc"},
        {"login_fields": ("c_uid; DROP TABLE x",)},
        {"mail_fields": ("a b",)},
        {"search_fields": ("c_cn) OR (1=1",)},
        {"domain_field": "do`main"},
        {"authentication_filter": "active ="},
        {"authentication_filter": "1=1 -- = 'x'"},
    ],
)
async def test_settings_that_cannot_be_served_are_refused(open_source: Open, changes: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        open_source(**changes)


async def test_a_view_with_a_dangerous_name_is_refused(databases: Databases) -> None:
    settings = SqlSettings(id="x", view_url=Secret("sqlite:////tmp/x.db/users%20x"))
    with pytest.raises(ConfigError):
        open_sql_source(settings, databases)


async def test_a_missing_column_makes_this_source_unavailable(open_source: Open) -> None:
    source = open_source(login_fields=("no_such_column",))
    with pytest.raises(DirectoryUnavailable):
        await source.check("alice", Secret("x"))
    with pytest.raises(DirectoryUnavailable):
        await source.find("alice")


async def test_a_missing_database_makes_this_source_unavailable(databases: Databases, tmp_path: Path) -> None:
    settings = SqlSettings(id="x", view_url=Secret(f"sqlite:///{tmp_path}/folder/that/is/a/file/users"))
    (tmp_path / "folder").write_text("")
    source = open_sql_source(settings, databases)
    with pytest.raises(DirectoryUnavailable):
        await source.probe()
    await source.close()


async def test_an_unknown_user_costs_a_verification_like_a_known_one(
    open_source: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def verify(stored: str, password: str, default_scheme: str, *, key: bytes) -> bool:
        checked.append(stored)
        return False

    source = open_source(algorithm="argon2id")
    monkeypatch.setattr("sogo.auth.sql.schemes.verify", verify)
    await source.check("nobody", Secret("x"))
    assert checked.pop().startswith("$argon2id$")
    await source.check(BOB.uid, Secret("x"))
    seen = checked.pop()
    for login in ("nobody", "carol"):
        await source.check(login, Secret("x"))
        assert checked.pop() == seen


@pytest.mark.services
@pytest.mark.parametrize(
    "wanted", ["active = 1", "active = '1'", "active = YES", "active >= 1", "active > 0 AND c_cn != 'x'"]
)
async def test_a_strictly_typed_database_takes_filters_as_written(
    postgresql_server: PostgreSQL, databases: Databases, wanted: str
) -> None:
    name = f"filters{uuid.uuid4().hex}"
    url = postgresql_server.create_database(name) + "/sogo_view"
    await _fill(url, databases, DEFAULT)
    source = open_sql_source(SqlSettings(id="x", view_url=Secret(url), authentication_filter=wanted), databases)
    assert await accepts(source, "alice", "alice's")
    assert not await accepts(source, BOB.uid, BOB.password)
    await source.close()


async def test_many_logins_at_once_wait_for_a_few_hashers(open_source: Open) -> None:
    source = open_source()
    answers: list[Awaitable[bool]] = [accepts(source, "alice", "alice's") for _ in range(60)]
    assert all(await asyncio.gather(*answers))
