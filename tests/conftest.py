"""For every test: the shared fixtures, the mark of those that start services, and a watch on the event loop.

A callback that keeps the loop busy stops every other client, so a test during which that happened fails. The bounds are
far beyond what a loaded machine does to honest code: two seconds of this thread's own CPU, or ten of waiting.
`tests/house/test_nothing_blocks.py` finds the usual culprits without running anything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator

import pytest

pytest_plugins = ["tests.support.fixtures", "tests.support.bus"]

STARTERS = {
    "sample_server",
    "server",
    "postgresql_server",
    "mariadb_server",
    "ldap_server",
    "memcached_server",
    "dovecot_server",
}

MAX_CPU_SECONDS = 2.0
MAX_WAIT_SECONDS = 10.0

_blocked: list[str] = []
_run = asyncio.Handle._run


def _watched_run(self: asyncio.Handle) -> None:
    cpu, wall = time.thread_time(), time.monotonic()
    try:
        _run(self)
    finally:
        cpu, wall = time.thread_time() - cpu, time.monotonic() - wall
        if cpu > MAX_CPU_SECONDS or wall > MAX_WAIT_SECONDS:
            _blocked.append(f"{self!r} kept the loop for {wall:.1f} s ({cpu:.1f} s of CPU)")


def pytest_configure() -> None:
    asyncio.Handle._run = _watched_run  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts a daemon or a database is a test of services, said or not: scripts/check leaves it out."""
    for item in items:
        if STARTERS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.services)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nothing is left out silently: what was skipped is the last that is said."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"NOT SHOWN: {report.nodeid}: {reason}", red=True, bold=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    _blocked.clear()
    outcome = yield
    if _blocked:
        pytest.fail("the event loop was blocked: " + "; ".join(_blocked), pytrace=False)
    return outcome
