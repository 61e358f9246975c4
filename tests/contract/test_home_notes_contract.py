"""Notes of what homes list, on every database."""

from __future__ import annotations

import asyncio

import pytest

from sogo.model.listing import Noted, changes
from sogo.store.sql import home_notes
from tests.support.stores import Site


async def _noted(site: Site, path: str, present: dict[str, str], user: str = "anna") -> Noted:
    for _ in range(20):
        seen = await site.store.home_notes.load(path, user)
        assert seen is not None
        now = await site.store.home_notes.note(path, user, seen, present)
        if now is not None:
            return now
    raise AssertionError("somebody else was always first")


def path_of(site: Site) -> str:
    return f"/Users/{site.fresh_owner()}/Calendar"


async def test_what_was_noted_is_read_back_as_it_was_told(site: Site) -> None:
    path = path_of(site)
    assert await site.store.home_notes.load(path, "anna") == Noted()
    first = await _noted(site, path, {"a": "1", "b": "1", "é ü": "1"})
    assert await site.store.home_notes.load(path, "anna") == first
    assert sorted(first.members) == ["a", "b", "é ü"]
    assert sorted(member.revision for member in first.members.values()) == [1, 2, 3]
    second = await _noted(site, path, {"a": "2", "é ü": "1"})
    assert await site.store.home_notes.load(path, "anna") == second
    found = changes(second, first.point)
    assert (found.changed, found.removed) == (["a"], ["b"])
    third = await _noted(site, path, {"a": "2", "b": "1", "é ü": "1"})
    assert await site.store.home_notes.load(path, "anna") == third
    assert (changes(third, second.point).changed, changes(third, first.point).removed) == (["b"], [])


async def test_names_that_differ_in_case_are_two(site: Site) -> None:
    noted = await _noted(site, path_of(site), {"Work": "1", "work": "1"})
    assert sorted(noted.members) == ["Work", "work"]


async def test_each_looker_has_notes_of_their_own(site: Site) -> None:
    path = path_of(site)
    await _noted(site, path, {"a": "1"})
    assert await site.store.home_notes.load(path, "ben") == Noted()


async def test_who_looked_too_early_notes_nothing(site: Site) -> None:
    path, notes = path_of(site), site.store.home_notes
    first = await _noted(site, path, {"a": "1"})
    await _noted(site, path, {"a": "2"})
    assert await notes.note(path, "anna", first, {"a": "old"}) is None
    assert await notes.note(path, "anna", Noted(), {"a": "old"}) is None
    seen = await notes.load(path, "anna")
    assert seen is not None
    assert seen.members["a"].state == "2"


async def test_of_many_who_begin_at_once_one_notes_and_no_change_is_lost(site: Site) -> None:
    path, others = path_of(site), [site.another() for _ in range(3)]

    async def begin(store: object, state: str) -> Noted | None:
        return await store.home_notes.note(path, "anna", Noted(), {"a": state})  # type: ignore[attr-defined]

    results = await asyncio.gather(*(begin(store, str(number)) for number, store in enumerate(others)))
    for store in others:
        await store.close()
    assert sum(result is not None for result in results) == 1
    last = await _noted(site, path, {"a": "last"})
    assert last.members["a"].state == "last"
    assert last.point.revision == 2


async def test_a_flood_of_removals_ends_the_older_tokens_and_the_rows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_notes, "MAX_GONE", 3)
    path = path_of(site)
    first = await _noted(site, path, {f"c{number}": "1" for number in range(6)})
    second = await _noted(site, path, {"a": "1"})
    assert second.point.generation == first.point.generation
    third = await _noted(site, path, {"a": "1", "c0": "1"})
    assert third.point.generation != first.point.generation
    assert sorted(third.members) == ["a", "c0"]
    assert await site.store.home_notes.load(path, "anna") == third


async def test_a_site_without_the_table_keeps_no_notes(site: Site) -> None:
    name = home_notes.HOME_MEMBER_NAME
    await site.engine.run(f"ALTER TABLE {name} RENAME TO away")
    try:
        assert await site.store.home_notes.load(path_of(site), "anna") is None
    finally:
        await site.engine.run(f"ALTER TABLE away RENAME TO {name}")
