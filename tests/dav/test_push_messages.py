"""What push services get, and what becomes of subscriptions when they do not take it.

The house serves DAV over SQLite; the sender runs beside it, and the push service is a real one on loopback.
"""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from sogo.codec.davxml.webdav_push import push
from sogo.dav.tokens import render_token
from sogo.model.folder import FolderKind
from sogo.model.push import Subscription
from sogo.service.lease import Lease, LeaseTimes
from sogo.service.push_sender import GIVE_UP_SECONDS, PushSender, SenderTimes
from sogo.store.pushes import PushLimits
from tests.support.house import Client, House, body, event
from tests.support.push_service import (
    DEEP_CONTENT,
    PATIENCE_SECONDS,
    Delivery,
    P,
    PushService,
    Receiver,
    properties,
)

ANNA = "/SOGo/dav/anna/Calendar/personal/"
HOME = "/SOGo/dav/anna/Calendar/"
QUICK = SenderTimes(delay_seconds=0.05, gap_seconds=0.05, look_seconds=0.05, wait_seconds=0.05, retry_seconds=0.05)


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService.running() as running:
        yield running


@asynccontextmanager
async def sending(house: House, times: SenderTimes = QUICK) -> AsyncIterator[PushSender]:
    sender = PushSender(house.site, render_token, times=times)
    sender.start()
    try:
        yield sender
    finally:
        await sender.close()


@pytest.fixture
async def sender(house: House) -> AsyncIterator[PushSender]:
    async with sending(house) as running:
        yield running


async def register(client: Client, path: str, service: PushService, **options: Any) -> Receiver:
    receiver = Receiver()
    answer = await client("POST", path, receiver.register(service.base, **options), Content_Type="application/xml")
    assert answer.status == 201, answer.text
    return receiver


async def subscriptions(house: House) -> dict[str, Subscription]:
    """By the path at the push service."""
    found = await house.site.pushes.of_home("/Users/anna/Calendar")
    return {"/" + one.resource.reveal().rpartition("/")[2]: one for one in found}


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await true():
            await asyncio.sleep(0.02)


async def fence(anna: Client, service: PushService, name: str = "fence") -> list[Delivery]:
    """All that came before a message of a later change to a device of its own."""
    receiver = await register(anna, ANNA, service)
    await anna.put(f"{ANNA}{name}.ics", event(name))
    before = []
    while (delivery := await service.next()).path != receiver.path:
        before.append(delivery)
    return before


async def test_a_change_of_content_is_told_with_the_new_token(
    house: House, anna: Client, service: PushService, sender: PushSender
) -> None:
    receiver = await register(anna, ANNA, service)
    await anna.put(ANNA + "a.ics", event("a"))
    delivery = await service.next()
    message = delivery.opened(receiver)
    props = await anna.propfind(ANNA, "D:sync-token")
    assert [str(item.tag) for item in message] == [push("topic"), push("content-update")]
    assert message.findtext(f"{P}content-update/{{DAV:}}sync-token") == props.prop_text(ANNA, "{DAV:}sync-token")
    asked = f'<propfind xmlns="DAV:" xmlns:P="{P[1:-1]}"><prop><P:topic/><P:transports/></prop></propfind>'
    offered = await anna("PROPFIND", ANNA, asked, Depth="0")
    assert message.findtext(P + "topic") == offered.prop_text(ANNA, push("topic"))
    headers = delivery.headers
    assert (headers["Content-Encoding"], headers["TTL"], headers["Urgency"]) == ("aes128gcm", "86400", "normal")
    assert len(headers["Topic"]) == 32
    assert headers["Topic"] != message.findtext(P + "topic")
    scheme, _, rest = headers["Authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    claims = json.loads(urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
    transports = offered.prop(ANNA, push("transports"))
    assert transports is not None
    assert (scheme, parts["k"]) == ("vapid", transports.findtext(f"{P}web-push/{P}vapid-public-key"))
    now = house.clock.now.timestamp()
    assert claims["aud"] == service.base
    assert now < claims["exp"] <= now + 24 * 3600
    await anna("DELETE", ANNA + "a.ics")
    assert (await service.next()).opened(receiver).findtext(f"{P}content-update/{{DAV:}}sync-token")


async def test_many_changes_are_few_messages(house: House, anna: Client, service: PushService) -> None:
    async with sending(house, replace(QUICK, delay_seconds=0.5)):
        receiver = await register(anna, ANNA, service)
        await until(lambda: _is_watched(house))
        for number in range(20):
            await anna.put(f"{ANNA}{number}.ics", event(str(number)))
        last = (await anna.propfind(ANNA, "D:sync-token")).prop_text(ANNA, "{DAV:}sync-token")
        tokens = []
        while not tokens or tokens[-1] != last:
            tokens.append((await service.next()).opened(receiver).findtext(f"{P}content-update/{{DAV:}}sync-token"))
        assert len(tokens) < 20


async def _is_watched(house: House) -> bool:
    return house.site.bus.waiters > 0


async def test_properties_are_told_to_who_follows_them(
    house: House, anna: Client, service: PushService, sender: PushSender
) -> None:
    named = await register(anna, ANNA, service, trigger=properties("displayname"))
    everything = await register(anna, ANNA, service, trigger="<content-update/><property-update/>")
    content = await register(anna, ANNA, service)
    document = body("D:propertyupdate", "<D:set><D:prop><D:displayname>Work</D:displayname></D:prop></D:set>")
    assert (await anna("PROPPATCH", ANNA, document)).status == 207
    told = {(delivery := await service.next()).path: delivery for _ in range(2)}
    assert set(told) == {named.path, everything.path}
    for receiver in (named, everything):
        tags = [str(item.tag) for item in told[receiver.path].opened(receiver)]
        assert tags == [push("topic"), push("property-update")]
    colour = body(
        "D:propertyupdate", "<D:set><D:prop><ICAL:calendar-color>#FF0000</ICAL:calendar-color></D:prop></D:set>"
    )
    assert (await anna("PROPPATCH", ANNA, colour)).status == 207
    assert (await service.next()).path == everything.path
    await anna.put(ANNA + "a.ics", event("a"))
    assert {(await service.next()).path, (await service.next()).path} == {everything.path, content.path}


async def test_who_wrote_is_not_told(house: House, anna: Client, service: PushService) -> None:
    own, other = Receiver(), await register(anna, ANNA, service)
    answer = await anna("POST", ANNA, own.register(service.base), Content_Type="application/xml")
    async with sending(house, replace(QUICK, delay_seconds=1.0)):
        await anna.put(ANNA + "a.ics", event("a"), Push_Dont_Notify=f'"{answer.headers["Location"]}"')
        assert (await service.next()).path == other.path
        assert await _is_told(house, own)
        await anna.put(ANNA + "b.ics", event("b"))
        assert {(await service.next()).path, (await service.next()).path} == {own.path, other.path}
        await until(lambda: _is_told(house, own))
    assert service.deliveries.empty()


async def test_homes_tell_of_folders_and_deeper_of_what_is_in_them(
    house: House, anna: Client, service: PushService, sender: PushSender
) -> None:
    await anna("PROPFIND", HOME, Depth="1")
    flat = await register(anna, HOME, service)
    deep = await register(anna, HOME, service, trigger=DEEP_CONTENT)
    assert (await anna("MKCALENDAR", HOME + "work/")).status == 201
    told = {(delivery := await service.next()).path: delivery for _ in range(2)}
    assert set(told) == {flat.path, deep.path}
    token = told[flat.path].opened(flat).findtext(f"{P}content-update/{{DAV:}}sync-token")
    assert token == (await anna.propfind(HOME, "D:sync-token")).prop_text(HOME, "{DAV:}sync-token")
    await anna.put(HOME + "work/a.ics", event("a"))
    assert (await service.next()).path == deep.path
    assert (await anna("DELETE", HOME + "work/")).status == 204
    assert {(await service.next()).path, (await service.next()).path} == {flat.path, deep.path}


async def test_what_changed_while_nobody_sent_is_told_afterwards(
    house: House, anna: Client, service: PushService
) -> None:
    async with sending(house):
        receiver = await register(anna, ANNA, service)
        await anna.put(ANNA + "a.ics", event("a"))
        assert (await service.next()).path == receiver.path
    await anna.put(ANNA + "b.ics", event("b"))
    async with sending(house):
        delivery = await service.next()
        assert delivery.opened(receiver).findtext(f"{P}content-update/{{DAV:}}sync-token")
        await until(lambda: _is_told(house, receiver))
    async with sending(house):
        assert [one.path for one in await fence(anna, service) if one.path == receiver.path][1:] == []


async def _is_told(house: House, receiver: Receiver) -> bool:
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    return state is not None and (await subscriptions(house))[receiver.path].told == str(state.point)


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_is_dropped(
    house: House, anna: Client, service: PushService, sender: PushSender, status: int
) -> None:
    gone, other = await register(anna, ANNA, service), await register(anna, ANNA, service)
    service.answer = lambda delivery: web.Response(status=status) if delivery.path == gone.path else None
    await anna.put(ANNA + "a.ics", event("a"))
    await until(lambda: _is_dropped(house, gone))
    assert set(await subscriptions(house)) == {other.path}


async def _is_dropped(house: House, receiver: Receiver) -> bool:
    return receiver.path not in await subscriptions(house)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_passes_is_tried_again(
    house: House, anna: Client, service: PushService, sender: PushSender, status: int
) -> None:
    receiver = await register(anna, ANNA, service)
    answers = [status, status, 201]
    service.answer = lambda delivery: web.Response(status=answers.pop(0) if answers else 201)
    await anna.put(ANNA + "a.ics", event("a"))
    for _ in range(3):
        assert (await service.next()).path == receiver.path
    await until(lambda: _is_told(house, receiver))
    assert (await subscriptions(house))[receiver.path].failing_since == 0


async def test_a_push_service_is_left_alone_as_long_as_it_says(
    house: House, anna: Client, service: PushService, sender: PushSender
) -> None:
    receiver = await register(anna, ANNA, service)
    service.answer = lambda delivery: (
        web.Response(status=429, headers={"Retry-After": "3600"}) if delivery.path == receiver.path else None
    )
    await anna.put(ANNA + "a.ics", event("a"))
    assert (await service.next()).path == receiver.path
    await until(lambda: _is_failing(house, receiver))
    told = [one.path for one in [*await fence(anna, service), *await fence(anna, service, "again")]]
    assert receiver.path not in told


async def _is_failing(house: House, receiver: Receiver) -> bool:
    return (await subscriptions(house))[receiver.path].failing_since > 0


@pytest.mark.parametrize("status", [302, 400, 401, 403, 413])
async def test_what_is_refused_for_days_is_dropped(
    house: House, anna: Client, service: PushService, status: int
) -> None:
    receiver = await register(anna, ANNA, service, expires="Wed, 01 Jan 2070 00:00:00 GMT")
    service.answer = lambda delivery: web.Response(status=status, headers={"Location": service.base + "/elsewhere"})
    async with sending(house):
        await anna.put(ANNA + "a.ics", event("a"))
        assert (await service.next()).path == receiver.path
        await until(lambda: _is_failing(house, receiver))
    house.clock.sleep(GIVE_UP_SECONDS)
    async with sending(house):
        assert (await service.next()).path == receiver.path
        await until(lambda: _is_dropped(house, receiver))
    assert service.deliveries.empty()


async def test_a_service_that_hangs_delays_nobody_else(
    house: House, anna: Client, service: PushService, sender: PushSender
) -> None:
    hanging, other = await register(anna, ANNA, service), await register(anna, ANNA, service)
    service.hangs_for.add(hanging.path)
    await anna.put(ANNA + "a.ics", event("a"))
    assert (await service.next()).path == other.path


async def test_a_right_that_is_lost_ends_the_subscription(
    house: House, anna: Client, service: PushService, sender: PushSender
) -> None:
    root = house.client("root")
    await register(root, ANNA, service)
    for one in (await subscriptions(house)).values():
        await house.site.pushes.register(replace(one, id="b" * 43, user_id="ben"), PushLimits(100))
        await house.site.pushes.register(replace(one, id="n" * 43, user_id="nobody"), PushLimits(100))
    await anna.put(ANNA + "a.ics", event("a"))
    assert (await service.next()).headers
    await until(lambda: _are_roots(house))
    assert service.deliveries.empty()


async def _are_roots(house: House) -> bool:
    return {one.user_id for one in await house.site.pushes.of_home("/Users/anna/Calendar")} == {"root"}


async def test_no_secret_is_in_the_log(
    house: House, anna: Client, service: PushService, sender: PushSender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    receivers = {status: await register(anna, ANNA, service) for status in (201, 410, 403, 503)}
    statuses = {receiver.path: status for status, receiver in receivers.items()}
    service.answer = lambda delivery: web.Response(status=statuses[delivery.path])
    await anna.put(ANNA + "a.ics", event("a"))
    for _ in range(4):
        await service.next()
    await until(lambda: _is_dropped(house, receivers[410]))
    await until(lambda: _is_failing(house, receivers[403]))
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("sogo"))
    assert "does not get through" in logged
    for one in (await subscriptions(house)).values():
        assert one.id not in logged
        assert one.resource.reveal() not in logged


async def test_one_of_two_sends_and_the_other_goes_on(house: House, anna: Client, service: PushService) -> None:
    receiver = await register(anna, ANNA, service)
    async with sending(house) as second:
        async with sending(house):
            await anna.put(ANNA + "a.ics", event("a"))
            assert (await service.next()).path == receiver.path
        await second.close()
        async with sending(house):
            await anna.put(ANNA + "b.ics", event("b"))
            assert (await service.next()).opened(receiver).findtext(f"{P}content-update/{{DAV:}}sync-token")


async def test_a_lease_is_taken_when_it_stands_still_and_left_in_time(house: House) -> None:
    now = [0.0]
    times = LeaseTimes(renew_seconds=8, valid_seconds=20, stale_seconds=30)
    one, two = (Lease(house.site.pushes, times, lambda: now[0]) for _ in range(2))
    assert await one.look()
    assert not await two.look()
    for _ in range(10):
        now[0] += 8
        assert await one.keep()
        assert not await two.look()
    now[0] += 29
    assert not one.is_held
    assert not await two.look()
    now[0] += 1
    assert await two.look()
    assert not await one.keep()
    assert not one.is_held
    await two.give_up()
    assert await one.look()
