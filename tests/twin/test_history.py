"""The comparison of answers with what was acknowledged finds what must not be shown, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from tests.twin.history import History, Reading, Seen, Write, violations
from tests.twin.ledger import mark_of
from tests.twin.objects import make

OVER = math.inf
"""Not answered yet."""


def history(*writes: tuple[float, float, str, int | None]) -> History:
    """When each began and was answered, its mark ("" for a removal) and version."""
    told = History()
    for began, answered, mark, version in writes:
        told.begin(Write("ours", began, mark, version, f"text of {mark}", answered))
    return told


def wrong(
    shown: Mapping[str, Seen],
    histories: Mapping[str, History],
    *,
    asked: float = 10.0,
    answered: float = 11.0,
    names: frozenset[str] | None = None,
) -> list[str]:
    return violations(Reading("PROPFIND", asked, answered, shown, names), histories)


TWICE = history((1, 2, "one", 0), (3, 4, "two", 1))
REMOVED = history((1, 2, "one", 0), (3, 4, "", None))


@pytest.mark.parametrize("seen", [Seen(1, "two"), Seen(1), Seen(mark="two")], ids=["both", "version", "mark"])
def test_what_was_acknowledged_last_may_be_shown(seen: Seen) -> None:
    assert not wrong({"a": seen}, {"a": TWICE})


@pytest.mark.parametrize(
    "seen",
    [Seen(0, "one"), Seen(0), Seen(mark="one"), Seen(1, "one"), Seen(0, "two"), None],
    ids=[
        "older",
        "older version",
        "older text",
        "older text under a new version",
        "older version of a new text",
        "nothing",
    ],
)
def test_what_is_older_may_not(seen: Seen | None) -> None:
    found = wrong({"a": seen} if seen is not None else {}, {"a": TWICE})
    assert len(found) == 1
    assert "which can only be: two as 1" in found[0]


def test_a_removed_object_has_no_line() -> None:
    assert not wrong({}, {"a": REMOVED})
    assert len(wrong({"a": Seen(0)}, {"a": REMOVED})) == 1
    assert len(wrong({"a": Seen(0)}, {"a": History()})) == 1, "nor one that never was"


def test_an_object_of_another_folder_is_found_out_by_its_text_and_by_its_name() -> None:
    here = {"a": history((1, 2, "anna-a-1", 0))}
    assert not wrong({"a": Seen(0, "anna-a-1")}, here)
    assert len(wrong({"a": Seen(0, "berta-a-1")}, here)) == 1
    found = wrong({"a": Seen(0, "anna-a-1"), "b": Seen(0, "berta-b-1")}, here)
    assert len(found) == 1
    assert "b, which nobody wrote there" in found[0]


@pytest.mark.parametrize(
    ("asked", "answered", "marks"),
    [
        (1.0, 1.5, {"one"}),
        (1.5, 2.5, {"one", "two"}),
        (2.5, 3.5, {"one", "two"}),
        (3.5, 4.5, {"one", "two"}),
        (4.5, 5, {"two"}),
    ],
    ids=["before", "until it runs", "while it runs", "until it is answered", "after"],
)
def test_while_a_write_runs_there_are_two_truths(asked: float, answered: float, marks: set[str]) -> None:
    told = {"a": history((-2, -1, "one", 0), (2, 4, "two", 1))}
    for mark, version in (("one", 0), ("two", 1)):
        found = wrong({"a": Seen(version, mark)}, told, asked=asked, answered=answered)
        assert (not found) == (mark in marks)


def test_of_several_writes_that_run_meanwhile_each_may_be_shown_but_not_what_was_before_the_one_acknowledged_last() -> (
    None
):
    told = {"a": history((1, 2, "one", 0), (3, 4, "two", 1), (10.2, 10.4, "", None), (10.6, OVER, "three", 2))}
    for seen in ({"a": Seen(1, "two")}, {}, {"a": Seen(2, "three")}):
        assert not wrong(seen, told)
    assert len(wrong({"a": Seen(0, "one")}, told)) == 1


def test_what_may_have_been_carried_out_or_not_counts_until_its_repetition_is_acknowledged() -> None:
    running = {"a": history((1, 2, "one", 0), (3, OVER, "two", 1), (9, OVER, "two", None))}
    for seen in (Seen(0, "one"), Seen(1, "two"), Seen(2, "two")):
        assert not wrong({"a": seen}, running)
    settled = {"a": history((1, 2, "one", 0), (3, OVER, "two", 1), (6, 7, "two", 2))}
    assert not wrong({"a": Seen(2, "two")}, settled)
    for seen in (Seen(0, "one"), Seen(1, "two")):
        assert len(wrong({"a": seen}, settled)) == 1


def test_a_version_that_comes_again_is_told_apart_by_the_text() -> None:
    """The original counts from the beginning over what was removed."""
    told = {"a": history((1, 2, "one", 0), (3, 4, "", None), (5, 6, "two", 0))}
    assert not wrong({"a": Seen(0, "two")}, told)
    assert len(wrong({"a": Seen(0, "one")}, told)) == 1


def test_who_asks_for_some_is_told_of_those_and_of_no_others() -> None:
    told = {"a": TWICE, "b": TWICE}
    assert not wrong({"a": Seen(1, "two")}, told, names=frozenset("a"))
    assert len(wrong({"a": Seen(1, "two")}, told)) == 1, "b is missing"
    assert len(wrong({"a": Seen(1), "b": Seen(1)}, told, names=frozenset("a"))) == 1, "b was not asked for"


@pytest.mark.parametrize(("shown", "found"), [({"a": Seen(1, "two")}, True), ({}, False)], ids=["shown", "left out"])
def test_a_filter_finds_what_matches_and_leaves_out_what_does_not(shown: dict[str, Seen], found: bool) -> None:
    for matches in (True, False):
        reading = Reading("query", 10, 11, shown, finds=lambda write, matches=matches: matches)  # type: ignore[misc]
        assert bool(violations(reading, {"a": TWICE})) == (matches is not found)
    assert not violations(Reading("query", 10, 11, shown, finds=lambda _: None), {"a": TWICE}), "who knows"


def test_what_matched_once_and_does_not_any_more_is_left_out() -> None:
    told = {"a": history((1, 2, "one", 0), (3, 4, "two", 1))}
    stale = Reading("query", 10, 11, {"a": Seen(0, "one")}, finds=lambda write: write.mark == "one")
    missed = Reading("query", 10, 11, {}, finds=lambda write: write.mark == "two")
    assert len(violations(stale, told)) == 1
    assert len(violations(missed, told)) == 1


@pytest.mark.parametrize("kind", ["event", "task", "card", "list"])
def test_every_text_carries_its_mark_folded_or_not(kind: str) -> None:
    for number in range(60):
        seed = f"user001-Calendar-by-original-{kind}-{number}.ics-{number}"
        sent = make(kind, "uid", seed)
        assert sent.mark == seed
        assert mark_of(sent.text) == seed
        folded = sent.text.replace(seed, f"{seed[:30]}\r\n {seed[30:]}")
        assert mark_of(folded) == seed
