"""Push messages of the real daemon, two workers on each database: whoever writes, through whichever worker, and also
what happened while nobody served."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.conftest import DATABASES, make_database
from tests.e2e.server import Server, login, sqlite_database
from tests.support.house import event
from tests.support.push_service import Delivery, P, PushService, Receiver, properties

SETTINGS = '  SOGoWebDAVPushAllowedNetworks = ("127.0.0.0/8");\n  SOGoWebDAVPushContact = "mailto:push@example.org";'


@pytest.fixture(params=DATABASES)
async def pushing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    database = make_database(request.param, tmp_path_factory.mktemp("push"), request)
    server = Server(database, settings=SETTINGS)
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


class Device:
    """A program of a user, each request over a connection of its own, so that both workers are asked."""

    def __init__(self, server: Server, user: str) -> None:
        self._server, self.user = server, user
        self.calendar = server.calendar_url(user)

    async def __call__(self, method: str, url: str, body: str = "", **headers: str) -> aiohttp.ClientResponse:
        sent = login(self.user) | {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
            session.request(method, url, data=body.encode(), headers=sent) as answer,
        ):
            await answer.read()
            return answer

    async def register(self, service: PushService, **options: str) -> Receiver:
        receiver = Receiver()
        answer = await self("POST", self.calendar, receiver.register(service.base, **options), Content_Type="text/xml")
        assert answer.status == 201
        return receiver

    async def token(self) -> str:
        body = '<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>'
        headers = login(self.user) | {"Depth": "0"}
        async with (
            aiohttp.ClientSession() as session,
            session.request("PROPFIND", self.calendar, data=body, headers=headers) as answer,
        ):
            text = await answer.text()
        return text.partition("sync-token>")[2].partition("<")[0]


def the_original_writes(server: Server, user: str, name: str) -> None:
    """A row as SOGo 5 makes it, past everything of ours."""
    now, content = int(time.time()), event(name).replace("\r\n", "\n")
    server.database.run(
        "INSERT INTO sogo_store (c_folder_id, c_name, c_content, c_creationdate, c_lastmodified, c_version, c_deleted) "
        f"SELECT c_folder_id, '{name}.ics', '{content}', {now}, {now}, 0, 0 FROM sogo_folder_info "
        f"WHERE c_path = '/Users/{user}/Calendar/personal';"
    )


async def token_in(service: PushService, receiver: Receiver) -> str | None:
    delivery: Delivery = await service.next()
    assert delivery.path == receiver.path
    return delivery.opened(receiver).findtext(f"{P}content-update/{{DAV:}}sync-token")


@pytest.mark.services
async def test_devices_hear_of_every_write(pushing: Server) -> None:
    user = next(pushing.free_users)
    device = Device(pushing, user)
    async with PushService.running() as service:
        receiver = await device.register(service)
        for number in range(3):
            answer = await device(
                "PUT", f"{device.calendar}{number}.ics", event(str(number)), Content_Type="text/calendar"
            )
            assert answer.status == 201
            while await token_in(service, receiver) != await device.token():
                pass
        the_original_writes(pushing, user, "original")
        assert await token_in(service, receiver) == await device.token()
        await asyncio.to_thread(pushing.stop)
        the_original_writes(pushing, user, "while-away")
        await asyncio.to_thread(pushing.start)
        assert await token_in(service, receiver) == await device.token()
        assert service.deliveries.empty()


@pytest.mark.services
async def test_an_edit_through_any_worker_is_told_to_who_follows_properties(pushing: Server) -> None:
    device = Device(pushing, next(pushing.free_users))
    async with PushService.running() as service:
        receiver = await device.register(service, trigger=properties("displayname"))
        for number in range(4):
            body = (
                '<propertyupdate xmlns="DAV:"><set><prop>'
                f"<displayname>Name {number}</displayname></prop></set></propertyupdate>"
            )
            assert (await device("PROPPATCH", device.calendar, body)).status == 207
            message = (await service.next()).opened(receiver)
            assert [str(item.tag) for item in message] == [P + "topic", P + "property-update"]


@pytest.mark.services
async def test_without_triggers_the_clock_does(tmp_path: Path) -> None:
    settings = f"{SETTINGS}\n  SOGoChangeTracking = off;"
    server = Server(sqlite_database(tmp_path), settings=settings)
    await asyncio.to_thread(server.start)
    try:
        user = next(server.free_users)
        device = Device(server, user)
        async with PushService.running() as service:
            receiver = await device.register(service)
            answer = await device("PUT", f"{device.calendar}a.ics", event("a"), Content_Type="text/calendar")
            assert answer.status == 201
            assert await token_in(service, receiver)
            the_original_writes(server, user, "original")
            assert await token_in(service, receiver)
    finally:
        await asyncio.to_thread(server.stop)


@pytest.mark.services
async def test_when_all_workers_are_killed_another_one_goes_on(tmp_path: Path) -> None:
    """Nobody gave up the lease, so it has to stand still for its time first."""
    server = Server(sqlite_database(tmp_path), settings=SETTINGS)
    await asyncio.to_thread(server.start)
    try:
        user = next(server.free_users)
        device = Device(server, user)
        async with PushService.running() as service:
            receiver = await device.register(service)
            assert (
                await device("PUT", f"{device.calendar}a.ics", event("a"), Content_Type="text/calendar")
            ).status == 201
            assert await token_in(service, receiver) == await device.token()
            for pid in server.worker_pids():
                os.kill(pid, signal.SIGKILL)
            the_original_writes(server, user, "orphan")
            delivery = await service.next(patience_seconds=120)
            assert delivery.path == receiver.path
    finally:
        await asyncio.to_thread(server.stop)
