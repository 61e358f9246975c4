"""One user's programs do not take the place of everybody else's."""

from __future__ import annotations

import pytest

from sogo.http.context import RequestContext
from sogo.http.load import LOAD
from sogo.http.settings import HttpSettings
from tests.support.house import Client, D, House, event

PERSONAL = "/SOGo/dav/anna/Calendar/personal/"


@pytest.fixture
def crowd(house: House) -> list[RequestContext]:
    """As many requests of anna at work as one user may have."""
    load, made = house.app[LOAD], []
    for _ in range(HttpSettings().max_running_per_user):
        context = RequestContext("id", "PUT", PERSONAL, "10.0.0.5")
        load.enter(context)
        load.admit(context, "anna")
        made.append(context)
    return made


async def test_who_has_too_much_at_work_is_told_so_and_nobody_else(
    house: House, anna: Client, ben: Client, crowd: list[RequestContext]
) -> None:
    for method, path, body in (("PROPFIND", "/SOGo/dav/anna/", None), ("PUT", f"{PERSONAL}a.ics", event("a"))):
        answer = await anna(method, path, body)
        assert (answer.status, answer.headers["Retry-After"]) == (429, "5")
        assert answer.xml.tag == f"{D}error"
    assert (await ben.propfind("/SOGo/dav/ben/", "D:displayname")).status == 207
    house.app[LOAD].leave(crowd[0])
    assert (await anna.put(f"{PERSONAL}a.ics", event("a"))).status == 201


async def test_a_wrong_login_takes_nothing_of_a_users_share(house: House, crowd: list[RequestContext]) -> None:
    nobody = house.client(None)
    assert (await nobody("PROPFIND", "/SOGo/dav/anna/")).status == 401
    assert house.app[LOAD].users == 1
