"""Bodies that are remembered by their bytes: never mixed up, never without bound, never a way around the guards."""

from __future__ import annotations

import pytest

from sogo.codec.davxml.reader import Element
from sogo.dav.bodies import MAX_BODIES, MAX_BYTES, Bodies
from tests.support.house import Client, D


def one(root: Element | None) -> str:
    return "one"


def other(root: Element | None) -> str:
    return "other"


def test_what_one_reader_made_is_not_given_to_another() -> None:
    bodies = Bodies()
    bodies.keep(one, b"<a/>", "made by one")
    assert bodies.find(one, b"<a/>") == "made by one"
    assert bodies.find(other, b"<a/>") is None
    assert bodies.find(one, b"<b/>") is None


def test_the_number_and_the_length_are_bounded_and_the_oldest_goes_first() -> None:
    bodies = Bodies()
    bodies.keep(one, b"x" * (MAX_BYTES + 1), "long")
    assert len(bodies) == 0
    for number in range(MAX_BODIES + 10):
        bodies.keep(one, str(number).encode(), str(number))
        assert bodies.find(one, b"0") == "0"
    assert len(bodies) == MAX_BODIES
    assert bodies.find(one, b"1") is None


async def test_the_same_body_asks_the_same_of_every_resource_and_user(anna: Client, ben: Client) -> None:
    for _ in range(2):
        for client in (anna, ben):
            for below in ("", "Calendar/", "Calendar/personal/"):
                path = f"/SOGo/dav/{client.login}/{below}"
                answer = await client.propfind(path, "D:displayname", "D:resourcetype", "D:nothing-known")
                assert answer.prop(path, D + "displayname") is not None
                assert answer.prop_status(path, D + "nothing-known") == 404
    answer = await anna.propfind("/SOGo/dav/anna/", "D:resourcetype")
    assert answer.prop("/SOGo/dav/anna/", D + "displayname") is None
    assert answer.prop("/SOGo/dav/anna/", D + "resourcetype") is not None


@pytest.mark.parametrize(
    "hostile",
    ['<!DOCTYPE a [<!ENTITY b "c">]><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>', "<D:propfind", "<a/>"],
)
async def test_a_refused_body_is_refused_each_time(anna: Client, hostile: str) -> None:
    for _ in range(2):
        assert (await anna("PROPFIND", "/SOGo/dav/anna/", hostile, Depth="0")).status == 400
