"""A house in which people meet: organizers, attendees, a room, a thing that takes all, a group."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sogo.model.folder import FolderKind
from tests.support.house import House, open_house
from tests.support.meetings import Meeting
from tests.support.people import person


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for made in open_house(tmp_path):
        await invite(made)
        yield made


async def invite(house: House) -> None:
    known = house.people.users
    for login in ("carl", "dora", "eve"):
        known[login] = person(login)
    known["room"] = person("room", "Room 1", is_resource=True, kind="location", bookings=1)
    known["van"] = person("van", "Van", is_resource=True, kind="thing", bookings=0)
    known["staff"] = person("staff", "Staff", is_group=True)
    known["far"] = person("far", domain="elsewhere")
    known["anna"] = replace(known["anna"], emails=("anna@example.org", "a.bell@example.org"))
    house.people.groups["staff"] = ["ben", "carl", "anna"]
    for login in ("room", "van"):
        folder = await house.site.folders.create_folder(login, FolderKind.CALENDAR, "personal", "Personal")
        await house.site.acl.set_roles(folder, "<default>", ["PublicDAndTViewer"])


@pytest.fixture
def meeting(house: House) -> Meeting:
    return Meeting(house)
