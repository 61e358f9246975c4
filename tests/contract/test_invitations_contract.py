"""What `store.invitations.InvitationStore` promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sogo.store.invitations import Invitation, State
from tests.support.stores import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


def made(site: Site, user: str, **more: object) -> Invitation:
    owner = site.fresh_owner()
    path = f'/Users/{owner}/Calendar/it\'s "one"'
    return Invitation(path, user, owner, f"n-{owner}-{user}", **{"state": State.OPEN, "created": 5, **more})  # type: ignore[arg-type]


async def test_invitations_are_told_to_the_invited_newest_first_and_replaced_by_newer_ones(site: Site) -> None:
    store, user = site.store.invitations, site.fresh_owner()
    old, new = made(site, user, summary="é <&> '"), made(site, user, created=9)
    await store.put([old, new])
    assert await store.of_user(user) == [new, old]
    assert await store.of_user(user.upper() + "x") == []
    again = Invitation(old.path, user, old.owner, "other", State.DECLINED, created=10)
    await store.put([again])
    assert await store.of_user(user) == [again, new]
    assert await store.on([old.path, new.path, "/Users/nobody/Calendar/x"]) == {
        old.path: {user: again}, new.path: {user: new}
    }  # fmt: skip
    await store.drop(old.path, [user, "nobody"])
    await store.drop(new.path)
    assert await store.of_user(user) == []


async def test_answers_are_told_to_the_owner_until_they_were_read(site: Site) -> None:
    store, user = site.store.invitations, site.fresh_owner()
    for state in State:
        one = made(site, user, state=state)
        await store.put([one])
        answered = state in (State.ACCEPTED, State.DECLINED)
        assert await store.of_owner(one.owner) == ([one] if answered else [])
        await store.tell(one.path, user)
        assert await store.of_owner(one.owner) == []
        assert [item.told for item in await store.of_user(user) if item.path == one.path] == [True]


async def test_of_many_who_note_the_same_at_once_one_is_the_last(site: Site) -> None:
    store, one = site.store.invitations, made(site, "x")
    many = [replace(one, name=f"{one.owner}-{number}") for number in range(8)]
    await asyncio.gather(*(store.put([item]) for item in many))
    assert (await store.on([one.path]))[one.path]["x"] in many


async def test_hundreds_are_noted_at_once_and_begin_now(site: Site) -> None:
    store, folder = site.store.invitations, made(site, "x")
    many = [
        Invitation(folder.path, f"u{number}", folder.owner, f"{folder.owner}-{number}", State.OPEN)
        for number in range(350)
    ]
    await store.put(many)
    found = (await store.on([folder.path]))[folder.path]
    assert len(found) == 350
    assert all(one.created > 0 for one in found.values())
    await store.drop(folder.path, [one.user_id for one in many[:349]])
    assert list((await store.on([folder.path]))[folder.path]) == ["u349"]
