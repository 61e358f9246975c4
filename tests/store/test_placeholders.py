"""`:name` placeholders in the words of four drivers."""

from __future__ import annotations

import pytest

from sogo.store.sql.placeholders import Statement, Style, translate

SQL = "SELECT ':no', \":no\", `:no`, a::text FROM t WHERE a = :a AND b LIKE '50%' AND c = :b AND d = :a"


@pytest.mark.parametrize(
    ("style", "end", "names"),
    [
        (Style.DOLLAR, "a = $1 AND b LIKE '50%' AND c = $2 AND d = $1", ("a", "b")),
        (Style.FORMAT, "a = %s AND b LIKE '50%%' AND c = %s AND d = %s", ("a", "b", "a")),
        (Style.QUESTION, "a = ? AND b LIKE '50%' AND c = ? AND d = ?", ("a", "b", "a")),
        (Style.COLON, "a = :1 AND b LIKE '50%' AND c = :2 AND d = :3", ("a", "b", "a")),
    ],
)
def test_names_become_places_and_quotes_and_casts_stay(style: Style, end: str, names: tuple[str, ...]) -> None:
    start = "SELECT ':no', \":no\", `:no`, a::text FROM t WHERE "
    assert translate(SQL, style) == Statement(start + end, names)


def test_a_quote_inside_a_quote_does_not_end_it() -> None:
    assert translate("SELECT 'it''s :no' WHERE a = :a", Style.QUESTION) == Statement(
        "SELECT 'it''s :no' WHERE a = ?", ("a",)
    )
