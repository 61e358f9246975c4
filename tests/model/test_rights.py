"""May this actor do this? Every combination, against a table written by hand from dav.md §11."""

from __future__ import annotations

import itertools

import pytest

from sogo.errors import Forbidden, LoginNeeded, NotFound
from sogo.model.folder import FolderKind
from sogo.model.rights import (
    ANONYMOUS,
    ANYBODY,
    NOBODY,
    OWNER,
    ROLES,
    Deed,
    EventClass,
    Sight,
    Standing,
    class_of,
    permits,
    require,
    roles_of,
    standing_of,
)

CALENDAR, CONTACTS = FolderKind.CALENDAR, FolderKind.CONTACTS
WORDS = {EventClass.PUBLIC: "Public", EventClass.PRIVATE: "Private", EventClass.CONFIDENTIAL: "Confidential"}

BY_CLASS = {
    #               READ_TIMES READ   RESPOND MODIFY
    None:          (False,     False, False,  False),
    "DAndTViewer": (True,      False, False,  False),
    "Viewer":      (True,      True,  False,  False),
    "Responder":   (True,      True,  True,   False),
    "Modifier":    (True,      True,  True,   True),
}  # fmt: skip
"""What a role on a class allows on objects of this class."""
OF_OBJECTS = (Deed.READ_TIMES, Deed.READ, Deed.RESPOND, Deed.MODIFY)
OF_OWNER = {
    Deed.CREATE_FOLDER, Deed.REMOVE_FOLDER, Deed.SET_PROPERTIES, Deed.READ_ACL, Deed.WRITE_ACL,
}  # fmt: skip
BOOK = {
    #                SEE    LIST   READ   MODIFY CREATE REMOVE
    "ObjectViewer":  (True, True,  True,  False, False, False),
    "ObjectEditor":  (True, True,  True,  True,  False, False),
    "ObjectCreator": (True, True,  False, False, True,  False),
    "ObjectEraser":  (True, True,  False, False, False, True),
}  # fmt: skip
OF_BOOKS = (Deed.SEE, Deed.LIST, Deed.READ, Deed.MODIFY, Deed.CREATE, Deed.REMOVE)

WRITES = (Deed.RESPOND, Deed.MODIFY, Deed.CREATE, Deed.REMOVE)
"""Nobody does these without a name, whatever a row says."""

LEVELS = list(itertools.product(BY_CLASS, repeat=3))
OTHERS = [
    frozenset(),
    frozenset({"ObjectCreator"}),
    frozenset({"ObjectEraser"}),
    frozenset({"ObjectCreator", "ObjectEraser"}),
]


def roles(levels: tuple[str | None, ...], others: frozenset[str]) -> frozenset[str]:
    return others | {f"{WORDS[of]}{level}" for of, level in zip(EventClass, levels, strict=True) if level}


@pytest.mark.parametrize("known", [True, False], ids=["known", "anonymous"])
@pytest.mark.parametrize("others", OTHERS, ids=lambda others: "+".join(sorted(others)) or "none")
def test_what_roles_allow_in_a_calendar(others: frozenset[str], known: bool) -> None:
    """All 125 choices of one role a class, each with every deed on every class."""
    for levels in LEVELS:
        standing = standing_of(CALENDAR, roles(levels, others), known=known)
        sees = bool(others) or any(levels)
        for of, level in zip(EventClass, levels, strict=True):
            allowed = dict(zip(OF_OBJECTS, BY_CLASS[level], strict=True)) | dict.fromkeys(OF_OWNER, False)
            allowed |= {
                Deed.SEE: sees, Deed.LIST: sees, Deed.READ_FREE_BUSY: sees, Deed.CREATE: "ObjectCreator" in others,
                Deed.REMOVE: "ObjectEraser" in others,
            }  # fmt: skip
            assert allowed.keys() == set(Deed)
            if not known:
                allowed |= dict.fromkeys(WRITES, False)
            for deed, answer in allowed.items():
                assert permits(standing, deed, of) is answer, (levels, others, deed, of)
                check_refusal(standing, deed, of, answer=answer, sees=sees, known=known)


def check_refusal(
    standing: Standing, deed: Deed, of: EventClass | None, *, answer: bool, sees: bool, known: bool
) -> None:
    if answer:
        require(standing, deed, of)
        return
    with pytest.raises((NotFound, LoginNeeded, Forbidden)) as caught:
        require(standing, deed, of)
    assert type(caught.value) is (NotFound if not sees else Forbidden if known else LoginNeeded)
    if isinstance(caught.value, Forbidden):
        assert caught.value.right == deed.privilege


@pytest.mark.parametrize("known", [True, False], ids=["known", "anonymous"])
def test_what_roles_allow_in_an_address_book(known: bool) -> None:
    """All 16 sets of roles; each allows what one of its roles does."""
    for number in range(len(BOOK) + 1):
        for given in itertools.combinations(BOOK, number):
            standing = standing_of(CONTACTS, given, known=known)
            allowed = dict.fromkeys(Deed, False)
            for role in given:
                allowed |= {deed: True for deed, answer in zip(OF_BOOKS, BOOK[role], strict=True) if answer}
            allowed[Deed.READ_TIMES] = allowed[Deed.READ]
            allowed[Deed.RESPOND] = allowed[Deed.MODIFY]
            if not known:
                allowed |= dict.fromkeys(WRITES, False)
            for deed, answer in allowed.items():
                assert permits(standing, deed) is answer, (given, deed)
                check_refusal(standing, deed, None, answer=answer, sees=bool(given), known=known)


@pytest.mark.parametrize("deed", list(Deed))
@pytest.mark.parametrize("of", [*EventClass, None])
def test_the_owner_may_do_everything_and_a_stranger_is_told_that_there_is_nothing(
    deed: Deed, of: EventClass | None
) -> None:
    require(OWNER, deed, of)
    assert not permits(NOBODY, deed, of)
    with pytest.raises(NotFound):
        require(NOBODY, deed, of)


def test_an_object_of_which_nobody_knows_the_class_counts_as_that_which_is_seen_least() -> None:
    standing = standing_of(CALENDAR, {"PublicModifier", "PrivateViewer", "ConfidentialDAndTViewer"})
    assert standing.sight(None) is Sight.TIMES
    assert not permits(standing, Deed.READ)
    assert standing_of(CALENDAR, {"PublicModifier", "PrivateViewer"}).sight(None) is Sight.NOTHING


@pytest.mark.parametrize(
    ("code", "of"),
    [
        (0, EventClass.PUBLIC),
        ("1", EventClass.PRIVATE),
        (2, EventClass.CONFIDENTIAL),
        (3, None),
        (None, None),
        ("x", None),
    ],
)
def test_the_class_by_its_column(code: object, of: EventClass | None) -> None:
    assert class_of(code) is of


def test_roles_of_the_other_kind_of_folder_and_words_nobody_knows_give_nothing() -> None:
    odd = {"None", "Owner", "Authenticated", "publicviewer", "PublicEverything", ""}
    assert standing_of(CALENDAR, odd | {"ObjectViewer", "ObjectEditor"}) == standing_of(CALENDAR, ())
    assert standing_of(CONTACTS, odd | {"PublicViewer"}) == standing_of(CONTACTS, ())
    assert not standing_of(CALENDAR, odd).sees


def test_of_several_roles_for_one_class_the_strongest_counts() -> None:
    given = ["PublicDAndTViewer", "PublicResponder", "PublicViewer"]
    assert standing_of(CALENDAR, given).sights == (Sight.ANSWERS, Sight.NOTHING, Sight.NOTHING)


def test_standings_are_told_apart_by_their_keys() -> None:
    every = [
        standing_of(kind, given, known=known)
        for kind, choices in (
            (CALENDAR, [roles(levels, others) for levels in LEVELS for others in OTHERS]),
            (CONTACTS, [frozenset(some) for number in range(5) for some in itertools.combinations(BOOK, number)]),
        )
        for given in choices
        for known in (True, False)
    ]
    standings = {OWNER, *every}
    assert len({standing.key for standing in standings}) == len(standings)
    assert max(len(standing.key) for standing in standings) <= 8
    assert ROLES[CALENDAR] >= roles(LEVELS[-1], OTHERS[-1])


ROWS = {
    "anna": {"PublicViewer"},
    "blocked": {"None"},
    "@staff": {"PublicModifier"},
    "@board": {"PrivateViewer"},
    "@none": {"None"},
    ANYBODY: {"PublicDAndTViewer"},
    ANONYMOUS: {"ConfidentialDAndTViewer"},
}
DEFAULTS = ["ObjectCreator"]


@pytest.mark.parametrize(
    ("user", "groups", "without", "expected"),
    [
        ("anna", ["@staff", "@board"], [], {"PublicViewer"}),
        ("blocked", ["@staff", "@board"], [], {"None"}),
        ("carl", ["@staff", "@board"], [], {"PublicModifier", "PrivateViewer"}),
        ("carl", ["@none"], [], {"None"}),
        ("carl", ["@none", "@board"], [], {"None", "PrivateViewer"}),
        ("carl", ["@others"], [], {"PublicDAndTViewer"}),
        ("carl", [], [], {"PublicDAndTViewer"}),
        ("carl", [], [ANYBODY], {"ObjectCreator"}),
        ("Anna", [], [], {"PublicDAndTViewer"}),
        (ANONYMOUS, ["@staff"], [], {"ConfidentialDAndTViewer"}),
        (ANONYMOUS, ["@staff"], [ANONYMOUS], set()),
    ],
    ids=[
        "own-rows-first", "none-blocks", "all-groups-together", "none-of-a-group-blocks", "a-group-beside-none",
        "another-group", "anybody", "the-domain", "uids-have-case", "anonymous-has-its-own", "and-nothing-else",
    ],
)  # fmt: skip
def test_which_rows_decide(user: str, groups: list[str], without: list[str], expected: set[str]) -> None:
    rows = {uid: given for uid, given in ROWS.items() if uid not in without}
    assert roles_of(user, groups, rows, DEFAULTS) == expected


def test_without_rows_the_domain_decides_for_who_logged_in() -> None:
    assert roles_of("carl", [], {}, DEFAULTS) == {"ObjectCreator"}
    assert roles_of(ANONYMOUS, [], {}, DEFAULTS) == set()
