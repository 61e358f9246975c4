"""What changed of a home since somebody looked."""

from __future__ import annotations

import pytest

from sogo.errors import InvalidSyncToken
from sogo.model.folder import SyncPoint
from sogo.model.listing import NOWHERE, Noted, NotedMember, changes, differences, state_of

NOTED = Noted(
    SyncPoint("g", 5),
    {"a": NotedMember("1", 2), "b": NotedMember("1", 3), "c": NotedMember("-", 4, gone=True), "d": NotedMember("1", 5)},
)


def test_new_changed_returned_and_gone_members_differ_and_others_do_not() -> None:
    present = {"a": "1", "b": "2", "c": "1", "e": "1"}
    assert differences(NOTED, present) == {"b": "2", "c": "1", "e": "1", "d": None}
    assert differences(NOTED, {"a": "1", "b": "1", "d": "1"}) == {}


def test_the_first_answer_tells_what_is_there_and_nothing_of_what_was() -> None:
    found = changes(NOTED, None)
    assert (found.changed, found.removed, found.point, found.truncated) == (
        ["a", "b", "d"],
        [],
        SyncPoint("g", 5),
        False,
    )


@pytest.mark.parametrize(
    ("revision", "changed", "removed"),
    [(0, ["a", "b", "d"], ["c"]), (2, ["b", "d"], ["c"]), (3, ["d"], ["c"]), (4, ["d"], []), (5, [], [])],
)
def test_each_change_is_told_after_its_number_only(revision: int, changed: list[str], removed: list[str]) -> None:
    found = changes(NOTED, SyncPoint("g", revision))
    assert (found.changed, found.removed, found.point) == (changed, removed, SyncPoint("g", 5))


def test_a_cut_list_goes_on_to_the_same_end() -> None:
    point: SyncPoint | None = None
    told: list[str] = []
    for _ in range(10):
        found = changes(NOTED, point, limit=1)
        told += found.changed
        point = found.point
        if not found.truncated:
            break
    assert (told, point) == (["a", "b", "d"], SyncPoint("g", 5))


@pytest.mark.parametrize("since", [SyncPoint("other", 1), SyncPoint("g", 6), NOWHERE])
def test_a_point_that_was_never_given_is_refused(since: SyncPoint) -> None:
    with pytest.raises(InvalidSyncToken):
        changes(NOTED, since)


def test_of_a_home_nobody_is_shown_nothing_is_told() -> None:
    found = changes(Noted(), NOWHERE)
    assert (found.changed, found.removed, found.point) == ([], [], NOWHERE)


def test_a_state_says_all_of_its_parts() -> None:
    states = {state_of(*parts) for parts in (("a",), ("a", ""), ("", "a"), ("a", 1), ("a", "1"), (["a", 1],))}
    assert len(states) == 6
    assert state_of("a", 1) == state_of("a", 1)
