"""The original's table of e-mail alarms, on every database."""

from __future__ import annotations

from dataclasses import replace

from sogo.store.alarms import AlarmRow
from sogo.store.sql import open_store
from tests.support.stores import Site


def row(site: Site, owner: str, **changes: object) -> AlarmRow:
    made = AlarmRow(f"/Users/{owner}/Calendar/personal", "a.ics", "uid-é", 0, 1, site.clock.seconds + 60)
    return replace(made, **changes)  # type: ignore[arg-type]


async def of(site: Site, owner: str, until: int) -> list[AlarmRow]:
    return [one for one in await site.store.alarms.due(until, 10_000) if f"/{owner}/" in one.path]


async def test_an_object_has_one_row_the_last(site: Site) -> None:
    owner, alarms = site.fresh_owner(), site.store.alarms
    first = row(site, owner)
    later = replace(first, recurrence_id=1_700_000_000, number=2, moment=first.moment + 10)
    await alarms.put(first)
    await alarms.put(first)
    await alarms.put(later)
    assert await of(site, owner, later.moment) == [later]
    assert await of(site, owner, later.moment - 1) == []
    await alarms.drop(later.path, "other.ics")
    assert await of(site, owner, later.moment) == [later]
    await alarms.drop(later.path, later.name)
    assert await of(site, owner, later.moment) == []


async def test_what_is_due_comes_oldest_first_and_a_calendar_goes_at_once(site: Site) -> None:
    owner, alarms = site.fresh_owner(), site.store.alarms
    rows = [row(site, owner, name=f"{number}.ics", moment=1_700_000_000 - number) for number in range(5)]
    for one in rows:
        await alarms.put(one)
    assert await of(site, owner, 1_700_000_000) == rows[::-1]
    assert await site.store.alarms.due(1_700_000_000, 2) == rows[:2:-1]
    await alarms.drop_folder(rows[0].path)
    assert await of(site, owner, 1_700_000_000) == []


async def test_rows_of_the_original_without_recurrence_are_read(site: Site) -> None:
    owner = site.fresh_owner()
    await site.engine.execute(
        "INSERT INTO sogo_alarms_folder (c_path, c_name, c_uid, c_recurrence_id, c_alarm_number, c_alarm_date) "
        "VALUES (:path, 'o.ics', 'u', NULL, 0, 5)",
        path=f"/Users/{owner}/Calendar/personal",
    )
    (found,) = await of(site, owner, 5)
    assert (found.recurrence_id, found.number) == (0, 0)
    await site.store.alarms.drop(found.path, found.name)


async def test_without_a_table_nothing_is_kept(site: Site) -> None:
    alarms = open_store(replace(site.settings, alarms_url=None)).alarms
    assert not alarms.is_there
    await alarms.put(row(site, "x"))
    await alarms.drop("/Users/x/Calendar/personal", "a.ics")
    await alarms.drop_folder("/Users/x/Calendar/personal")
    assert await alarms.due(2**31 - 1, 10) == []
