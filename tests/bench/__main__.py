"""Measures a server, or ours and the original side by side, and the floors. `scripts/bench --help` says how."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from statistics import median

from sogo.auth.password import make
from tests.bench import contention, data, load, machine, meetings, shared
from tests.bench.floors import bytes_per_second, floor_server
from tests.bench.load import Measured
from tests.bench.operations import OPERATIONS, Operation, spare_names
from tests.support import original
from tests.support.services import PostgreSQL
from tests.support.site import BOOKED, PASSWORD, USERS
from tests.twin.site import Twins

WARM_SECONDS = 1
QUIET_SECONDS, QUIET_TRIES = 0.5, 360
MIN_REQUESTS, MIN_SLOW = 10, 4
MAX_SECONDS = 30
WARM_REQUESTS, WARM_QUESTIONS = 6, 24
ROOM = "room under contention"
ALL = OPERATIONS + meetings.OPERATIONS + shared.OPERATIONS
DIRECTORY_ENTRIES = 100_000
_COUNT = "SELECT COALESCE(SUM(calls), 0) FROM pg_stat_statements WHERE query !~* '^(begin|commit|rollback|set|reset)'"


@dataclass
class Subject:
    """A server that is measured. `pid` is the parent of its workers, None when it is not ours to look at; `count` tells
    the SQL statements so far."""

    name: str
    base: str
    pid: int | None = None
    database: PostgreSQL | None = None

    def statements(self) -> int:
        return int(self.database.sql(_COUNT, "bench")) if self.database is not None else 0

    def cpu(self) -> float:
        return machine.cpu_seconds(self.pid) if self.pid is not None else 0.0


def first_bytes(found: Sequence[Subject], operations: Sequence[Operation]) -> None:
    """How soon the answers to the largest questions begin, one at a time: the first time, and the median of five more."""
    for operation in operations:
        for one in found if operation.big else ():
            quiet(found)
            request = operation.requests(one.base, "first")[0]
            times = [load.first_byte_ms(one.base, request, PASSWORD) for _ in range(6)]
            print(f"first byte of {operation.name}, {one.name}: {times[0]:.0f} ms, then {median(times[1:]):.0f} ms")


def quiet(found: Sequence[Subject]) -> None:
    """Wait until nobody works any more: a server that was given up on goes on with what it was asked."""
    for _ in range(QUIET_TRIES):
        before = sum(one.cpu() for one in found)
        time.sleep(QUIET_SECONDS)
        if sum(one.cpu() for one in found) - before < QUIET_SECONDS / 20:
            return


def measure(subject: Subject, operation: Operation, connections: int, seconds: int) -> Measured:
    tag = f"{subject.name[:1]}{connections}x"
    requests = list(operation.requests(subject.base, tag))
    if operation.prepare:
        requests = _spare(subject, tag, seconds)
    elif operation.slow:
        seconds = _long_enough(subject.base, requests, connections, seconds, tag)
    elif not requests[0].is_new_each_time:
        load.run(subject.base, requests, password=PASSWORD, connections=connections, seconds=WARM_SECONDS, tag="w")
    cpu, statements = subject.cpu(), subject.statements()
    found = load.run(
        subject.base,
        requests,
        password=PASSWORD,
        connections=connections,
        seconds=seconds,
        tag=f"{tag}{int(cpu * 100)}",
    )
    count = max(1, found.requests)
    return replace(
        found,
        cpu_us=(subject.cpu() - cpu) / count * 1e6 if subject.pid is not None else None,
        statements=(subject.statements() - statements) / count if subject.database is not None else None,
    )


def _long_enough(base: str, requests: Sequence[load.Request], connections: int, seconds: int, tag: str) -> int:
    """Warms up by a few requests, questions by so many that each worker has met each. The seconds in which some more of
    them will be answered, however slow they are."""
    count = WARM_REQUESTS if requests[0].is_new_each_time else WARM_QUESTIONS
    sent = [one.made(f"{tag}warm{number}") for number, one in zip(range(count), cycle(requests), strict=False)]
    took = median(load.first_byte_ms(base, one, PASSWORD) for one in sent) / 1000
    return max(seconds, min(MAX_SECONDS, math.ceil(took * max(MIN_SLOW + 2, connections))))


def _spare(subject: Subject, tag: str, seconds: int) -> list[load.Request]:
    """Objects to delete, more than can be deleted in the time: whoever ends early meets 404."""
    user, names = data.BENCH[0], spare_names(f"{tag}-", 2000 * seconds)
    asyncio.run(data.Filler(subject.base).spare(user, names))
    return [load.Request(user, "DELETE", f"{data.calendar(user, 'spare')}{name}") for name in names]


@contextlib.contextmanager
def subjects(options: argparse.Namespace) -> Iterator[list[Subject]]:
    if options.base:
        yield [Subject("server", options.base.rstrip("/"), options.pid)]
        return
    if not original.is_installed() and not options.ours:
        sys.exit("The original is not here (Debian's package sogo); --ours measures without it.")
    settings = {"shared_preload_libraries": "pg_stat_statements"}
    with PostgreSQL(settings=settings) as database, _twins(database, options.workers) as twins:
        database.sql("CREATE EXTENSION pg_stat_statements", "bench")
        database.sql(_directory_script(), "bench")
        process = twins.ours.process
        assert process is not None
        assert twins.original.process is not None
        found = [Subject("ours", twins.ours.url, process.pid, database)]
        if not options.ours:
            found.append(Subject("original", twins.original.url, twins.original.process.pid, database))
        yield found


def _twins(database: PostgreSQL, workers: int) -> Twins:
    return Twins(database, "bench", workers=workers, source=BOOKED)


def _directory_script() -> str:
    """Rooms, and more people, who cannot log in; indexed by what is asked for as directories are."""
    first = len(USERS) + 1
    password = make(PASSWORD, "ssha512").replace("'", "''")
    rooms = ",".join(
        f"('{room}', '{room}', '{password}', '{room}', '{room}@example.org', 'location', 1)"
        for room in contention.ROOMS
    )
    return (
        f"INSERT INTO sogo_users VALUES {rooms};"
        "CREATE INDEX ON sogo_users (mail); CREATE INDEX ON sogo_users (LOWER(mail)); CREATE INDEX ON sogo_users (LOWER(c_uid));"
        "INSERT INTO sogo_users SELECT 'person' || n, 'person' || n, NULL, 'Person ' || n, 'person' || n || '@example.org' "
        f"FROM generate_series({first}, {DIRECTORY_ENTRIES}) n; ANALYZE sogo_users;"
    )


def run(options: argparse.Namespace) -> None:
    wanted = [one for one in ALL if (not one.big or not options.small) and _is_wanted(one.name, options.only)]
    with subjects(options) as found:
        asyncio.run(_fill(data.Filler(found[0].base), wanted, options))
        if found[0].database is not None:
            found[0].database.sql("ANALYZE", "bench")
            floors(options, found[0].database)
        first_bytes(found, wanted)
        rows = [
            (operation, connections, [_alone(found, one, operation, connections, options.seconds) for one in found])
            for connections in options.concurrency
            for operation in _announced(wanted, found, connections)
        ]
        if _is_wanted(ROOM, options.only):
            rooms(found)
        print_table(rows, found)
        for one in found:
            if one.pid is not None:
                rss, pss = machine.memory_mib(one.pid)
                print(f"{one.name}: memory of the tree after the run: RSS {rss:.0f} MiB, PSS {pss:.0f} MiB")


async def _fill(filler: data.Filler, wanted: Sequence[Operation], options: argparse.Namespace) -> None:
    needs = {one.needs for one in wanted}
    if "basics" in needs:
        await filler.fill(big=not options.small)
    if "meetings" in needs:
        await meetings.fill(filler)
    if "shared" in needs:
        await shared.fill(filler)
    if _is_wanted(ROOM, options.only):
        await contention.fill(filler)


def rooms(found: Sequence[Subject]) -> None:
    for one, room in zip(found, contention.ROOMS, strict=False):
        quiet(found)
        print("\n".join(contention.told(one.name, asyncio.run(contention.book(one.base, room)))), flush=True)


def _alone(found: Sequence[Subject], one: Subject, operation: Operation, connections: int, seconds: int) -> Measured:
    quiet(found)
    return measure(one, operation, connections, seconds)


def _announced(operations: Sequence[Operation], found: Sequence[Subject], connections: int) -> Iterator[Operation]:
    for one in operations:
        print(f"  c={connections} {one.name}", file=sys.stderr, flush=True)
        yield one


def _is_wanted(name: str, only: str) -> bool:
    return not only or any(part.strip() in name for part in only.split(";"))


def floors(options: argparse.Namespace, database: PostgreSQL) -> None:
    with floor_server(database.url("bench"), options.workers) as (base, pid):
        for path in ("/empty", "/select"):
            for connections in options.concurrency:
                before = machine.cpu_seconds(pid)
                one = load.run(
                    base, [load.Request("none", "GET", path)], password="", connections=connections, seconds=2, tag="f"
                )
                cpu = (machine.cpu_seconds(pid) - before) / max(1, one.requests) * 1e6
                print(f"floor {path} c={connections}: {one.per_second:.0f}/s, p50 {one.p50:.2f} ms, CPU {cpu:.0f} us")
    print(f"floor: responses are written at {bytes_per_second() / 1e6:.0f} MB/s\n", flush=True)


def print_table(rows: Sequence[tuple[Operation, int, Sequence[Measured]]], found: Sequence[Subject]) -> None:
    heads = [f"{one.name} /s | p50 | p99 ms | CPU us | SQL" for one in found]
    ratios = " | x /s | x CPU" if len(found) == 2 else ""
    print(f"| operation | c | {' | '.join(heads)}{ratios} |")
    print("|" + "---|" * (2 + 5 * len(found) + (2 if ratios else 0)))
    for operation, connections, measured in rows:
        cells = " | ".join(_cells(one) for one in measured)
        more = f" | {_speed(measured):.1f} | {_cpu(measured):.2f}" if ratios else ""
        print(f"| {operation.name} | {connections} | {cells}{more} |")
    if ratios:
        for connections in sorted({row[1] for row in rows}):
            sound = [row for row in rows if row[1] == connections and all(_is_sound(row[0], one) for one in row[2])]
            print(
                f"\nc={connections}: geometric means over {len(sound)} operations: "
                f"{_mean([_speed(row[2]) for row in sound]):.2f} times the requests, "
                f"{_mean([_cpu(row[2]) for row in sound]):.3f} of the CPU; least: "
                f"{min((_speed(row[2]), row[0].name) for row in sound)}"
            )


def _is_sound(operation: Operation, one: Measured) -> bool:
    """Some answers at least, and none of them a refusal."""
    return not one.failed and one.requests >= (MIN_SLOW if operation.slow else MIN_REQUESTS)


def _cells(one: Measured) -> str:
    failed = f" ({one.failed} failed)" if one.failed else ""
    if one.broken > one.requests:  # a server that closes each connection without a word is counted once a request
        failed += f" ({one.broken} broken)"
    cpu = f"{one.cpu_us:.0f}" if one.cpu_us is not None else "-"
    statements = f"{one.statements:.1f}" if one.statements is not None else "-"
    return f"{one.per_second:.0f}{failed} | {one.p50:.1f} | {one.p99:.1f} | {cpu} | {statements}"


def _speed(measured: Sequence[Measured]) -> float:
    ours, theirs = measured
    return ours.per_second / max(theirs.per_second, 0.01)


def _cpu(measured: Sequence[Measured]) -> float:
    ours, theirs = measured
    return (ours.cpu_us or 0.0) / max(theirs.cpu_us or 0.0, 0.01)


def _mean(values: Sequence[float]) -> float:
    return math.exp(sum(math.log(max(value, 1e-6)) for value in values) / max(1, len(values)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--base", help="measure this server only; its users user001 to user008 have the tests' password"
    )
    parser.add_argument("--pid", type=int, help="with --base: the parent of its workers, for CPU and memory")
    parser.add_argument("--ours", action="store_true", help="without the original")
    parser.add_argument("--small", action="store_true", help="without the calendar of 10,000 events")
    parser.add_argument("--only", default="", help="operations whose names hold one of these texts, with ; between")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="for each measurement")
    parser.add_argument("--concurrency", type=lambda text: [int(part) for part in text.split(",")], default=[1, 16])
    options = parser.parse_args()
    if not load.is_installed():
        sys.exit("This needs wrk (Debian's package of that name).")
    run(options)


if __name__ == "__main__":
    main()
