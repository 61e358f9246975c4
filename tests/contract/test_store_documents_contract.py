"""Profiles, rights and DAV properties on every database and layout."""

from __future__ import annotations

import asyncio
import json

import pytest

from sogo.errors import InvalidData
from sogo.store.interface import Profile
from tests.support.stores import Site

# --- profiles ---------------------------------------------------------------------------------------------------------


async def stored(site: Site, user: str) -> tuple[str | None, str | None]:
    row = await site.engine.fetch_one("SELECT * FROM sogo_user_profile WHERE c_uid = :uid", uid=user)
    assert row is not None
    return row["c_defaults"], row["c_settings"]


async def put_row(site: Site, user: str, defaults: str | None, settings: str | None) -> None:
    await site.engine.execute(
        "INSERT INTO sogo_user_profile (c_uid, c_defaults, c_settings) VALUES (:uid, :defaults, :settings)",
        uid=user,
        defaults=defaults,
        settings=settings,
    )


async def test_a_user_without_a_row_has_an_empty_profile(site: Site) -> None:
    assert await site.store.profiles.load(site.fresh_owner()) == Profile()


async def test_a_profile_comes_back_as_it_was_changed(site: Site) -> None:
    user = site.fresh_owner()

    def change(profile: Profile) -> None:
        profile.defaults["SOGoTimeZone"] = "Europe/Paris"
        profile.settings.setdefault("Calendar", {})["FolderColors"] = {"u:Calendar/personal": "#AABBCC 😀"}

    changed = await site.store.profiles.update(user, change)
    assert await site.store.profiles.load(user) == changed
    defaults, settings = await stored(site, user)
    assert defaults == '{"SOGoTimeZone":"Europe/Paris"}'
    assert settings == '{"Calendar":{"FolderColors":{"u:Calendar/personal":"#AABBCC 😀"}}}'


async def test_unknown_keys_are_kept_and_the_untouched_document_is_not_written(site: Site) -> None:
    user = site.fresh_owner()
    odd = '{ "Weird" : [1, "2", {"x": null}], "CDefaultsSize":65535 }'
    await put_row(site, user, odd, None)
    await site.store.profiles.update(user, lambda profile: profile.settings.update(View="weekview"))
    defaults, settings = await stored(site, user)
    assert defaults == odd
    assert settings == '{"View":"weekview"}'
    await site.store.profiles.update(user, lambda profile: profile.defaults.update(SOGoLanguage="French"))
    defaults, _ = await stored(site, user)
    assert json.loads(defaults or "") == json.loads(odd) | {"SOGoLanguage": "French"}


async def test_a_change_that_changes_nothing_writes_nothing(site: Site) -> None:
    user = site.fresh_owner()
    await site.store.profiles.update(user, lambda profile: None)
    assert await site.engine.fetch("SELECT c_uid FROM sogo_user_profile WHERE c_uid = :uid", uid=user) == []


async def test_property_lists_of_old_rows_are_read_and_rewritten_as_json(site: Site) -> None:
    user = site.fresh_owner()
    await put_row(site, user, '{ Language = French; Days = (MO, "T U"); }', "")
    profile = await site.store.profiles.load(user)
    assert profile.defaults == {"Language": "French", "Days": ["MO", "T U"]}
    await site.store.profiles.update(user, lambda profile: profile.defaults.update(New=True))
    defaults, _ = await stored(site, user)
    assert json.loads(defaults or "") == {"Language": "French", "Days": ["MO", "T U"], "New": True}


@pytest.mark.parametrize("text", ["][", '"text"', "[1]", "[" * 100_000, '{"a":'])
async def test_a_document_that_cannot_be_read_is_empty_and_never_overwritten(site: Site, text: str) -> None:
    user = site.fresh_owner()
    await put_row(site, user, text[:60_000], '{"a":1}')
    assert await site.store.profiles.load(user) == Profile({}, {"a": 1})
    await site.store.profiles.update(user, lambda profile: profile.settings.update(b=2))
    with pytest.raises(InvalidData):
        await site.store.profiles.update(user, lambda profile: profile.defaults.update(b=2))
    assert (await stored(site, user))[0] == text[:60_000]


async def test_no_edit_is_lost_among_many_at_once(site: Site) -> None:
    user = site.fresh_owner()

    async def add(number: int) -> None:
        await site.store.profiles.update(user, lambda profile: profile.settings.update({f"k{number}": number}))

    await asyncio.gather(*(add(number) for number in range(12)))
    profile = await site.store.profiles.load(user)
    assert profile.settings == {f"k{number}": number for number in range(12)}


async def test_an_edit_that_raises_leaves_the_profile_alone(site: Site) -> None:
    user = site.fresh_owner()
    await site.store.profiles.update(user, lambda profile: profile.settings.update(a=1))

    def fail(profile: Profile) -> None:
        profile.settings["a"] = 2
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await site.store.profiles.update(user, fail)
    assert (await site.store.profiles.load(user)).settings == {"a": 1}


async def test_what_json_cannot_hold_is_refused(site: Site) -> None:
    for value in (float("nan"), object(), {1, 2}):
        with pytest.raises(InvalidData):
            await site.store.profiles.update(site.fresh_owner(), lambda p, v=value: p.settings.update(a=v))  # type: ignore[misc]


async def test_a_large_profile_fits(site: Site) -> None:
    user = site.fresh_owner()
    await site.store.profiles.update(user, lambda profile: profile.settings.update(a="é" * 200_000))
    assert (await site.store.profiles.load(user)).settings == {"a": "é" * 200_000}


# --- rights -----------------------------------------------------------------------------------------------------------


async def test_roles_are_replaced_for_one_uid_only(site: Site) -> None:
    folder = await site.fresh_folder()
    assert await site.store.acl.roles(folder) == {}
    await site.store.acl.set_roles(folder, "bob", ["PublicViewer", "ObjectCreator", "PublicViewer"])
    await site.store.acl.set_roles(folder, "<default>", ["PublicDAndTViewer"])
    await site.store.acl.set_roles(folder, "bob", ["PrivateViewer"])
    assert await site.store.acl.roles(folder) == {
        "bob": frozenset({"PrivateViewer"}),
        "<default>": frozenset({"PublicDAndTViewer"}),
    }


async def test_no_role_is_stored_as_the_role_none(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.acl.set_roles(folder, "bob", ["PublicViewer"])
    await site.store.acl.set_roles(folder, "bob", [])
    await site.store.acl.set_roles(folder, "eve", ["Authenticated", "AuthorizedSubscriber", "None"])
    assert await site.store.acl.roles(folder) == {"bob": frozenset({"None"}), "eve": frozenset({"None"})}


async def test_rights_of_several_are_removed_at_once(site: Site) -> None:
    folder, other = await site.fresh_folder(), await site.fresh_folder()
    for each in (folder, other):
        for uid in ("bob", "@group", "eve's"):
            await site.store.acl.set_roles(each, uid, ["PublicViewer"])
    await site.store.acl.remove(folder, ["@group", "eve's", "nobody"])
    await site.store.acl.remove(folder, [])
    assert set(await site.store.acl.roles(folder)) == {"bob"}
    assert len(await site.store.acl.roles(other)) == 3


async def test_rows_are_as_the_original_writes_them(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.acl.set_roles(folder, "bob", ["PublicViewer"])
    tables = site.tables(folder)
    (row,) = await tables.acl_engine.fetch(
        f"SELECT * FROM {tables.acl} WHERE {tables.of_folder()}c_uid = 'bob'", folder=folder.id
    )
    expected = {"c_object": f"/{folder.owner}/Calendar/personal", "c_uid": "bob", "c_role": "PublicViewer"}
    assert dict(row) == expected | ({"c_folder_id": folder.id} if site.single else {})


async def test_two_who_set_rights_at_once_leave_the_roles_of_one(site: Site) -> None:
    folder = await site.fresh_folder()
    sets = [["PublicViewer", "PrivateViewer"], ["PublicModifier", "PrivateModifier"]] * 3
    await asyncio.gather(*(site.store.acl.set_roles(folder, "bob", roles) for roles in sets))
    assert (await site.store.acl.roles(folder))["bob"] in [frozenset(roles) for roles in sets]


# --- properties -------------------------------------------------------------------------------------------------------


async def test_properties_are_kept_by_path_and_user(site: Site) -> None:
    path = f"/Users/{site.fresh_owner()}/Calendar/personal"
    properties = site.store.properties
    await properties.update(path, store={"{DAV:}Name": "<a/>", "{DAV:}name": "<b>é 😀 '%</b>"})
    await properties.update(path, user_id="bob", store={"{DAV:}name": "bob's"})
    assert await properties.load([path, path + "/x"]) == {path: {"{DAV:}Name": "<a/>", "{DAV:}name": "<b>é 😀 '%</b>"}}
    assert await properties.load([path], user_id="bob") == {path: {"{DAV:}name": "bob's"}}
    assert await properties.load([path], user_id="BOB") == {}
    assert await properties.load([]) == {}


async def test_properties_are_replaced_and_removed_together(site: Site) -> None:
    path = f"/Users/{site.fresh_owner()}/Contacts/personal"
    properties = site.store.properties
    await properties.update(path, store={"{x:}a": "1", "{x:}b": "2", "{x:}c": "3"})
    await properties.update(path, store={"{x:}a": "new", "{x:}d": "4"}, remove=["{x:}b", "{x:}missing", "{x:}d"])
    assert await properties.load([path]) == {path: {"{x:}a": "new", "{x:}c": "3", "{x:}d": "4"}}


async def test_a_property_too_long_is_refused_and_nothing_of_the_update_is_kept(site: Site) -> None:
    path = f"/Users/{site.fresh_owner()}/Calendar/personal"
    for bad in ({"{x:}" + "n" * 300: "1"}, {"{x:}big": "x" * 3_000_000}):
        with pytest.raises(InvalidData):
            await site.store.properties.update(path, store={"{x:}good": "1"} | bad)
    assert await site.store.properties.load([path]) == {}
    longest = {"{x:}" + "é" * 251: "é" * 300_000}
    await site.store.properties.update(path, store=longest)
    assert await site.store.properties.load([path]) == {path: longest}


async def test_many_paths_are_loaded_at_once(site: Site) -> None:
    home = f"/Users/{site.fresh_owner()}/Calendar/"
    for number in range(5):
        await site.store.properties.update(f"{home}{number}", store={"{x:}n": str(number)})
    found = await site.store.properties.load([f"{home}{number}" for number in range(900)])
    assert len(found) == 5


async def test_properties_move_are_copied_and_forgotten_with_their_object(site: Site) -> None:
    home, properties = f"/Users/{site.fresh_owner()}/Calendar/personal", site.store.properties
    one, two, three = (f"{home}/{name}.ics" for name in ("one", "two", "three"))
    await properties.update(one, store={"{x:}a": "1", "{x:}b": "2"})
    await properties.update(one, user_id="bob", store={"{x:}a": "bob's"})
    await properties.update(two, store={"{x:}a": "old", "{x:}c": "old"})
    await properties.move(one, two, copy=True)
    assert await properties.load([one, two]) == {path: {"{x:}a": "1", "{x:}b": "2"} for path in (one, two)}
    await properties.move(one, three)
    assert await properties.load([one, three]) == {three: {"{x:}a": "1", "{x:}b": "2"}}
    assert await properties.load([three], user_id="bob") == {three: {"{x:}a": "bob's"}}
    await properties.forget(three)
    assert await properties.load([three]) == await properties.load([three], user_id="bob") == {}
    await properties.forget(home)
    assert list(await properties.load([two])) == [two]
