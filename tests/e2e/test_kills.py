"""What everybody stands on is killed while readers and writers are at work: nobody is told anything wrong, and all of it
works again afterwards, without a restart of ours."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.load import LIST, SYNC, assert_all_there, body, write_many
from tests.e2e.server import Server, login, served_database
from tests.support.services import Memcached, PostgreSQL, ServiceError

pytestmark = pytest.mark.services

PATIENCE_SECONDS = 60.0
DATABASE = "kills"
XML = {"Content-Type": "application/xml"}
_TOKEN = re.compile(r"<D:sync-token>([^<]+)</D:sync-token>")
_NAME = re.compile(r"/([^/<]+\.ics)</D:href>")


@dataclass
class Site:
    """A server of one test's own, and what it stands on."""

    server: Server
    postgresql: PostgreSQL
    memcached: Memcached


@pytest.fixture
def site() -> Iterator[Site]:
    with PostgreSQL() as postgresql, Memcached() as memcached:
        database = served_database(postgresql, DATABASE)
        with Server(database, workers=2, memcached_port=memcached.port) as server:
            yield Site(server, postgresql, memcached)
            log = server.log.read_text(errors="replace")
            assert "Traceback" not in log
            assert "never retrieved" not in log


@dataclass
class Readers:
    """Ask for the list again and again while others write, and compare it with what was acknowledged before."""

    server: Server
    user: str
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    answers: int = 0
    refused: int = 0
    broken: int = 0
    wrong: list[str] = field(default_factory=list)

    async def read_on(self, number: int) -> None:
        url = self.server.calendar_url(self.user)
        asked = ("REPORT", SYNC, {}) if number % 2 else ("PROPFIND", LIST, {"Depth": "1"})
        async with aiohttp.ClientSession(headers=login(self.user)) as http:
            while True:
                known = set(self.acknowledged)
                try:
                    async with http.request(asked[0], url, data=asked[1], headers=XML | asked[2]) as answer:
                        self._judge(answer, await answer.text(), known)
                except (aiohttp.ClientError, OSError):
                    self.broken += 1
                    await asyncio.sleep(0.05)

    def _judge(self, answer: aiohttp.ClientResponse, text: str, known: set[str]) -> None:
        if answer.status == 207:
            self.answers += 1
            if not text.rstrip().endswith("</D:multistatus>"):
                self.wrong.append("an answer that is cut and looks whole")
            if missing := known - set(_NAME.findall(text)):
                self.wrong.append(f"{len(missing)} acknowledged objects are missing")
        elif answer.status == 503:
            self.refused += 1
            if "Retry-After" not in answer.headers:
                self.wrong.append("503 without Retry-After")
        else:
            self.wrong.append(f"{answer.status}: {text[:200]}")


@asynccontextmanager
async def reading(server: Server, user: str) -> AsyncIterator[Readers]:
    readers = Readers(server, user)
    tasks = [asyncio.create_task(readers.read_on(number)) for number in range(4)]
    yield readers
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def write_and_disturb(site: Site, count: int, disturb: Callable[[], Awaitable[None]]) -> tuple[Readers, set[int]]:
    """Everything that was acknowledged is there in the end; readers were never told anything else on the way."""
    user = next(site.server.free_users)
    async with aiohttp.ClientSession(headers=login(user)) as http:
        await (await http.get(site.server.calendar_url(user) + "none.ics")).read()
    async with reading(site.server, user) as readers:
        ledger = await write_many(
            site.server, user, count, disturb_after=count // 3, disturb=disturb, acknowledged=readers.acknowledged
        )
    assert len(ledger.acknowledged) == count
    await assert_all_there(site.server, user, ledger)
    assert readers.wrong == []
    assert readers.answers > 0
    return readers, ledger.statuses


async def test_postgresql_killed_under_load_loses_nothing_and_nobody_is_told_less(site: Site) -> None:
    async def kill() -> None:
        await asyncio.to_thread(site.postgresql.kill)
        await asyncio.sleep(1)
        await asyncio.to_thread(start_again, site.postgresql)

    readers, statuses = await write_and_disturb(site, 300, kill)
    assert statuses <= {201, 204, 503}
    assert readers.refused + readers.broken > 0


def start_again(postgresql: PostgreSQL) -> None:
    """What is left of a killed cluster holds its memory for a moment."""
    for _ in range(20):
        with suppress(ServiceError):
            postgresql.start()
            return
    postgresql.start()


async def test_memcached_killed_under_load_is_not_even_noticed(site: Site) -> None:
    async def kill() -> None:
        await asyncio.to_thread(site.memcached.kill)

    readers, statuses = await write_and_disturb(site, 300, kill)
    assert statuses <= {201, 204}
    assert (readers.refused, readers.broken) == (0, 0)
    await check_logins(site.server)
    await asyncio.to_thread(site.memcached.start)
    await check_logins(site.server)


async def check_logins(server: Server) -> None:
    user = next(server.free_users)
    for password, status in (("wrong", 401), (None, 207)):
        headers = login(user) if password is None else {"Authorization": aiohttp.encode_basic_auth(user, password)}
        async with aiohttp.ClientSession(headers=headers) as http:
            url = f"{server.url}/SOGo/dav/{user}/"
            async with http.request("PROPFIND", url, headers={"Depth": "0"}) as answer:
                assert answer.status == status


async def test_all_of_it_killed_at_once_loses_nothing(site: Site) -> None:
    async def kill() -> None:
        await asyncio.to_thread(site.memcached.kill)
        await asyncio.to_thread(site.postgresql.kill)
        await asyncio.to_thread(site.server.kill_worker)
        await asyncio.to_thread(start_again, site.postgresql)
        await asyncio.to_thread(site.memcached.start)

    _, statuses = await write_and_disturb(site, 300, kill)
    assert statuses <= {201, 204, 503}


async def test_workers_do_not_remember_what_a_restored_database_has_not_got(site: Site, tmp_path: Path) -> None:
    user = next(site.server.free_users)
    url = site.server.calendar_url(user)
    async with aiohttp.ClientSession(headers=login(user)) as http:
        await (await http.get(url + "none.ics")).read()
        for number in range(10):
            await put(http, f"{url}{number}.ics", number)
        dump = await asyncio.to_thread(dumped, site.postgresql)
        for number in range(10, 20):
            await put(http, f"{url}{number}.ics", number)
        lost = [await listed(http, url) for _ in range(8)]  # by every worker
        assert all(len(names) == 20 for names, _ in lost)
        await asyncio.to_thread(restore, site.postgresql, dump)
        for number in range(30, 45):
            await put(http, f"{url}{number}.ics", number)
        expected = {f"{number}.ics" for number in (*range(10), *range(30, 45))}
        for _ in range(8):
            names, _ = await listed(http, url)
            assert names == expected
        async with http.request("REPORT", url, data=SYNC.replace(b"<sync-token/>", lost[0][1]), headers=XML) as answer:
            assert answer.status == 403
            assert "valid-sync-token" in await answer.text()


async def put(http: aiohttp.ClientSession, url: str, number: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with http.put(url, data=body(number)) as answer:
                if answer.status in {201, 204}:
                    return
                assert answer.status == 503
            await asyncio.sleep(0.1)


async def listed(http: aiohttp.ClientSession, url: str) -> tuple[set[str], bytes]:
    """The names and the token, over a connection of its own: another worker may have it."""
    async with http.request("REPORT", url, data=SYNC, headers=XML | {"Connection": "close"}) as answer:
        text = await answer.text()
        assert answer.status == 207, text
        return set(_NAME.findall(text)), f"<sync-token>{_TOKEN.findall(text)[-1]}</sync-token>".encode()


def dumped(postgresql: PostgreSQL) -> str:
    where = ["-h", "127.0.0.1", "-p", str(postgresql.port), "-U", postgresql.user]
    program = postgresql._program("pg_dump")
    return subprocess.run([program, *where, DATABASE], check=True, capture_output=True, text=True).stdout


def restore(postgresql: PostgreSQL, dump: str) -> None:
    postgresql.drop_database(DATABASE)
    postgresql.create_database(DATABASE)
    postgresql.sql(dump, DATABASE)
