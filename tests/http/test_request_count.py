"""SOGoMaximumRequestCount, as auth.md §11 tells it."""

from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from sogo.http.request_count import Tally, counted_user, decide
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve

SETTINGS = HttpSettings(max_requests=3, request_interval_seconds=30, request_block_seconds=300)


class DictCache:
    """A cache in a dictionary that everybody shares."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.texts.get(key)

    async def set(self, key: str, value: str, *, ttl_seconds: float | None = None) -> None:
        self.texts[key] = value


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def test_the_first_request_begins_a_tally() -> None:
    assert decide(None, 1000, SETTINGS) == Tally(1000, 1)


def test_beyond_the_count_within_the_interval_it_is_one_too_many() -> None:
    assert decide(Tally(1000, 2), 1029, SETTINGS) == Tally(1000, 3)
    assert decide(Tally(1000, 3), 1029, SETTINGS) is None


def test_the_block_ends_with_the_interval() -> None:
    assert decide(Tally(1000, 3), 1030, SETTINGS) == Tally(1000, 4)


def test_the_tally_begins_anew_after_the_block_time() -> None:
    assert decide(Tally(1000, 99), 1301, SETTINGS) == Tally(1301, 1)


def test_a_tally_from_the_future_is_begun_anew() -> None:
    assert decide(Tally(2000, 99), 1000, SETTINGS) == Tally(1000, 1)


def test_a_tally_is_stored_as_the_original_stores_it() -> None:
    assert Tally(1000, 3).render() == '{"InitialDate": 1000, "RequestCount": 3}'
    assert Tally.parse('{"InitialDate":1000,"RequestCount":3}') == Tally(1000, 3)


@given(st.one_of(st.none(), st.text(), st.sampled_from(["[]", "5", "null", '{"InitialDate": null}', "{}", '"x"'])))
def test_nonsense_in_the_cache_is_forgotten(text: str | None) -> None:
    assert Tally.parse(text) is None


def test_the_user_is_the_first_segment_after_the_handler() -> None:
    assert counted_user("/SOGo/dav/jdoe/Calendar/personal/?x=/y") == "jdoe"
    assert counted_user("/SOGo/dav/j%40doe/") == "j@doe"
    for path in ("/SOGo/", "/SOGo", "/", "", "/SOGo/dav", "/SOGo/dav/", "/SOGo/connect?a/b/c/d"):
        assert counted_user(path) == ""


async def test_users_are_counted_apart_and_refused_with_an_empty_429(serve: Serve) -> None:
    served = await serve(hello, settings=SETTINGS)
    statuses = [(await served.ask("/SOGo/dav/jdoe/"))[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    _, headers, body = await served.ask("/SOGo/dav/jdoe/Calendar/")
    assert body == b""
    assert 1 <= int(headers["retry-after"]) <= 30
    assert (await served.ask("/SOGo/dav/other/"))[0] == 200
    assert (await served.ask("/SOGo/"))[0] == 200


async def test_workers_count_together_through_the_cache(serve: Serve) -> None:
    cache = DictCache()
    workers = [await serve(hello, settings=SETTINGS, cache=cache) for _ in range(2)]
    statuses = [(await workers[turn % 2].ask("/SOGo/dav/jdoe/"))[0] for turn in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert list(cache.texts) == ["jdoe+requestcount"]


async def test_nothing_is_counted_unless_wanted(serve: Serve) -> None:
    cache = DictCache()
    served = await serve(hello, cache=cache)
    await served.ask("/SOGo/dav/jdoe/")
    assert cache.texts == {}
