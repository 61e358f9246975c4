"""If-Match and If-None-Match (RFC 9110 §13). The If header is in test_locks.py."""

from __future__ import annotations

import pytest

from sogo.dav.preconditions import Preconditions
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
    ],
)
def test_conditions_hold_as_the_rfc_says(headers: dict[str, str], etag: str | None, expected: bool) -> None:
    assert holds(headers, etag) is expected


def test_checked_conditions_become_what_the_store_must_still_find() -> None:
    assert Preconditions.of({}).expect(etag="a", version=3) == Expect()
    assert Preconditions.of({"If-Match": '"a"'}).expect(etag="a", version=3) == Expect(version=3)
    assert Preconditions.of({"If-None-Match": "*"}).expect(etag=None, version=None) == Expect(absent=True)


def test_an_endless_list_of_etags_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        Preconditions.of({"If-Match": ",".join(f'"{n}"' for n in range(2000))})
