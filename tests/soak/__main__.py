"""Mixed load on a server of its own with PostgreSQL and memcached, and a verdict. `scripts/soak --help` says how."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections.abc import Sequence

import aiohttp
import asyncpg

from tests.bench.data import ICS, VCF, book, calendar, card, event
from tests.e2e.server import Server, login, served_database
from tests.soak.people import FOLDER, OBJECTS, Person, Tally
from tests.soak.watching import Sample, alarming_lines, complaints, sample
from tests.support.services import Memcached, PostgreSQL
from tests.support.site import USERS

LOOK_SECONDS = 10.0
SLEEP_SECONDS = 0.3
"""Between two steps of a person, on average."""
DATABASE = "soak"
_FOLDER_ID = "SELECT c_folder_id FROM sogo_folder_info WHERE c_path2 = $1 AND c_path LIKE '%/Calendar/' || $2"
_STORED = "SELECT c_name, c_version FROM sogo_store WHERE c_folder_id = $1 AND COALESCE(c_deleted, 0) = 0"
_TOUCH = "UPDATE sogo_store SET c_version = c_version + 1, c_lastmodified = $3 WHERE c_folder_id = $1 AND c_name = $2"


async def fill(base: str, user: str) -> None:
    async with aiohttp.ClientSession(headers=login(user)) as http:
        await (await http.get(base + calendar(user, "personal") + "none.ics")).read()
        for method, path in (("MKCALENDAR", calendar(user)), ("MKCOL", book(user))):
            await (await http.request(method, base + path)).read()
        for number in range(OBJECTS):
            await _put(http, f"{base}{calendar(user)}e{number:04d}.ics", event(f"{user}-{number}", number), ICS)
            await _put(http, f"{base}{book(user)}c{number:04d}.vcf", card(f"{user}-c{number}", number), VCF)


async def _put(http: aiohttp.ClientSession, url: str, text: str, headers: dict[str, str]) -> None:
    async with http.put(url, data=text.encode(), headers=headers) as answer:
        if answer.status >= 300:
            raise RuntimeError(f"PUT {url}: {answer.status}")


async def write_past(url: str, users: Sequence[str], dice: random.Random) -> None:
    """Writes rows as the original does, beside the server: the store first, nothing told to anybody."""
    connection = await asyncpg.connect(url)
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            folder = await connection.fetchval(_FOLDER_ID, dice.choice(users), FOLDER)
            await connection.execute(_TOUCH, folder, f"e{dice.randrange(OBJECTS):04d}.ics", int(time.time()))
            await asyncio.sleep(0.2)
    await connection.close()


async def live(person: Person, until: float, dice: random.Random) -> None:
    while time.monotonic() < until:
        await person.step()
        await asyncio.sleep(dice.expovariate(1 / SLEEP_SECONDS))


async def look(server: Server, database: PostgreSQL, workers: Sequence[int], samples: list[Sample]) -> None:
    began = time.monotonic()
    while True:
        count = await asyncio.to_thread(
            database.sql, f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{DATABASE}'"
        )
        samples.append(sample(time.monotonic() - began, workers, int(count)))
        if len(samples) % 6 == 1:
            print(samples[-1].line(), flush=True)
        await asyncio.sleep(LOOK_SECONDS)


async def check_copies(people: Sequence[Person], url: str, tally: Tally) -> None:
    """The copy a client made of changes, the server's list, and the table itself are one and the same."""
    connection = await asyncpg.connect(url)
    for person in people:
        await person.sync()
        listed = await person.listed()
        folder = await connection.fetchval(_FOLDER_ID, person.user, FOLDER)
        stored = {row["c_name"] for row in await connection.fetch(_STORED, folder)}
        if person.mirror != listed:
            differing = dict(set(person.mirror.items()) ^ set(listed.items()))
            tally.wrong.append(f"{person.user}: the copy differs from the list: {sorted(differing)[:5]}")
        if set(listed) != stored:
            tally.wrong.append(f"{person.user}: the list differs from the table: {sorted(set(listed) ^ stored)[:5]}")
    await connection.close()


async def soak(server: Server, database: PostgreSQL, options: argparse.Namespace) -> list[str]:
    tally, samples, users = Tally(), list[Sample](), USERS[: options.people]
    for user in users:
        await fill(server.url, user)
    workers = server.worker_pids()
    until = time.monotonic() + options.minutes * 60
    async with contextlib.AsyncExitStack() as stack:
        people = [
            await stack.enter_async_context(Person(server.url, user, tally, random.Random(f"{options.seed}{user}")))
            for user in users
        ]
        url = database.url(DATABASE)
        beside = [
            asyncio.create_task(look(server, database, workers, samples)),
            asyncio.create_task(write_past(url, users, random.Random(options.seed))),
        ]
        async with asyncio.TaskGroup() as group:
            for number, person in enumerate(people * 2):
                group.create_task(live(person, until, random.Random(f"{options.seed}{number}")))
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        tally.wrong += [f"beside: {task.exception()!r}" for task in beside if not task.cancelled() and task.exception()]
        await check_copies(people, url, tally)
    print_tally(tally)
    found = [*complaints(samples, workers), *dict.fromkeys(tally.wrong)]
    return found + [f"in the log: {line}" for line in alarming_lines(server.log)]


def print_tally(tally: Tally) -> None:
    total = sum(tally.answers.values())
    print(f"\n{total} answers, {sum(tally.broken.values())} connections that ended early")
    for deed in sorted({deed for deed, _ in tally.answers}):
        counts = {status: count for (name, status), count in sorted(tally.answers.items()) if name == deed}
        print(f"  {deed}: " + ", ".join(f"{status} x {count}" for status, count in counts.items()))
    for name, count in sorted(tally.broken.items()):
        print(f"  broken off: {name} x {count}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--people", type=int, default=12, help="each with two programs")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--folder-memory", type=int, default=4, help="SOGoFolderMemory; so little is filled in minutes, and then level"
    )
    options = parser.parse_args()
    with PostgreSQL() as postgresql, Memcached() as memcached:
        database = served_database(postgresql, DATABASE)
        settings = f"  SOGoFolderMemory = {options.folder_memory};"
        with Server(database, workers=options.workers, memcached_port=memcached.port, settings=settings) as server:
            found = asyncio.run(soak(server, postgresql, options))
    print("\n".join(["", *found[:40], f"{len(found)} complaints" if found else "nothing to complain about"]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
