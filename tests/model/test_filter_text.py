"""Collations and match types."""

from __future__ import annotations

import pytest

from sogo.codec.davxml.text_match import Collation, MatchType, ParamFilter, TextMatch
from sogo.model.filters.text import param_matches, text_matches

ASCII, OCTET, UNICODE = Collation.ASCII_CASEMAP, Collation.OCTET, Collation.UNICODE_CASEMAP


@pytest.mark.parametrize(
    ("needle", "value", "ascii_match", "octet_match", "unicode_match"),
    [
        ("lunch", "Team Lunch", True, False, True),
        ("Lunch", "Team Lunch", True, True, True),
        ("é", "CAFÉ", False, False, True),
        ("É", "CAFÉ", True, True, True),
        ("cafe", "Café", False, False, True),
        ("STRASSE", "Hauptstraße", False, False, True),
        ("ﬁn", "final", False, False, True),
        ("Ａ", "a", False, False, True),
        ("İ", "i̇stanbul", False, False, True),
        ("", "anything", True, True, True),
        ("x", "", False, False, False),
    ],
)
def test_collations(needle: str, value: str, ascii_match: bool, octet_match: bool, unicode_match: bool) -> None:
    found = [text_matches(TextMatch(needle, collation), value) for collation in (ASCII, OCTET, UNICODE)]
    assert found == [ascii_match, octet_match, unicode_match]
    turned = [text_matches(TextMatch(needle, item, negate=True), value) for item in (ASCII, OCTET, UNICODE)]
    assert turned == [not item for item in found]


@pytest.mark.parametrize(
    ("match_type", "needle", "expected"),
    [
        (MatchType.EQUALS, "ada lovelace", True),
        (MatchType.EQUALS, "ada", False),
        (MatchType.CONTAINS, "a l", True),
        (MatchType.STARTS_WITH, "ADA", True),
        (MatchType.STARTS_WITH, "lovelace", False),
        (MatchType.ENDS_WITH, "Lace", True),
        (MatchType.ENDS_WITH, "ada", False),
    ],
)
def test_match_types(match_type: MatchType, needle: str, expected: bool) -> None:
    assert text_matches(TextMatch(needle, UNICODE, match_type), "Ada Lovelace") is expected


def test_parameters_by_absence_presence_and_any_of_their_values() -> None:
    home = TextMatch("home", UNICODE)
    assert param_matches(ParamFilter("TYPE", absent=True), None)
    assert not param_matches(ParamFilter("TYPE", absent=True), ["home"])
    assert param_matches(ParamFilter("TYPE"), [""])
    assert not param_matches(ParamFilter("TYPE"), None)
    assert param_matches(ParamFilter("TYPE", text=home), ["work", "HOME"])
    assert not param_matches(ParamFilter("TYPE", text=home), None)
