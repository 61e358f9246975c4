"""The parts of a login: names, headers, lines in the log, counters, what is remembered."""

from __future__ import annotations

import asyncio
import base64
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.auth.failed_logins import FailedLogins
from sogo.auth.interface import REFUSED, Record, User, Verdict
from sogo.auth.login_log import LoginEvent, client_address, safe_name
from sogo.auth.login_names import LoginName, LoginRules
from sogo.auth.password_cache import PasswordCache
from sogo.auth.proxy import ProxyTrust, parse_basic, trusted_user
from sogo.auth.settings import DirectorySettings, DomainSettings, FailedLoginSettings
from sogo.auth.single_flight import SingleFlight
from sogo.auth.user_cache import Known, UserCache
from sogo.secret import Secret
from sogo.store.memory_cache import MemoryCache

# --- names ------------------------------------------------------------------------------------------------------------

SITE = {
    "a.example": DomainSettings(mail_domain="mail.a.example", superusers=frozenset({"root"})),
    "b.example": DomainSettings(mail_domain="b.example"),
    "c.example": DomainSettings(),
}


def rules(**changes: object) -> LoginRules:
    return LoginRules(DirectorySettings(domains=SITE, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "clean"),
    [("jdoe", "jdoe"), ("ACME\\jdoe", "jdoe"), ("a%40b", "a@b"), ("ACME\\a%40b", "a@b"), ("\\", ""), ("a\\b\\c", "c")],
)
def test_a_windows_domain_goes_and_an_escaped_at_sign_becomes_one(typed: str, clean: str) -> None:
    assert LoginRules.clean(typed) == clean


@pytest.mark.parametrize(
    "name", ["", "anonymous", "freebusy", "Anonymous", "a*", "*", "a\nb", "a\0", " a", "x" * 600, "\u2028"]
)
def test_some_names_never_log_in(name: str) -> None:
    assert not rules().may_log_in(name)


def test_unknown_domains_are_refused_where_that_is_asked_for() -> None:
    strict = rules(forbid_unknown_domains=True, allowed_domains=("Allowed.example",))
    assert [strict.may_log_in(f"x@{name}") for name in ("a.example", "A.EXAMPLE", "allowed.example")] == [True] * 3
    assert not strict.may_log_in("x@evil.example")
    assert not strict.may_log_in("x")
    assert not strict.may_log_in("x@evil.example@a.example")
    assert not LoginRules(DirectorySettings(forbid_unknown_domains=True)).may_log_in("x@a.example")
    assert rules().may_log_in("x@evil.example")


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({}, "x@a.example", LoginName("x@a.example", "x@a.example", None, False)),
        ({"domain_based_uid": True}, "x@A.example", LoginName("x@A.example", "x", "a.example", True)),
        ({"domain_based_uid": True}, "x@other", LoginName("x@other", "x", "other", False)),
        ({"domain_based_uid": True}, "x", LoginName("x", "x", None, False)),
        ({"domain_based_uid": True}, "x@y@b.example", LoginName("x@y@b.example", "x@y", "b.example", True)),
        ({"login_domains": ("a.example",)}, "x@a.example", LoginName("x@a.example", "x", "a.example", True)),
        ({"login_domains": ("a.example",)}, "x@other", LoginName("x@other", "x@other", None, False)),
        ({"domain_based_uid": True}, "@a.example", LoginName("@a.example", "@a.example", None, False)),
    ],
)
def test_the_domain_is_what_follows_the_last_at_sign(
    changes: dict[str, object], name: str, expected: LoginName
) -> None:
    assert rules(**changes).split(name) == expected


def test_a_user_id_has_its_domain_once() -> None:
    based = rules(domain_based_uid=True)
    assert based.user_id("jdoe", "a.example") == "jdoe@a.example"
    assert based.user_id("jdoe@A.EXAMPLE", "a.example") == "jdoe@A.EXAMPLE"
    assert based.user_id("jdoe", None) == "jdoe"
    assert rules().user_id("jdoe", "a.example") == "jdoe"


def test_nobody_is_without_an_address() -> None:
    assert rules().emails(("x@y",), "x", "a.example") == ("x@y",)
    assert rules().emails((), "x", "a.example") == ("x@mail.a.example",)
    assert rules().emails((), "x", "c.example") == ("x@c.example",)
    assert rules().emails((), "x@y", "a.example") == ("x@y",)
    assert rules().emails((), "x", None) == ("x@localhost",)
    assert rules(system=DomainSettings(mail_domain="m")).emails((), "x", None) == ("x@m",)


def test_domains_see_themselves_and_their_groups() -> None:
    seeing = rules(visibility=(("a.example", "B.EXAMPLE", "unknown"), ("c.example", "a.example")))
    assert set(seeing.visible("a.example")) == {"a.example", "b.example", "c.example"}
    assert set(seeing.visible("b.example")) == {"b.example", "a.example"}
    assert seeing.visible("lonely") == ("lonely",)
    assert seeing.visible(None) == ()


def test_superusers_are_those_of_the_users_domain() -> None:
    made = rules(system=DomainSettings(superusers=frozenset({"admin"})))
    assert made.is_superuser(("root",), "a.example")
    assert not made.is_superuser(("root",), "b.example")
    assert not made.is_superuser(("root",), None)
    assert made.is_superuser(("admin",), None)
    assert not made.is_superuser(("admin",), "a.example")


# --- headers ----------------------------------------------------------------------------------------------------------


def basic(text: str, scheme: str = "Basic ", encoding: str = "utf-8") -> str:
    return scheme + base64.b64encode(text.encode(encoding)).decode()


@pytest.mark.parametrize(
    ("header", "login", "password"),
    [
        (basic("jdoe:secret"), "jdoe", "secret"),
        (basic("jdoe:se:cr:et"), "jdoe", "se:cr:et"),
        (basic("jdoe:"), "jdoe", ""),
        (basic("zoë:pässwörd ☃"), "zoë", "pässwörd ☃"),
        (basic("zoë:pässwörd", encoding="latin-1"), "zoë", "pässwörd"),
        (basic("a:b", "basic   "), "a", "b"),
        (basic("a:b", "GoogleLogin auth="), "a", "b"),
        (basic("a:b").rstrip("="), "a", "b"),
        (basic("ACME\\a:b"), "ACME\\a", "b"),
    ],
)
def test_basic_credentials_are_read(header: str, login: str, password: str) -> None:
    found = parse_basic(header)
    assert found is not None
    assert (found.login, found.password.reveal()) == (login, password)
    assert password not in repr(found) or not password


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Bearer abc",
        "Basic !!!",
        basic("nocolon"),
        basic(":x"),
        "Basic Y",
        "Basic =",
        "x" * 20_000,
        "Digest username=x",
        "GoogleLogin",
        "Basic " + "A" * 100_000,
        "BasicYTpi",
        "Basic YTpi YTpi",
    ],
)
def test_a_malformed_header_is_no_credentials(header: str | None) -> None:
    assert parse_basic(header) is None


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_header_is_credentials_or_none(text: str) -> None:
    parse_basic(text)
    parse_basic("Basic " + text)


def test_a_proxy_is_trusted_only_where_it_is_told_to_be() -> None:
    def decide(
        enabled: bool, user: str | None, kind: str | None = None, header: str | None = None
    ) -> tuple[object, ...]:
        made = trusted_user(enabled=enabled, remote_user=user, auth_type=kind, authorization=header)
        return (made.trust, made.login, made.password.reveal() if made.password else None)

    assert decide(False, "jdoe")[0] is ProxyTrust.NOT_USED
    assert decide(True, None)[0] is ProxyTrust.NOT_USED
    assert decide(True, "  ")[0] is ProxyTrust.ANONYMOUS
    assert decide(True, "jdoe") == (ProxyTrust.USER, "jdoe", None)
    assert decide(True, "jdoe", "Basic", basic("jdoe:secret")) == (ProxyTrust.USER, "jdoe", "secret")
    assert decide(True, "jdoe", "basic", basic("jdoe:secret")) == (ProxyTrust.USER, "jdoe", None)
    assert decide(True, "jdoe", "Basic", basic("other:secret")) == (ProxyTrust.USER, "jdoe", None)
    assert decide(True, "jdoe", "Basic", "Basic !!") == (ProxyTrust.USER, "jdoe", None)


# --- the log ----------------------------------------------------------------------------------------------------------

STOCK = re.compile(
    r"^ sogod \[\d+\]: SOGoRootPage Login from '(?P<host>[\w.:]+)' for user '.*' might not have worked"
    r"( - password policy: \d*  grace: -?\d*  expire: -?\d*  bound: -?\d*)?\s*$"
)
"""What the filter of the distributions accepts once the date is taken off."""
SAMPLE = re.compile(r"Login from '(?P<host>[\w.:]+).*' for user '.*' might not have worked")
MAILCOW = re.compile(r"SOGo.+ Login from '(?P<host>[0-9a-f.:]+)' for user .+ might not have worked")
PREFIX = " sogod [123]: "


def refused(login: str, remote: str = "192.0.2.7", verdict: Verdict = REFUSED) -> str:
    return LoginEvent(False, login, remote, verdict).line()


def test_the_lines_are_those_of_the_original() -> None:
    assert refused("jdoe") == (
        "SOGoRootPage Login from '192.0.2.7' for user 'jdoe' might not have worked - "
        "password policy: 65535  grace: -1  expire: -1  bound: 0"
    )
    assert refused("jdoe", verdict=Verdict(True, policy=5, expire=20, grace=3)).endswith(
        "password policy: 5  grace: 3  expire: 20  bound: 1"
    )
    assert LoginEvent(True, "jdoe", "192.0.2.7", Verdict(True, expire=60)).line() == (
        "SOGoRootPage successful login from '192.0.2.7' for user 'jdoe' - expire = 60  grace = -1"
    )


HOSTILE_NAMES = [
    "x' for user 'y",
    "x\r\nMay 01 00:00:00 sogod [1]: SOGoRootPage Login from '198.51.100.1' for user 'y' might not have worked",
    "Login from '198.51.100.1' for user 'y' might not have worked",
    'a"b`c´d‘e’f',
    "nul\0bell\x07esc\x1b[2J",
    "line\u2028para\u2029next\x85",
    "x" * 10_000,
    "",
    "\ud800",
    "rtl\u202eevil",
]


@pytest.mark.parametrize("login", HOSTILE_NAMES)
def test_a_name_can_neither_forge_nor_hide_a_failure(login: str) -> None:
    line = PREFIX + refused(login)
    assert len(line.splitlines()) == 1
    assert len(line) < 400
    for pattern in (STOCK, SAMPLE, MAILCOW):
        found = pattern.search(line)
        if pattern is MAILCOW and not login:
            continue
        assert found is not None, pattern
        assert found["host"] == "192.0.2.7"
    assert line.count("'") == 4
    line.encode("utf-8")


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_name_leaves_one_line_that_is_banned_for_the_right_address(login: str) -> None:
    line = PREFIX + refused(login)
    found = STOCK.match(line)
    assert found is not None
    assert found["host"] == "192.0.2.7"


def test_a_success_is_no_failure() -> None:
    line = PREFIX + LoginEvent(True, "x' might not have worked", "192.0.2.7", Verdict(True)).line()
    assert not STOCK.search(line)
    assert not SAMPLE.search(line)


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, 10.0.0.1", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.7:5000", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("", "-"),
        ("x' for user", "-"),
        ("10.0.0.1\r\n", "10.0.0.1"),
    ],
)
def test_the_first_address_of_a_chain_is_the_one_to_ban(remote: str, address: str) -> None:
    assert client_address(remote) == address


def test_names_of_people_stay_readable() -> None:
    assert safe_name("Zoë.o'brien@example.com") == "Zoë.obrien@example.com"


# --- counters and what is remembered ----------------------------------------------------------------------------------


class Time:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


async def blocked(counter: FailedLogins, cache: MemoryCache, login: str = "jdoe") -> bool:
    return counter.is_blocked(await cache.get(counter.key(login)))


async def test_too_many_failures_block_for_the_interval_after_the_last() -> None:
    clock, cache = Time(), MemoryCache()
    counter = FailedLogins(FailedLoginSettings(count=3, interval_seconds=10, block_seconds=300), cache, clock)
    for _ in range(2):
        await counter.count("jdoe")
    assert not await blocked(counter, cache)
    await counter.count("JDoe")
    assert await blocked(counter, cache)
    assert not await blocked(counter, cache, "other")
    clock.now += 9
    assert await blocked(counter, cache)
    clock.now += 1
    assert not await blocked(counter, cache)
    await counter.count("jdoe")
    assert await blocked(counter, cache)
    clock.now += 301
    await counter.count("jdoe")
    assert not await blocked(counter, cache)


async def test_the_count_is_kept_as_the_original_keeps_it() -> None:
    clock, cache = Time(), MemoryCache()
    counter = FailedLogins(FailedLoginSettings(count=3), cache, clock)
    await counter.count("jdoe")
    clock.now += 5
    await counter.count("jdoe")
    text = await cache.get("jdoe+failedlogins")
    assert text is not None
    assert json.loads(text) == {"InitialDate": 1_000_000, "LastRequestDate": 1_000_005, "FailedCount": 2}


async def test_no_failure_is_lost_when_many_come_at_once() -> None:
    cache = MemoryCache()
    counter = FailedLogins(FailedLoginSettings(count=3), cache, Time())
    await asyncio.gather(*(counter.count("jdoe") for _ in range(50)))
    assert '"FailedCount": 50' in (await cache.get("jdoe+failedlogins") or "")


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"FailedCount": 9}', '{"InitialDate": "x"}', "9", '"x"'])
async def test_nonsense_in_the_cache_blocks_nobody(text: str) -> None:
    cache = MemoryCache()
    counter = FailedLogins(FailedLoginSettings(count=1), cache, Time())
    assert not counter.is_blocked(text)
    await cache.set("jdoe+failedlogins", text)
    await counter.count("jdoe")
    assert await blocked(counter, cache)


async def test_without_a_limit_nothing_is_counted() -> None:
    cache = MemoryCache()
    counter = FailedLogins(FailedLoginSettings(), cache, Time())
    await counter.count("jdoe")
    assert await cache.get("jdoe+failedlogins") is None


JDOE = User(
    "jdoe@a.example",
    "J",
    ("j@a.example", "jd@a.example"),
    "a.example",
    Record("jdoe", "src", "J", ("j@a.example", "jd@a.example"), "a.example", name="J D", bookings=2, is_resource=True,
           kind="thing", mail_access=False, imap_login="j", dn="cn=J", info="i",
           attributes={"samaccountname": "JD", "jpegphoto": "x" * 1000}),
)  # fmt: skip


def test_a_password_is_remembered_for_a_moment_and_only_that_one() -> None:
    clock = Time()
    cache = PasswordCache(60, clock=clock)
    cache.remember("jdoe", Secret("secret"), JDOE)
    found = cache.find("jdoe", Secret("secret"))
    assert found is not None
    assert found.user is JDOE
    assert cache.find("jdoe", Secret("Secret")) is None
    assert cache.find("jdoes", Secret("ecret")) is None
    assert cache.find("other", Secret("secret")) is None
    clock.now += 60
    assert cache.find("jdoe", Secret("secret")) is None


def test_two_processes_remember_under_different_keys() -> None:
    one, other = PasswordCache(60), PasswordCache(60)
    assert one.digest("a", Secret("b")) != other.digest("a", Secret("b"))
    assert one.digest("ab", Secret("c")) != one.digest("a", Secret("bc"))


async def test_a_user_is_remembered_whole_but_for_attributes_and_rights() -> None:
    shared = MemoryCache()
    writer = UserCache(shared, ttl_seconds=300, negative_seconds=60)
    kept = await writer.put("jdoe", JDOE)
    reader = UserCache(shared, ttl_seconds=300, negative_seconds=60)
    assert await reader.get("jdoe") == Known(kept)
    assert kept is not None
    assert kept.record.attributes == {"samaccountname": "JD"}
    text = await shared.get("jdoe+attributes") or ""
    assert json.loads(text)["emails"] == ["j@a.example", "jd@a.example"]
    assert "password" not in text
    assert "uper" not in text


async def test_a_record_shared_with_the_original_holds_no_empty_login_for_mail() -> None:
    """It takes what is there: an empty c_imaplogin would be the name it shows the mail server."""
    shared = MemoryCache()
    user = User("ann", "Ann", ("ann@a.example",), None, Record("ann", "s", "Ann", ("ann@a.example",)))
    kept = await UserCache(shared, ttl_seconds=300, negative_seconds=60).put("ann", user)
    document = json.loads(await shared.get("ann+attributes") or "")
    assert not {"c_imaplogin", "c_imaphostname", "c_sievehostname", "sAMAccountName", "isGroup"} & set(document)
    assert document["CalendarAccess"] == 1
    assert await UserCache(shared, ttl_seconds=300, negative_seconds=60).get("ann") == Known(kept)


async def test_nobody_is_remembered_too_and_forgotten_sooner() -> None:
    clock = Time()
    shared = MemoryCache(clock=clock)
    cache = UserCache(shared, ttl_seconds=300, negative_seconds=60, clock=clock)
    await cache.put("nobody", None)
    assert await shared.get("nobody+attributes") == "null"
    assert await cache.get("nobody") == Known(None)
    clock.now += 61
    assert await cache.get("nobody") is None
    await cache.put("jdoe", JDOE)
    await cache.forget("jdoe")
    assert await cache.get("jdoe") is None


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "{", '{"c_uid": "jdoe", "emails": ["x"], "password": "da39"}', '{"own": 5}', '"x"', "5"]
)
async def test_what_the_original_wrote_is_read_anew(text: str) -> None:
    shared = MemoryCache()
    await shared.set("jdoe+attributes", text)
    assert await UserCache(shared, ttl_seconds=300, negative_seconds=60).get("jdoe") is None


# --- one question at a time -------------------------------------------------------------------------------------------


async def test_the_same_question_is_asked_once() -> None:
    flight, asked, go = SingleFlight(), [0], asyncio.Event()

    async def ask() -> int:
        asked[0] += 1
        await go.wait()
        return 7

    waiting = [asyncio.create_task(flight.do("key", ask)) for _ in range(20)]
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*waiting) == [7] * 20
    assert asked == [1]
    assert await flight.do("key", ask) == 7
    assert asked == [2]


async def test_one_who_gives_up_takes_nothing_from_the_others() -> None:
    flight, go, ended = SingleFlight(), asyncio.Event(), []

    async def ask() -> int:
        try:
            await go.wait()
        except asyncio.CancelledError:
            ended.append(True)
            raise
        return 7

    first, second = (asyncio.create_task(flight.do("key", ask)) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await second == 7
    go.clear()
    alone = asyncio.create_task(flight.do("key", ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert ended == [True]
    await flight.close()


async def test_a_failed_question_fails_for_all_who_asked() -> None:
    flight = SingleFlight()

    async def ask() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    answers = await asyncio.gather(*(flight.do("key", ask) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError] * 3
