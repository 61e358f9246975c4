"""litmus, the WebDAV compliance suite, against the running server; what it takes for granted of a file server is in
`litmus_proxy`. A check passes, or `IMPOSSIBLE` says why it cannot, and then it must not pass either."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.e2e.litmus_proxy import LitmusProxy
from tests.e2e.server import PASSWORD, Server

pytestmark = pytest.mark.services

PROGRAMS, PAGES = Path("/usr/libexec/litmus"), "/usr/share/litmus/htdocs"
SECONDS = 240

NESTED = "makes a collection inside a collection, which address books and calendars do not hold"
IN_ITS_PLACE = "puts an object in the place of a collection, where only collections can be"
IMPOSSIBLE = {
    "copymove": {
        "copy_overwrite": IN_ITS_PLACE,
        "copy_coll": NESTED,
        "copy_shallow": f"begins with what copy_coll left behind when it could not go on; and by itself {NESTED}",
        "move": IN_ITS_PLACE,
        "move_coll": NESTED,
    }
}

CHECKS = {"basic": 16, "copymove": 8, "props": 18, "locks": 27}
"""So many checks pass; repetitions of one count once."""

_RESULT = re.compile(r"^ *\d+\. (\w+)\.* (pass|FAIL|SKIPPED|WARNING)\b(.*)$", re.MULTILINE)


@pytest.fixture
async def translated(server: Server) -> AsyncIterator[str]:
    """The address of the proxy in front of the server."""
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", LitmusProxy(server.port).handle)
    async with TestServer(app) as proxy:
        yield str(proxy.make_url("")).rstrip("/")


async def run(suite: str, base: str, user: str, folder: Path) -> str:
    """What a suite prints, a line for each remark. Its debug log stays in `folder`."""
    program = PROGRAMS / suite
    assert program.exists(), "the package litmus is missing: scripts/test installs it"
    command = (str(program), "--htdocs", PAGES, f"{base}/SOGo/dav/{user}/Contacts/", user, PASSWORD)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return said.decode(errors="replace").replace("\r", "\n")


def judged(said: str) -> tuple[set[str], set[str]]:
    """The checks that passed without a warning, and the others. A check that runs several times must pass each time."""
    results = {(name, verdict) for name, verdict, _ in _RESULT.findall(said)}
    failed = {name for name, verdict in results if verdict != "pass"}
    warned = {name for name, _, rest in _RESULT.findall(said) if "warning" in rest}
    return {name for name, _ in results} - failed - warned, failed | warned


@pytest.mark.parametrize("suite", ["basic", "copymove", "props", "locks"])
async def test_every_check_that_is_possible_passes(
    server: Server, user: str, translated: str, tmp_path: Path, suite: str
) -> None:
    said = await run(suite, translated, user, tmp_path)
    passed, failed = judged(said)
    assert "finish" in passed, said
    assert "tests were skipped" not in said, said
    assert failed == set(IMPOSSIBLE.get(suite, {})), said
    assert len(passed) >= CHECKS[suite], said


async def test_litmus_itself_finds_nothing_wrong_with_http(server: Server, user: str, tmp_path: Path) -> None:
    """Without anything between."""
    said = await run("http", server.url, user, tmp_path)
    passed, failed = judged(said)
    assert {"expect100", "finish"} <= passed, said
    assert not failed, said
