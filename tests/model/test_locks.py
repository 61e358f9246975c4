"""Which locks meet, and what they forbid to whom (RFC 4918 §§6, 7)."""

from __future__ import annotations

import pytest

from sogo.model.locks import FOLDER, Depth, Lock, Scope, Touched, conflicting, standing_in_the_way

DEEP, FLAT = Depth.INFINITY, Depth.ZERO


def lock(name: str, depth: Depth = FLAT, scope: Scope = Scope.EXCLUSIVE, user: str = "anna") -> Lock:
    token = f"{user}:{name or 'folder'}:{depth.value}"
    return Lock(token, "/Users/anna/Calendar/personal", name, scope, depth, "", user, 0, 10)


def test_the_root_of_a_lock_is_where_it_lies() -> None:
    assert lock(FOLDER).root == ("anna", "Calendar", "personal")
    assert lock("a.ics").root == ("anna", "Calendar", "personal", "a.ics")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (lock("a"), lock("a"), True),
        (lock("a"), lock("b"), False),
        (lock("a"), lock("A"), False),
        (lock("a", DEEP), lock("b"), False),  # an object has nothing below it
        (lock("a"), lock(FOLDER), False),
        (lock("a"), lock(FOLDER, DEEP), True),
        (lock(FOLDER), lock(FOLDER), True),
        (lock(FOLDER, DEEP), lock(FOLDER), True),
    ],
)
def test_locks_meet_where_they_cover_the_same(one: Lock, other: Lock, meet: bool) -> None:
    for first, second in ((one, other), (other, one)):
        assert bool(conflicting(first, [second])) is meet


def test_only_the_shared_stand_together() -> None:
    shared, exclusive = lock("a", scope=Scope.SHARED), lock("a")
    assert conflicting(shared, [shared]) == []
    assert conflicting(exclusive, [shared]) == [shared]
    assert conflicting(shared, [exclusive]) == [exclusive]


ROOT, TREE, OBJECT = lock(FOLDER), lock(FOLDER, DEEP), lock("a")


@pytest.mark.parametrize(
    ("held", "touched", "in_the_way"),
    [
        (OBJECT, Touched(("a",)), True),
        (OBJECT, Touched(("b",), members=True), False),
        (OBJECT, Touched(folder=True), False),
        (OBJECT, Touched(everything=True), True),
        (ROOT, Touched(("a",)), False),
        (ROOT, Touched(("a",), members=True), True),
        (ROOT, Touched(folder=True), True),
        (ROOT, Touched(everything=True), True),
        (TREE, Touched(("a",)), True),
        (TREE, Touched(("new",), members=True), True),
        (TREE, Touched(folder=True), True),
        (TREE, Touched(), False),
    ],
)
def test_a_lock_forbids_what_it_covers(held: Lock, touched: Touched, in_the_way: bool) -> None:
    def found(tokens: set[str], user: str) -> list[Lock]:
        return standing_in_the_way([held], touched, tokens=tokens, user_id=user)

    assert found(set(), "anna") == ([held] if in_the_way else [])
    assert found({held.token}, "anna") == []
    assert found({held.token}, "ben") == ([held] if in_the_way else []), "a token counts for who made the lock"


def test_one_token_of_those_who_share_is_enough() -> None:
    anna, ben = lock("a", scope=Scope.SHARED), lock("a", scope=Scope.SHARED, user="ben")
    touched = Touched(("a",))
    assert standing_in_the_way([anna, ben], touched, tokens={ben.token}, user_id="ben") == []
    assert standing_in_the_way([anna, ben], touched, tokens={anna.token}, user_id="ben") == [anna, ben]


def test_every_resource_that_changes_wants_a_token_of_its_own() -> None:
    touched = Touched(("a",), members=True)
    held = [ROOT, OBJECT]
    assert standing_in_the_way(held, touched, tokens={OBJECT.token}, user_id="anna") == [ROOT]
    assert standing_in_the_way(held, touched, tokens={ROOT.token}, user_id="anna") == [OBJECT]
    assert standing_in_the_way(held, touched, tokens={ROOT.token, OBJECT.token}, user_id="anna") == []
    everything = Touched(everything=True)
    assert standing_in_the_way([*held, lock("b")], everything, tokens=set(), user_id="anna") == [
        OBJECT, lock("b"), ROOT,
    ]  # fmt: skip
