"""Web sessions: on every database, with a cache that all servers share and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sogo.codec.session_value import DISCARDED, SessionLogin, parse_session_value, render_session_value
from sogo.errors import InvalidData
from sogo.secret import Secret
from sogo.store.memory_cache import MemoryCache
from sogo.store.sessions import SessionStore
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.sessions import open_sessions
from tests.support.stores import Site

USER_KEY = Secret("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKA==")


@pytest.fixture(params=["shared cache", "no cache"])
def cache(request: pytest.FixtureRequest) -> MemoryCache | None:
    return MemoryCache() if request.param == "shared cache" else None


@pytest.fixture
def sessions(site: Site, cache: MemoryCache | None) -> SessionStore:
    return _opened(site, cache)


@pytest.fixture
def elsewhere(site: Site, cache: MemoryCache | None) -> SessionStore:
    """Those of another worker."""
    return _opened(site, cache)


def _opened(site: Site, cache: MemoryCache | None) -> SessionStore:
    opened = open_sessions(site.store, cache)
    assert opened is not None
    return opened


async def _row(site: Site, key: str) -> Mapping[str, object] | None:
    return await site.engine.fetch_one("SELECT * FROM sogo_sessions_folder WHERE c_id = :key", key=key)


async def test_a_login_comes_back_in_every_worker(site: Site, sessions: SessionStore, elsewhere: SessionStore) -> None:
    login = SessionLogin("ada@example.com", Secret("pässword:1"))
    key = await sessions.create(render_session_value(login, USER_KEY))
    assert len(key) == 16
    for one in (sessions, elsewhere):
        value = await one.read(key)
        assert value is not None
        assert parse_session_value(value, USER_KEY) == login
    row = await _row(site, key)
    assert row is not None
    assert (row["c_value"], row["c_creationdate"], row["c_lastseen"]) == (value, site.clock.seconds, site.clock.seconds)
    assert await sessions.create(value) != key


async def test_a_discarded_session_is_over_everywhere(
    site: Site, sessions: SessionStore, elsewhere: SessionStore
) -> None:
    key = await sessions.create("some value")
    assert await elsewhere.read(key) == "some value"
    await sessions.discard(key)
    assert (await sessions.read(key), await elsewhere.read(key), await _row(site, key)) == (None, None, None)
    assert not await elsewhere.touch(key)
    await sessions.discard(key)


async def test_a_reader_that_is_slow_does_not_bring_a_discarded_session_back(
    site: Site, sessions: SessionStore, cache: MemoryCache | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await sessions.create("value")
    if cache is not None:
        await cache.delete(f"session:{key}")
    fetch = site.engine.fetch_one

    async def fetch_and_dawdle(sql: str, /, **values: object) -> Mapping[str, object] | None:
        row = await fetch(sql, **values)
        await sessions.discard(key)
        return row

    monkeypatch.setattr(site.engine, "fetch_one", fetch_and_dawdle)
    assert await sessions.read(key) == "value"
    monkeypatch.undo()
    assert await sessions.read(key) is None


async def test_the_originals_word_for_a_session_that_is_over_is_understood(site: Site, sessions: SessionStore) -> None:
    key = "c2Vzc2lvbiBrZXkh"
    now = site.clock.seconds
    await site.engine.execute("DELETE FROM sogo_sessions_folder WHERE c_id = :key", key=key)
    await site.engine.execute(f"INSERT INTO sogo_sessions_folder VALUES (:key, '{DISCARDED}', {now}, {now})", key=key)
    assert await sessions.read(key) is None


async def test_a_session_of_the_original_is_read(site: Site, sessions: SessionStore) -> None:
    key = "ab/cdEFgh+12345="
    now = site.clock.seconds
    await site.engine.execute("DELETE FROM sogo_sessions_folder WHERE c_id = :key", key=key)
    await site.engine.execute(f"INSERT INTO sogo_sessions_folder VALUES (:key, 'theirs', {now}, {now})", key=key)
    assert await sessions.read(key) == "theirs"
    assert await sessions.read(key.swapcase()) is None


async def test_a_session_in_use_stays_and_an_idle_one_ends(
    site: Site, sessions: SessionStore, cache: MemoryCache | None
) -> None:
    used, idle, touched = [await sessions.create(word) for word in ("used", "idle", "touched")]
    site.clock.sleep(1000)
    if cache is not None:
        await cache.delete(f"session:{used}")  # as when its time in the cache is over
    assert await sessions.read(used) == "used"
    assert await sessions.touch(touched)
    assert await sessions.expire(900) >= 1
    assert [await sessions.read(key) for key in (used, idle, touched)] == ["used", None, "touched"]
    assert await _row(site, idle) is None
    site.clock.sleep(1000)
    assert await sessions.expire(900) == 2
    assert await sessions.read(used) is None


async def test_reading_costs_at_most_one_statement_and_a_note_now_and_then(
    site: Site, sessions: SessionStore, cache: MemoryCache | None
) -> None:
    key = await sessions.create("value")
    with counted_statements() as count:
        for _ in range(10):
            assert await sessions.read(key) == "value"
    assert count.value == (0 if cache is not None else 10)
    site.clock.sleep(100)
    with counted_statements() as count:
        for _ in range(10):
            await sessions.read(key)
    assert count.value == (0 if cache is not None else 11)


@pytest.mark.parametrize(
    "key",
    ["", "x", "'; DROP TABLE sogo_sessions_folder; --", "a" * 300, "ü" * 16, "abcdefgh\0", "abcdefgh\n", "a b c d e f"],
)
async def test_what_is_no_key_finds_nothing_and_asks_nobody(sessions: SessionStore, key: str) -> None:
    with counted_statements() as count:
        assert await sessions.read(key) is None
        assert not await sessions.touch(key)
        await sessions.discard(key)
    assert count.value == 0


@pytest.mark.parametrize("value", ["", DISCARDED, "x" * 5000])
async def test_what_cannot_be_kept_is_refused(sessions: SessionStore, value: str) -> None:
    with pytest.raises(InvalidData):
        await sessions.create(value)


async def test_expiry_takes_any_number(site: Site, sessions: SessionStore) -> None:
    keys: Sequence[str] = [await sessions.create(f"value {number}") for number in range(450)]
    site.clock.sleep(10_000)
    assert await sessions.expire(9000) >= 450
    assert [await sessions.read(key) for key in (keys[0], keys[-1])] == [None, None]
