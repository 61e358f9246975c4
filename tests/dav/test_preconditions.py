"""If-Match, If-None-Match and If (RFC 9110 §13, RFC 4918 §10.4)."""

from __future__ import annotations

import pytest

from sogo.dav.preconditions import Preconditions, evaluate_if
from sogo.errors import InvalidRequest, PreconditionFailed
from sogo.store.interface import Expect


def holds(headers: dict[str, str], etag: str | None) -> bool:
    try:
        Preconditions.of(headers).check(etag)
    except PreconditionFailed:
        return False
    return True


@pytest.mark.parametrize(
    ("headers", "etag", "expected"),
    [
        ({}, None, True),
        ({}, "a", True),
        ({"If-Match": '"a"'}, "a", True),
        ({"If-Match": '"a"'}, "b", False),
        ({"If-Match": '"a"'}, None, False),
        ({"If-Match": '"x", "a" ,"y"'}, "a", True),
        ({"If-Match": 'W/"a"'}, "a", True),
        ({"If-Match": "a"}, "a", True),  # clients exist that forget the quotes
        ({"If-Match": "*"}, "a", True),
        ({"If-Match": "*"}, None, False),
        ({"If-None-Match": "*"}, None, True),
        ({"If-None-Match": "*"}, "a", False),
        ({"If-None-Match": '"a"'}, "a", False),
        ({"If-None-Match": '"a"'}, "b", True),
        ({"If": '(["a"])'}, "a", True),
        ({"If": '(["a"])'}, "b", False),
        ({"If": "(<opaquelocktoken:1>)"}, "a", False),
        ({"If": '(<opaquelocktoken:1>) (["a"])'}, "a", True),
        ({"If": "(Not <DAV:no-lock>)"}, "a", True),
        ({"If": '(Not ["a"])'}, "a", False),
        ({"If": '<http://h/x> (["a"])'}, "a", True),
    ],
)
def test_conditions_hold_as_the_rfc_says(headers: dict[str, str], etag: str | None, expected: bool) -> None:
    assert holds(headers, etag) is expected


def test_checked_conditions_become_what_the_store_must_still_find() -> None:
    assert Preconditions.of({}).expect(etag="a", version=3) == Expect()
    assert Preconditions.of({"If-Match": '"a"'}).expect(etag="a", version=3) == Expect(version=3)
    assert Preconditions.of({"If-None-Match": "*"}).expect(etag=None, version=None) == Expect(absent=True)


@pytest.mark.parametrize("header", ["(", "([a])", ")", '["a"]', "Not", '(["a"]', "()x", "garbage"])
def test_an_if_header_that_makes_no_sense_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest):
        evaluate_if(header, "a")


def test_an_endless_list_of_etags_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        Preconditions.of({"If-Match": ",".join(f'"{n}"' for n in range(2000))})
