"""Sharing on every database, in both layouts: the same story, what it costs, and many who give at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sogo.store.sql import open_store
from tests.dav.test_apple_sharing import ASKED, BEN, HERE, answer, given, invited, notices
from tests.dav.test_apple_sharing import share as invite
from tests.dav.test_proxies import GROUPS, hrefs, set_members
from tests.dav.test_sharing import acl, posted, rows
from tests.support.house import D, House, HouseClock, house_over
from tests.support.sharing import CAL, furnish, state_of
from tests.support.stores import DATABASES, base_url, settings_for

HOME = "/SOGo/dav/anna/Calendar/"
NAME = "o'hara \"&quot; &lt;b&gt; @ % :x -- é"
SHARED = "anna:Calendar/shared"
COST = 7
"""The folder, its rows as they were, the lock on it, old rows away and new ones in, and the same of the invitation.
BEGIN and COMMIT are not counted."""


@pytest_asyncio.fixture(
    params=[
        pytest.param(f"{database}-{layout}", marks=[] if database == "sqlite" else [pytest.mark.services])
        for database in DATABASES
        for layout in ("single", "legacy")
    ]
)
async def placed(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    database, layout = request.param.split("-")
    base, _ = base_url(request, database)
    clock = HouseClock()
    store = open_store(replace(settings_for(base, single=layout == "single"), clock=clock))
    await store.start()
    async for house in house_over(store, clock):
        yield house
        for name in ("shared", "more"):
            await house.client("anna")("DELETE", f"{HOME}{name}/")
        await house.site.profiles.update("ben", lambda profile: profile.settings.clear())
    await store.close()


async def test_what_is_shared_is_the_same_on_every_database(placed: House) -> None:
    anna, ben, root = (placed.client(name) for name in ("anna", "ben", "root"))
    await furnish(anna)
    quoted = NAME.replace('"', "&quot;", 1)
    assert (await acl(anna, f'<set-roles user="{quoted}"><PublicViewer/><ObjectCreator/></set-roles>')).status == 204
    assert list((await rows(placed)).values()) == [{"PublicViewer", "ObjectCreator"}]
    assert (await acl(anna, f'<remove-user user="{quoted}"/>')).status == 204
    assert await rows(placed) == {}

    assert (await invite(anna, given(BEN, "read", "It's &lt;ours&gt;"))).status == 200
    [notice] = await notices(ben)
    assert "It's &lt;ours&gt;" in notice.text
    assert (await answer(ben, "accepted")).status == 200
    assert await invited(anna) == {BEN: ("accepted", "read")}
    assert len(await notices(anna, "anna")) == 1
    assert (await ben("PROPFIND", HERE, Depth="1")).status == 207
    members = await root.propfind(GROUPS["read"], "D:group-member-set")
    assert hrefs(members, GROUPS["read"], D + "group-member-set") == ["/SOGo/dav/ben/"]

    assert (await anna("MKCALENDAR", HOME + "more/")).status == 201
    assert (await set_members(anna, "write", "/SOGo/dav/ben/")).status == 207
    for path in (CAL, HOME + "more/"):
        given_now = await placed.site.acl.roles((await state_of(placed, path)).folder)
        assert {role for role in given_now["ben"] if role.startswith("Object")} == {"ObjectCreator", "ObjectEraser"}
    assert (await set_members(anna, "write")).status == 207
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 404
    assert (await rows(placed), await invited(anna), await notices(ben)) == ({}, {}, [])


async def test_giving_a_right_costs_the_same_whoever_has_some_already(placed: House) -> None:
    anna = placed.client("anna")
    await furnish(anna)
    names = ",".join(f"user{number}" for number in range(1000))
    roles = "<PublicModifier/><PrivateModifier/><ConfidentialModifier/><ObjectCreator/><ObjectEraser/>"
    costs = []
    for given_to in ('user="one"', f'users="{names}"', 'user="two"'):
        before = placed.statements
        assert (await acl(anna, f"<set-roles {given_to}>{roles}</set-roles>")).status == 204
        costs.append(placed.statements - before)
    assert costs[0] == costs[2] <= COST
    assert costs[1] < costs[0] + 70
    assert sum(map(len, (await rows(placed)).values())) == 1002 * 5
    before = placed.statements
    assert len(await invited(anna)) == 200
    assert placed.statements - before < 12
    assert (await anna.propfind(CAL, *ASKED, "D:acl")).status == 207
    await placed.site.profiles.update(
        "user7", lambda profile: profile.settings.update(Calendar={"SubscribedFolders": [SHARED]})
    )
    before = placed.statements
    assert (await anna("DELETE", CAL)).status == 204
    assert placed.statements - before < 60
    assert (await placed.site.profiles.load("user7")).settings["Calendar"]["SubscribedFolders"] == []


async def test_of_many_who_give_at_once_one_is_the_last_and_no_row_is_there_twice(placed: House) -> None:
    anna = placed.client("anna")
    await furnish(anna)
    words = ["PublicViewer", "PublicModifier", "PublicResponder", "PublicDAndTViewer"] * 3
    given_now = [acl(anna, f'<set-roles user="ben"><{word}/><ObjectCreator/></set-roles>') for word in words]
    answers = await asyncio.gather(*given_now, posted(placed.client("root"), 'subscribe users="ben"'))
    assert {one.status for one in answers} == {200, 204}
    [(uid, roles)] = (await rows(placed)).items()
    assert (uid, len(roles)) == ("ben", 2)
    folder = (await state_of(placed)).folder
    tables = placed.site.folders._layout.tables(folder)  # type: ignore[attr-defined]
    found = await tables.acl_engine.fetch(
        f"SELECT c_role FROM {tables.acl} WHERE {tables.of_folder()}c_object = :object",
        folder=folder.id, object=folder.acl_object,
    )  # fmt: skip
    assert len(found) == 2
