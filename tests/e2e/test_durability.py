"""What the server acknowledged stays, whatever dies in the middle of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import DATABASES, make_database
from tests.e2e.load import assert_all_there, write_many
from tests.e2e.server import Server

pytestmark = pytest.mark.services


@pytest.fixture(params=DATABASES)
def own_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that a test may hurt."""
    with Server(make_database(request.param, tmp_path_factory.mktemp("e2e"), request), workers=2) as running:
        yield running
        running.keep = request.session.testsfailed > 0


async def test_a_worker_killed_in_the_middle_of_a_thousand_writes_loses_nothing_acknowledged(
    own_server: Server,
) -> None:
    before = await asyncio.to_thread(own_server.worker_pids)
    killed: list[int] = []

    async def kill() -> None:
        killed.append(await asyncio.to_thread(own_server.kill_worker))

    user = next(own_server.free_users)
    ledger = await write_many(own_server, user, 1000, disturb_after=300, disturb=kill)
    assert len(ledger.acknowledged) == 1000
    await assert_all_there(own_server, user, ledger)
    after = await asyncio.to_thread(own_server.wait_for_workers, len(before))
    assert killed[0] not in after


async def test_every_worker_killed_one_after_another_loses_nothing_acknowledged(own_server: Server) -> None:
    async def kill_both() -> None:
        for pid in await asyncio.to_thread(own_server.worker_pids):
            os.kill(pid, 9)

    user = next(own_server.free_users)
    ledger = await write_many(own_server, user, 200, disturb_after=80, disturb=kill_both)
    assert len(ledger.acknowledged) == 200
    await assert_all_there(own_server, user, ledger)


@pytest.mark.parametrize("own_server", ["postgresql", "mariadb"], indirect=True)
async def test_a_database_restarted_under_load_loses_nothing_acknowledged(own_server: Server) -> None:
    async def restart() -> None:
        assert own_server.database.restart is not None
        await asyncio.to_thread(own_server.database.restart)

    user = next(own_server.free_users)
    ledger = await write_many(own_server, user, 600, disturb_after=200, disturb=restart)
    assert len(ledger.acknowledged) == 600
    assert ledger.statuses <= {201, 204, 503}
    await assert_all_there(own_server, user, ledger)
