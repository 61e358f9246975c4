"""What a directory is asked for so that an addressbook-query misses nothing."""

from __future__ import annotations

import pytest

from sogo.codec.davxml.rfc6352 import CardConditions, CardPropFilter
from sogo.codec.davxml.text_match import Collation, Junction, MatchType, ParamFilter, TextMatch
from sogo.dav.reports.addressbook_query import MAX_SEARCHES, search_texts
from sogo.errors import TooMany


def says(text: str, *, negate: bool = False) -> TextMatch:
    return TextMatch(text, Collation.UNICODE_CASEMAP, MatchType.CONTAINS, negate)


def prop(*texts: TextMatch, test: Junction = Junction.ANY_OF, absent: bool = False, params: int = 0) -> CardPropFilter:
    return CardPropFilter("FN", absent, texts, tuple(ParamFilter("TYPE") for _ in range(params)), test)


@pytest.mark.parametrize(
    ("props", "test", "asked"),
    [
        ((), Junction.ANY_OF, None),
        ((prop(says("a")),), Junction.ANY_OF, ["a"]),
        ((prop(says("a"), says("b")), prop(says("a"), says("c"))), Junction.ANY_OF, ["a", "b", "c"]),
        ((prop(says("a")), prop()), Junction.ANY_OF, None),  # the second matches whoever has a name
        ((prop(says("a")), prop(absent=True)), Junction.ANY_OF, None),
        ((prop(says("a"), says("b", negate=True)),), Junction.ANY_OF, None),
        ((prop(says("a"), says("b", negate=True), test=Junction.ALL_OF),), Junction.ANY_OF, ["a"]),
        ((prop(says("a"), params=1),), Junction.ANY_OF, None),
        ((prop(), prop(says("a")), prop(says("b"))), Junction.ALL_OF, ["a"]),
        ((prop(says("a", negate=True)),), Junction.ALL_OF, None),
        ((prop(says("  ")),), Junction.ANY_OF, None),
    ],
)
def test_every_match_holds_one_of_the_texts_asked_for(
    props: tuple[CardPropFilter, ...], test: Junction, asked: list[str] | None
) -> None:
    assert search_texts(CardConditions(props, test)) == asked


def test_a_filter_of_many_texts_is_refused_rather_than_cut() -> None:
    many = prop(*(says(f"name{n}") for n in range(MAX_SEARCHES + 1)))
    with pytest.raises(TooMany):
        search_texts(CardConditions((many,)))
