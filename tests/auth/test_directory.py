"""All sources as one: who may log in, who is who, what is remembered, and what a source that is away means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sogo.auth.acting import acting
from sogo.auth.directory import SiteDirectory
from sogo.auth.interface import REFUSED, Record, User, UserSource, Verdict
from sogo.auth.login_log import LoginEvent
from sogo.auth.settings import DirectorySettings, DomainSettings, FailedLoginSettings
from sogo.errors import BadCredentials, DirectoryUnavailable, Locked, PasswordPolicy
from sogo.secret import Secret
from sogo.store.memory_cache import MemoryCache


class Source:
    """People in a dictionary, every question noted; `away` makes it unavailable, `gate` makes it wait."""

    def __init__(self, id: str = "people", domain: str | None = None, **people: str) -> None:
        self.id, self.domain, self.display_name = id, domain, id
        self.can_authenticate, self.is_address_book, self.list_requires_dot = True, True, True
        self.acts_as_user = False
        self.peers: list[UserSource] = []
        self.passwords = dict(people)
        self.records = {uid: self.record(uid) for uid in people}
        self.groups: dict[str, list[str]] = {}
        self.verdict = Verdict(bound=True)
        self.asked: list[tuple[str, ...]] = []
        self.away = False
        self.gate: asyncio.Event | None = None

    def record(self, uid: str, *emails: str, **more: object) -> Record:
        return Record(uid, self.id, uid.title(), emails, self.domain, name=uid, **more)  # type: ignore[arg-type]

    async def _note(self, *question: str) -> None:
        self.asked.append(question)
        if self.gate is not None:
            await self.gate.wait()
        if self.away:
            raise DirectoryUnavailable("away")

    def join(self, sources: Sequence[UserSource]) -> None:
        self.peers = [source for source in sources if source is not self]

    async def check(self, login: str, password: Secret) -> Verdict:
        await self._note("check", login)
        right = login in self.passwords and self.passwords[login] == password.reveal()
        if right or self.verdict.bound is False:
            return replace(self.verdict, record=self.records.get(login))
        return REFUSED

    async def find(self, name: str, *, domains: Sequence[str] = ()) -> Record | None:
        await self._note("find", name)
        by_mail = [record for record in self.records.values() if name in record.emails]
        return self.records.get(name) or next(iter(by_mail), None)

    async def entry(self, entry_id: str) -> Record | None:
        return self.records.get(entry_id)

    async def search(self, text: str, *, limit: int, domains: Sequence[str] = ()) -> list[Record]:
        await self._note("search", text)
        return [record for record in self.records.values() if text in record.uid][:limit]

    async def members(self, group: Record) -> list[str]:
        await self._note("members", group.uid)
        return self.groups[group.uid]

    async def change_password(self, login: str, old: Secret | None, new: Secret) -> Verdict:
        await self._note("change", login)
        if login not in self.passwords or (old is not None and self.passwords[login] != old.reveal()):
            return REFUSED
        self.passwords[login] = new.reveal()
        return Verdict(bound=True, record=self.records.get(login))

    async def probe(self) -> None:
        await self._note("probe")

    async def close(self) -> None:
        self.asked.append(("close",))

    def count(self, kind: str) -> int:
        return len([question for question in self.asked if question[0] == kind])


class SlowCache(MemoryCache):
    """Counts the looks at marks, and answers them only while `answer` is set: with what was there when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        self.answer.set()

    async def get_many(self, keys: Sequence[str]) -> dict[str, str]:
        found = await super().get_many(keys)
        self.looks += 1
        self.asked.set()
        await self.answer.wait()
        return found


class Site:
    """A directory with its clock, cache and log at hand."""

    def __init__(self, *sources: Source, cache: MemoryCache | None = None, **settings: object) -> None:
        self.time = 1_000_000.0
        self.cache = cache or MemoryCache(clock=lambda: self.time)
        self.events: list[LoginEvent] = []
        made: list[UserSource] = list(sources)
        self.directory = SiteDirectory(
            DirectorySettings(**settings),  # type: ignore[arg-type]
            made,
            self.cache,
            login_log=self.events.append,
            now=lambda: self.time,
            clock=lambda: self.time,
        )

    async def login(self, login: str, password: str, **options: bool) -> User:
        return await self.directory.authenticate(login, Secret(password), remote="192.0.2.1", **options)

    async def refuses(self, login: str, password: str, error: type[Exception] = BadCredentials) -> bool:
        with pytest.raises(error):
            await self.login(login, password)
        return True


def viewer(domain: str | None) -> User:
    return User("v", "V", ("v@x",), domain, Record("v", "people", "V", (), domain))


DOMAINS = {"a.example": DomainSettings(mail_domain="a.example"), "b.example": DomainSettings(mail_domain="b.example")}

# --- logins -----------------------------------------------------------------------------------------------------------


async def test_the_right_password_gives_the_user() -> None:
    site = Site(Source(jdoe="secret"), system=DomainSettings(mail_domain="x.org", superusers=frozenset({"jdoe"})))
    user = await site.login("jdoe", "secret")
    assert (user.user_id, user.cn, user.emails, user.domain) == ("jdoe", "Jdoe", ("jdoe@x.org",), None)
    assert user.is_superuser
    assert await site.refuses("jdoe", "wrong")
    assert await site.refuses("nobody", "secret")
    assert [event.accepted for event in site.events] == [True, False, False]
    assert {event.remote for event in site.events} == {"192.0.2.1"}


@pytest.mark.parametrize("login", ["anonymous", "freebusy", "", "*", "j*", "jdoe\0", "jdoe\n", "x" * 10_000])
async def test_names_that_are_none_ask_no_source_and_are_logged(login: str) -> None:
    source = Source(jdoe="secret")
    site = Site(source)
    assert await site.refuses(login, "secret")
    assert source.asked == []
    assert [event.accepted for event in site.events] == [False]


@pytest.mark.parametrize("password", ["", "\0", "secret\0", "x" * 5000, "\ud800"])
async def test_passwords_that_are_none_ask_no_source(password: str) -> None:
    source = Source(jdoe="secret")
    assert await Site(source).refuses("jdoe", password)
    assert source.asked == []


async def test_windows_names_and_escaped_at_signs_are_understood() -> None:
    site = Site(Source(**{"jdoe": "secret", "a@b": "secret"}))
    assert (await site.login("ACME\\jdoe", "secret")).user_id == "jdoe"
    assert (await site.login("a%40b", "secret")).user_id == "a@b"


async def test_sources_are_asked_in_their_order_until_one_accepts() -> None:
    first, second, third = Source("1", jdoe="one"), Source("2", jdoe="two"), Source("3", jdoe="two")
    book = Source("book", jdoe="two")
    book.can_authenticate = False
    user = await Site(book, first, second, third).login("jdoe", "two")
    assert user.record.source == "2"
    assert (first.count("check"), second.count("check"), third.count("check"), book.count("check")) == (1, 1, 0, 0)


async def test_a_stranger_takes_the_same_steps_as_a_wrong_password() -> None:
    sources = [Source("1", "a.example", jdoe="one"), Source("2", jdoe="two")]
    site = Site(*sources, domains=DOMAINS, domain_based_uid=True)
    steps = []
    for login in ("jdoe@a.example", "nobody@a.example", "jdoe", "nobody"):
        for source in sources:
            source.asked.clear()
        assert await site.refuses(login, "wrong")
        steps.append([[question[0] for question in source.asked] for source in sources])
    assert steps[0] == steps[1]
    assert steps[2] == steps[3]


async def test_a_user_hidden_by_the_sources_filter_is_refused() -> None:
    source = Source(jdoe="secret")
    source.records.clear()
    assert await Site(source).refuses("jdoe", "secret")


@pytest.mark.parametrize(
    ("verdict", "error"),
    [
        (Verdict(True, policy=5), PasswordPolicy),
        (Verdict(True, policy=2), PasswordPolicy),
        (Verdict(True, grace=0), PasswordPolicy),
        (Verdict(True, policy=1), Locked),
        (Verdict(False, policy=1), Locked),
        (Verdict(False, policy=0), PasswordPolicy),
        (Verdict(False), BadCredentials),
    ],
)
async def test_a_policy_of_the_source_is_told(verdict: Verdict, error: type[Exception]) -> None:
    source = Source(jdoe="secret")
    source.verdict = verdict
    site = Site(source)
    assert await site.refuses("jdoe", "secret", error)
    assert [event.accepted for event in site.events] == [False]
    assert await site.refuses("jdoe", "secret", error)
    assert source.count("check") == 2


@pytest.mark.parametrize("verdict", [Verdict(True, expire=60), Verdict(True, grace=2)])
async def test_a_password_that_ends_soon_still_lets_in(verdict: Verdict) -> None:
    source = Source(jdoe="secret")
    source.verdict = verdict
    assert (await Site(source).login("jdoe", "secret")).user_id == "jdoe"


# --- sources that are away --------------------------------------------------------------------------------------------


async def test_a_source_that_is_away_does_not_make_a_password_wrong() -> None:
    first, second = Source("1", jdoe="one"), Source("2", other="two")
    site = Site(first, second, failed_logins=FailedLoginSettings(count=1))
    first.away = True
    assert await site.refuses("jdoe", "one", DirectoryUnavailable)
    assert (await site.login("other", "two")).user_id == "other"
    assert [event.accepted for event in site.events] == [True]
    first.away = False
    assert (await site.login("jdoe", "one")).user_id == "jdoe"


async def test_a_source_that_is_away_makes_nobody_unknown() -> None:
    first, second = Source("1", jdoe="one"), Source("2", other="two")
    site = Site(first, second)
    first.away = True
    with pytest.raises(DirectoryUnavailable):
        await site.directory.find_user("jdoe")
    assert await site.directory.find_user("other") is not None
    first.away = False
    assert await site.directory.find_user("jdoe") is not None


async def test_a_search_goes_on_without_the_source_that_is_away() -> None:
    first, second = Source("1", ann="x"), Source("2", anna="x")
    site = Site(first, second)
    first.away = True
    assert [user.user_id for user in await site.directory.search_users("ann", viewer=viewer(None), limit=9)] == ["anna"]
    second.away = True
    with pytest.raises(DirectoryUnavailable):
        await site.directory.search_users("ann", viewer=viewer(None), limit=9)


async def test_those_already_in_stay_in_while_the_source_is_away() -> None:
    source = Source(jdoe="secret")
    site = Site(source)
    await site.login("jdoe", "secret")
    source.away = True
    assert (await site.login("jdoe", "secret")).user_id == "jdoe"
    assert await site.refuses("jdoe", "other", DirectoryUnavailable)


# --- what is remembered -----------------------------------------------------------------------------------------------


async def test_a_checked_password_is_not_asked_again_for_a_while() -> None:
    source = Source(jdoe="secret")
    site = Site(source)
    for _ in range(5):
        await site.login("jdoe", "secret")
    assert source.count("check") == 1
    await site.login("jdoe", "secret", use_cache=False)
    assert source.count("check") == 2
    site.time += 61
    await site.login("jdoe", "secret")
    assert source.count("check") == 3


async def test_a_password_changed_elsewhere_works_at_once_and_the_old_one_ends_soon() -> None:
    source = Source(jdoe="old")
    site = Site(source)
    await site.login("jdoe", "old")
    source.passwords["jdoe"] = "new"
    assert (await site.login("jdoe", "new")).user_id == "jdoe"
    assert await site.refuses("jdoe", "old")
    await site.login("jdoe", "new")
    source.passwords["jdoe"] = "newer"
    site.time += 60
    assert await site.refuses("jdoe", "new")


async def test_a_password_changed_through_us_ends_at_once_here_and_within_a_second_elsewhere() -> None:
    source = Source(jdoe="old", ann="x")
    one = Site(source)
    other = Site(source, cache=one.cache)
    for site in (one, other):
        await site.login("jdoe", "old")
        await site.login("jdoe", "old")
        await site.login("ann", "x")
    assert (await one.directory.change_password("jdoe", Secret("old"), Secret("new"))).accepted
    assert await one.refuses("jdoe", "old")
    other.time += 1
    assert await other.refuses("jdoe", "old")
    assert (await other.login("jdoe", "new")).user_id == "jdoe"
    assert (await other.login("ann", "x")).user_id == "ann"


async def test_a_password_changed_through_us_takes_what_the_original_remembers_along() -> None:
    """It would go on with the old password and refuse the new one until its copy has ended."""
    site = Site(Source(jdoe="old"))
    user = await site.directory.authenticate("jdoe", Secret("old"))
    keys = [f"{name}+attributes" for name in ("jdoe", *user.emails)]
    for key in [*keys, "somebody+attributes"]:
        await site.cache.set(key, '{"password": "..."}')
    assert (await site.directory.change_password("jdoe", Secret("old"), Secret("new"))).accepted
    assert set(await site.cache.get_many([*keys, "somebody+attributes"])) == {"somebody+attributes"}


async def test_a_change_while_marks_are_being_read_is_not_overlooked() -> None:
    cache = SlowCache()
    site = Site(Source(jdoe="old"), cache=cache)
    await site.login("jdoe", "old")
    cache.answer.clear()
    reading = asyncio.create_task(site.login("jdoe", "old"))
    await cache.asked.wait()
    assert (await site.directory.change_password("jdoe", Secret("old"), Secret("new"))).accepted
    cache.answer.set()
    await reading
    assert await site.refuses("jdoe", "old")


async def test_marks_of_a_remembered_login_are_looked_up_once_a_second_at_most() -> None:
    cache = SlowCache()
    site = Site(Source(jdoe="a", ann="b"), cache=cache, failed_logins=FailedLoginSettings(count=3))
    for _ in range(2):
        await site.login("jdoe", "a")
        await site.login("ann", "b")
    looked = cache.looks
    for _ in range(50):
        await site.login("jdoe", "a")
        await site.login("ann", "b")
    assert cache.looks == looked
    site.time += 1
    for _ in range(50):
        await site.login("jdoe", "a")
        await site.login("ann", "b")
    assert cache.looks == looked + 1


async def test_a_refused_change_changes_nothing() -> None:
    source = Source(jdoe="old")
    site = Site(source)
    for login, old in (("jdoe", "wrong"), ("nobody", "old"), ("anonymous", "old"), ("*", "old")):
        assert not (await site.directory.change_password(login, Secret(old), Secret("new"))).accepted
    assert (await site.login("jdoe", "old")).user_id == "jdoe"


async def test_no_password_leaves_the_process() -> None:
    site = Site(Source(jdoe="secret-words"), failed_logins=FailedLoginSettings(count=3))
    await site.login("jdoe", "secret-words")
    await site.refuses("jdoe", "other-words")
    stored = [await site.cache.get(f"jdoe+{kind}") or "" for kind in ("attributes", "failedlogins", "dn")]
    assert not [text for text in stored if "words" in text or "password" in text]


async def test_the_same_login_of_a_whole_device_is_checked_once() -> None:
    source = Source(jdoe="secret")
    source.gate = asyncio.Event()
    site = Site(source)
    logins = [asyncio.create_task(site.login("jdoe", "secret")) for _ in range(20)]
    wrong = [asyncio.create_task(site.login("jdoe", "wrong")) for _ in range(20)]
    await asyncio.sleep(0)
    source.gate.set()
    assert {user.user_id for user in await asyncio.gather(*logins)} == {"jdoe"}
    refused = await asyncio.gather(*wrong, return_exceptions=True)
    assert {type(error) for error in refused} == {BadCredentials}
    assert source.count("check") == 2
    assert len(site.events) == 40


async def test_people_and_strangers_are_looked_up_once() -> None:
    source = Source(jdoe="secret")
    site = Site(source)
    for _ in range(3):
        assert await site.directory.find_user("jdoe") is not None
        assert await site.directory.find_user("nobody") is None
    assert source.count("find") == 2
    source.records["nobody"] = source.record("nobody")
    site.time += 61
    assert await site.directory.find_user("nobody") is not None
    assert await site.directory.find_user("jdoe") is not None
    assert source.count("find") == 3
    site.time += 301
    assert await site.directory.find_user("jdoe") is not None
    assert source.count("find") == 4


async def test_a_remembered_superuser_is_one_by_the_settings_not_by_the_cache() -> None:
    source = Source(jdoe="secret")
    ruler = Site(source, system=DomainSettings(superusers=frozenset({"jdoe"})))
    plain = Site(source, cache=ruler.cache)
    for site, expected in ((ruler, True), (plain, False), (ruler, True)):
        user = await site.directory.find_user("jdoe")
        assert user is not None
        assert user.is_superuser is expected


# --- too many failures ------------------------------------------------------------------------------------------------


async def test_after_too_many_failures_even_the_right_password_waits() -> None:
    source = Source(jdoe="secret")
    site = Site(source, failed_logins=FailedLoginSettings(count=3, interval_seconds=10, block_seconds=300))
    await site.login("jdoe", "secret")
    for number in range(3):
        assert await site.refuses("jdoe", f"wrong{number}")
    asked = source.count("check")
    assert await site.refuses("jdoe", "secret", Locked)
    assert await site.refuses("JDOE", "secret", Locked)
    assert source.count("check") == asked
    assert site.events[-1].verdict == Verdict(False, policy=1)
    site.time += 11
    assert (await site.login("jdoe", "secret")).user_id == "jdoe"


async def test_a_block_reaches_other_workers_within_a_second_and_one_of_the_original_within_five() -> None:
    source = Source(jdoe="secret", ann="x")
    one = Site(source, failed_logins=FailedLoginSettings(count=1))
    other = Site(source, cache=one.cache, failed_logins=FailedLoginSettings(count=1))
    for name, password in (("jdoe", "secret"), ("ann", "x")) * 2:
        await other.login(name, password)
    assert await one.refuses("jdoe", "wrong")
    other.time += 1
    assert await other.refuses("jdoe", "secret", Locked)
    count = {"InitialDate": int(other.time), "LastRequestDate": int(other.time), "FailedCount": 1}
    await other.cache.set("ann+failedlogins", json.dumps(count))
    other.time += 5
    assert await other.refuses("ann", "x", Locked)


async def test_a_hundred_passwords_at_once_are_no_way_around_the_limit() -> None:
    source = Source(jdoe="secret", ann="x")
    site = Site(source, failed_logins=FailedLoginSettings(count=3))
    guesses = [site.login("jdoe", f"guess{number}") for number in range(100)]
    answers = await asyncio.gather(*guesses, site.login("ann", "x"), return_exceptions=True)
    assert source.count("check") == 4
    assert [type(answer) for answer in answers].count(Locked) == 97
    assert isinstance(answers[-1], User)


async def test_a_right_password_that_must_be_changed_is_no_failure() -> None:
    source = Source(jdoe="secret")
    source.verdict = Verdict(True, policy=5)
    site = Site(source, failed_logins=FailedLoginSettings(count=1))
    for _ in range(3):
        assert await site.refuses("jdoe", "secret", PasswordPolicy)


# --- domains ----------------------------------------------------------------------------------------------------------


def two_domains(**settings: object) -> tuple[Site, Source, Source]:
    a, b = Source("a", "a.example", jdoe="in a", ann="x"), Source("b", "b.example", jdoe="in b", bob="x")
    return Site(a, b, domains=DOMAINS, **settings), a, b  # type: ignore[arg-type]


async def test_the_same_name_in_two_domains_is_two_users() -> None:
    site, _, b = two_domains(domain_based_uid=True)
    assert (await site.login("jdoe@a.example", "in a")).user_id == "jdoe@a.example"
    assert (await site.login("jdoe@B.example", "in b")).user_id == "jdoe@b.example"
    assert await site.refuses("jdoe@b.example", "in a")
    assert (await site.login("jdoe", "in b")).user_id == "jdoe@b.example"
    assert b.asked
    found = await site.directory.find_user("jdoe@b.example")
    assert found is not None
    assert (found.user_id, found.domain, found.email) == ("jdoe@b.example", "b.example", "jdoe@b.example")


async def test_a_user_id_means_the_uid_before_an_address() -> None:
    site, a, _ = two_domains(domain_based_uid=True)
    a.records["ann"] = a.record("ann", "jdoe@a.example")
    found = await site.directory.find_user("jdoe@a.example")
    assert found is not None
    assert found.user_id == "jdoe@a.example"
    a.records["ann"] = a.record("ann", "someone@a.example")
    by_mail = await site.directory.find_user("someone@a.example")
    assert by_mail is not None
    assert by_mail.user_id == "ann@a.example"


async def test_a_source_without_a_domain_takes_it_from_the_login() -> None:
    source = Source(**{"jdoe": "secret", "jdoe@a.example": "secret"})
    source.records["jdoe@a.example"] = source.record("jdoe")
    site = Site(source, domains=DOMAINS, domain_based_uid=True)
    user = await site.login("jdoe@a.example", "secret")
    assert (user.user_id, user.domain) == ("jdoe@a.example", "a.example")
    assert await site.refuses("jdoe", "secret")


async def test_login_domains_are_dropped_from_the_name() -> None:
    site, _, _ = two_domains(login_domains=("a.example", "b.example"))
    user = await site.login("ann@a.example", "x")
    assert (user.user_id, user.domain) == ("ann", "a.example")
    assert await site.refuses("ann@b.example", "x")
    assert (await site.login("ann", "x")).user_id == "ann"
    found = await site.directory.find_user("bob@b.example")
    assert found is not None
    assert found.user_id == "bob"


async def test_unknown_domains_are_not_let_in_where_that_is_forbidden() -> None:
    site, a, b = two_domains(forbid_unknown_domains=True, domain_based_uid=True, allowed_domains=("c.example",))
    assert await site.refuses("jdoe@evil.example", "in a")
    assert await site.refuses("jdoe", "in a")
    assert a.asked == b.asked == []
    assert (await site.login("jdoe@a.example", "in a")).user_id == "jdoe@a.example"


async def test_people_and_books_of_other_domains_are_seen_only_where_allowed() -> None:
    async def seen(site: Site, domain: str | None) -> tuple[list[str], list[str]]:
        users = await site.directory.search_users("", viewer=viewer(domain), limit=9)
        return [user.user_id for user in users], [book.id for book in site.directory.address_books(viewer(domain))]

    a, b, everywhere = Source("a", "a.example", ann="x"), Source("b", "b.example", bob="x"), Source("e", eve="x")
    apart = Site(a, b, everywhere, domains=DOMAINS)
    assert await seen(apart, "a.example") == (["ann", "eve"], ["a", "e"])
    assert await seen(apart, None) == (["ann", "bob", "eve"], ["a", "b", "e"])
    friends = Site(a, b, everywhere, domains=DOMAINS, visibility=(("a.example", "b.example"),))
    assert await seen(friends, "a.example") == (["ann", "bob", "eve"], ["a", "b", "e"])
    b.is_address_book = False
    assert (await seen(friends, "a.example"))[1] == ["a", "e"]


async def test_a_search_is_sorted_cut_and_without_repeats() -> None:
    first, second = Source("1", bea="x", abe="x"), Source("2", abe="x", cia="x")
    site = Site(first, second)
    found = await site.directory.search_users("", viewer=viewer(None), limit=2)
    assert [(user.user_id, user.record.source) for user in found] == [("abe", "1"), ("bea", "1")]


# --- people and groups ------------------------------------------------------------------------------------------------


async def test_users_are_found_by_every_name_they_have() -> None:
    source = Source(jdoe="x")
    source.records["jdoe"] = source.record("jdoe", "j@x.org", "jd@x.org")
    site = Site(source)
    for name in ("jdoe", "j@x.org", "jd%40x.org", "@jdoe"):
        user = await site.directory.find_user(name)
        assert user is not None, name
        assert (user.user_id, user.email) == ("jdoe", "j@x.org")
    for name in ("", "@", "*", "j*", "\0", "x" * 5000, "nobody"):
        assert await site.directory.find_user(name) is None


async def test_the_public_user_is_nobodys_account() -> None:
    source = Source(anonymous="x")
    user = await Site(source).directory.find_user("anonymous")
    assert user is not None
    assert (user.cn, user.emails, user.is_superuser) == ("Public User", ("anonymous",), False)
    assert source.asked == []


async def test_every_kind_of_source_is_told_of_the_others() -> None:
    """Members of a group may live in another source, whatever kind both are."""
    first, second = Source("first"), Source("second")
    Site(first, second)
    assert (first.peers, second.peers) == ([second], [first])


async def test_a_login_is_kept_for_the_request_only_where_a_source_asks_with_its_rights() -> None:
    for acts in (False, True):
        source = Source(jdoe="secret")
        source.acts_as_user = acts
        site = Site(source)
        acting.set(None)
        await site.login("jdoe", "secret")
        kept = acting.get()
        assert (kept.login if kept is not None else None) == ("jdoe" if acts else None)
    acting.set(None)


async def test_members_of_a_group_are_user_ids_and_remembered() -> None:
    source = Source("a", "a.example", staff="x")
    source.records["staff"] = source.record("staff", "staff@a.example", is_group=True)
    source.groups["staff"] = ["ann", "bob@a.example", "odd,name"]
    site = Site(source, domains=DOMAINS, domain_based_uid=True)
    group = await site.directory.find_user("@staff@a.example")
    assert group is not None
    for _ in range(3):
        assert await site.directory.group_members(group.record) == ["ann@a.example", "bob@a.example"]
    assert source.count("members") == 1
    assert await site.cache.get("staff+a.example") == "ann@a.example,bob@a.example"
    gone = Record("g", "no-such-source", "G", (), None, is_group=True)
    assert await site.directory.group_members(gone) == []


async def test_in_which_groups_somebody_is_costs_the_source_one_question_each() -> None:
    source = Source("a", "a.example", staff="x")
    for name, members in (("staff", ["ann", "bob"]), ("board", ["bob"])):
        source.records[name] = source.record(name, f"{name}@a.example", is_group=True)
        source.groups[name] = members
    site = Site(source, domains=DOMAINS, domain_based_uid=True)
    asked = {"@staff@a.example", "@board@a.example", "@nowhere@a.example", "@"}
    for _ in range(3):
        assert await site.directory.member_of("ann@a.example", asked) == {"@staff@a.example"}
        assert await site.directory.member_of("bob@a.example", asked) == {"@staff@a.example", "@board@a.example"}
        assert await site.directory.member_of("ann", asked) == frozenset()
    assert source.count("members") == 2
    assert await site.directory.member_of("ann@a.example", ()) == frozenset()


async def test_closing_closes_the_sources() -> None:
    source = Source()
    await Site(source).directory.close()
    assert source.asked == [("close",)]
