"""Push subscriptions, and what push has once for a site, on every database."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

import pytest

from sogo.codec.web_push.keys import private_key
from sogo.errors import QuotaExceeded, StoreUnavailable
from sogo.model.folder import SyncPoint
from sogo.model.push import Quiet, Subscription, Triggers
from sogo.secret import Secret
from sogo.store.leases import LeaseState
from sogo.store.pushes import PushLimits
from sogo.store.sql.tables import PUSH_SITE_NAME
from tests.codec.test_web_push import RECEIVER_POINT, octets
from tests.support.stores import Site

LIMITS = PushLimits(20, 30)
CONTENT = Triggers("1")
NAMES = Triggers("", ("{DAV:}displayname", "{urn:x}é😀"))


def subscription(site: Site, owner: str, name: str = "/personal", **changes: object) -> Subscription:
    made = Subscription(
        id=secrets.token_urlsafe(32),
        path=f"/Users/{owner}/Calendar{name}",
        user_id=owner,
        resource=Secret(f"https://push.example/{secrets.token_hex(8)}?é"),
        point=octets(RECEIVER_POINT),
        auth_secret=Secret("BTBZMqHH6r4Tts7J_aSIgg"),
        triggers=CONTENT,
        expires=site.clock.seconds + 1000,
        told="gen-1",
        title="t",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_a_subscription_comes_back_as_it_was_made(site: Site) -> None:
    pushes, owner = site.store.pushes, site.fresh_owner()
    one = subscription(site, owner, triggers=Triggers("infinite", NAMES.properties))
    home = subscription(site, owner, "", triggers=NAMES)
    for wanted in (one, home):
        assert await pushes.register(wanted, LIMITS) == (wanted.id, True)
    assert sorted(await pushes.of_home(home.path), key=lambda found: found.path) == [home, one]
    assert await pushes.of_home(f"/Users/{owner}/Contacts") == []
    assert one.resource.reveal() not in repr(one)
    assert one.id in {found.id for found in await pushes.of_home(home.path)}
    assert {(found.path, found.home, found.edited) for found in await pushes.watched()} >= {
        (one.path, home.path, False), (home.path, home.path, False)
    }  # fmt: skip


async def test_one_resource_is_one_subscription_to_a_collection(site: Site) -> None:
    """Another user who names the same resource changes nothing for the first."""
    pushes, owner, other = site.store.pushes, site.fresh_owner(), site.fresh_owner()
    one = subscription(site, owner)
    await pushes.register(one, LIMITS)
    again = replace(one, id="new", triggers=NAMES, expires=one.expires + 5, auth_secret=Secret("A" * 22), told="gen-9")
    assert await pushes.register(again, LIMITS) == (one.id, False)
    (found,) = await pushes.of_home(f"/Users/{owner}/Calendar")
    assert found == replace(again, id=one.id, told="gen-1")
    elsewhere = replace(one, id=secrets.token_urlsafe(32), path=f"/Users/{owner}/Calendar/work")
    assert await pushes.register(elsewhere, LIMITS) == (elsewhere.id, True)
    foreign = replace(one, id=secrets.token_urlsafe(32), user_id=other)
    assert await pushes.register(foreign, LIMITS) == (foreign.id, True)
    assert {one.auth_secret.reveal() for one in await pushes.of_home(f"/Users/{owner}/Calendar")} == {
        "A" * 22, "BTBZMqHH6r4Tts7J_aSIgg"
    }  # fmt: skip


async def test_a_device_that_registers_twice_at_once_is_one(site: Site) -> None:
    owner, second = site.fresh_owner(), site.another()
    one = subscription(site, owner)
    stores = (site.store, second)
    ids = await asyncio.gather(
        *(stores[number % 2].pushes.register(replace(one, id=f"id{number}-{owner}"), LIMITS) for number in range(8))
    )
    assert len({found for found, _ in ids}) == 1
    assert [is_new for _, is_new in ids].count(True) == 1
    assert len(await site.store.pushes.of_home(f"/Users/{owner}/Calendar")) == 1
    await second.close()


async def test_nobody_has_more_than_the_limits(site: Site) -> None:
    pushes, owner = site.store.pushes, site.fresh_owner()
    ones = [subscription(site, owner) for _ in range(3)]
    for one in ones[:2]:
        await pushes.register(one, PushLimits(2, 30))
    with pytest.raises(QuotaExceeded):
        await pushes.register(ones[2], PushLimits(2, 30))
    assert await pushes.register(ones[0], PushLimits(2, 30)) == (ones[0].id, False)
    with pytest.raises(QuotaExceeded):
        await pushes.register(replace(ones[2], user_id=site.fresh_owner()), PushLimits(2, 2))


async def test_what_is_over_is_gone(site: Site) -> None:
    pushes, owner = site.store.pushes, site.fresh_owner()
    home = f"/Users/{owner}/Calendar"
    one = subscription(site, owner, expires=site.clock.seconds + 10)
    await pushes.register(one, LIMITS)
    site.clock.sleep(10)
    assert await pushes.of_home(home) == []
    assert one.path not in {found.path for found in await pushes.watched()}
    assert not await pushes.unregister(one.id, owner)
    again = replace(one, id=secrets.token_urlsafe(32), expires=site.clock.seconds + 10)
    assert await pushes.register(again, LIMITS) == (again.id, True)


async def test_only_its_user_ends_a_subscription(site: Site) -> None:
    pushes, owner = site.store.pushes, site.fresh_owner()
    one, two, three = (subscription(site, owner) for _ in range(3))
    for wanted in (one, two, three):
        await pushes.register(wanted, LIMITS)
    assert not await pushes.unregister(one.id, site.fresh_owner())
    assert await pushes.unregister(one.id, owner)
    assert not await pushes.unregister(one.id, owner)
    await pushes.drop([two.id, "nobody's"])
    assert [found.id for found in await pushes.of_home(f"/Users/{owner}/Calendar")] == [three.id]
    await pushes.drop_collection(three.path)
    assert await pushes.of_home(f"/Users/{owner}/Calendar") == []


async def test_what_was_told_and_what_failed_is_kept(site: Site) -> None:
    pushes, owner = site.store.pushes, site.fresh_owner()
    one = subscription(site, owner)
    await pushes.register(one, LIMITS)
    await pushes.failed(one.id, 77)
    (found,) = await pushes.of_home(f"/Users/{owner}/Calendar")
    assert found.failing_since == 77
    await pushes.told(one.id, "gen-2", "new", 3)
    (found,) = await pushes.of_home(f"/Users/{owner}/Calendar")
    assert (found.told, found.title, found.edits_told, found.failing_since) == ("gen-2", "new", 3, 0)


async def test_edits_count_for_those_who_follow_these_properties(site: Site) -> None:
    pushes, owner = site.store.pushes, site.fresh_owner()
    content, named, every, quiet = (
        subscription(site, owner, triggers=triggers)
        for triggers in (CONTENT, NAMES, Triggers("1", ()), Triggers("", ()))
    )
    for wanted in (content, named, every, quiet):
        await pushes.register(wanted, LIMITS)
    news = await pushes.news()
    await pushes.note_edit(content.path, ["{urn:x}other"], "", Quiet(owner, frozenset({quiet.id})))
    assert await pushes.news() != news
    edits = {found.id: found.edits for found in await pushes.of_home(f"/Users/{owner}/Calendar")}
    assert edits == {content.id: 0, named.id: 0, every.id: 1, quiet.id: 0}
    await pushes.note_edit(content.path, ["{DAV:}displayname"], "title", Quiet("somebody", everything=True))
    found = {one.id: one for one in await pushes.of_home(f"/Users/{owner}/Calendar")}
    assert {one: found[one].edits for one in found} == {content.id: 0, named.id: 1, every.id: 2, quiet.id: 1}
    assert {one.title for one in found.values()} == {"title"}
    assert [one.edited for one in await pushes.watched() if one.path == content.path] == [True]
    news = await pushes.news()
    await pushes.note_edit(content.path, ["{DAV:}displayname"], "", Quiet(owner, everything=True))
    await pushes.note_edit("/Users/nobody/Calendar/x", ["{DAV:}displayname"], "", None)
    assert await pushes.news() == news


async def test_only_who_was_up_to_date_is_hushed(site: Site) -> None:
    pushes, owner, other = site.store.pushes, site.fresh_owner(), site.fresh_owner()
    one, behind, named, foreign = (
        subscription(site, owner),
        subscription(site, owner, told="gen-0"),
        subscription(site, owner),
        subscription(site, owner, user_id=other),
    )
    for wanted in (one, behind, named, foreign):
        await pushes.register(wanted, LIMITS)
    before, after = SyncPoint("gen", 1), SyncPoint("gen", 2)

    async def told() -> dict[str, str]:
        return {found.id: found.told for found in await pushes.of_home(f"/Users/{owner}/Calendar")}

    await pushes.hush(one.path, Quiet(owner), before, after)
    await pushes.hush(one.path, Quiet(owner, frozenset({named.id, foreign.id, behind.id})), before, after)
    assert await told() == {one.id: "gen-1", behind.id: "gen-0", named.id: "gen-2", foreign.id: "gen-1"}
    await pushes.hush(one.path, Quiet(owner, everything=True), before, after)
    assert await told() == {one.id: "gen-2", behind.id: "gen-0", named.id: "gen-2", foreign.id: "gen-1"}


async def test_all_workers_have_the_same_keys(site: Site) -> None:
    await site.engine.execute(f"DELETE FROM {PUSH_SITE_NAME}")
    stores = [site.another() for _ in range(4)]
    found = await asyncio.gather(*(store.pushes.keys() for store in stores * 2))
    assert len({(keys.vapid.reveal(), keys.topic.reveal()) for keys in found}) == 1
    private_key(octets(found[0].vapid.reveal()))
    assert len(octets(found[0].topic.reveal())) == 32
    assert found[0].vapid.reveal() not in repr(found[0])
    for store in stores:
        await store.close()


async def test_one_at_a_time_has_the_lease(site: Site) -> None:
    stores = [site.another() for _ in range(4)]
    seen = await site.store.pushes.read_lease()
    taken = await asyncio.gather(*(store.pushes.take_lease(seen, f"w{number}") for number, store in enumerate(stores)))
    (held,) = [one for one in taken if one is not None]
    assert held == await site.store.pushes.read_lease() == LeaseState(held.holder, seen.beat + 1)
    renewed = await site.store.pushes.take_lease(held, held.holder)
    assert renewed == LeaseState(held.holder, held.beat + 1)
    assert await stores[0].pushes.take_lease(held, "late") is None
    assert renewed is not None
    assert await stores[0].pushes.take_lease(renewed, "") == LeaseState("", renewed.beat + 1)
    assert (await site.store.pushes.read_lease()).holder == ""
    for store in stores:
        await store.close()


async def test_without_the_tables_a_folder_can_still_be_removed(site: Site) -> None:
    missing = site.store.pushes
    name = site.engine.dialect.quote("sogo_push_subscription")
    await site.engine.run(f"ALTER TABLE {name} RENAME TO sogo_push_elsewhere")
    try:
        await missing.drop_collection("/Users/x/Calendar/y")
        with pytest.raises(StoreUnavailable):
            await missing.watched()
    finally:
        await site.engine.run(f"ALTER TABLE sogo_push_elsewhere RENAME TO {name}")
