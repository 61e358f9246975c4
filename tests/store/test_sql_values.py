"""The small pure pieces of the SQL store."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.store.interface import QuickFilter
from sogo.store.sql.columns import Width, fit
from sogo.store.sql.documents import editable, read_document, render_document
from sogo.store.sql.folders import new_table_name
from sogo.store.sql.quick_filter import condition
from sogo.store.sql.values import in_list, like_pattern, loose_pattern

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), JSON, max_size=4))
def test_a_profile_document_comes_back(document: dict[str, object]) -> None:
    assert read_document(render_document(document)) == document


def test_lone_surrogates_do_not_reach_the_database() -> None:
    assert read_document(render_document({"a": "x\ud800y"})) == {"a": "x?y"}


def test_doubled_backslashes_of_old_writers_are_read() -> None:
    assert read_document('{"a":"x\\\\"y"}') == {"a": 'x"y'}


def test_lists_are_padded_to_few_lengths() -> None:
    text, values = in_list("n", ["a", "b", "c"])
    assert text == ":n0, :n1, :n2, :n3"
    assert values == {"n0": "a", "n1": "b", "n2": "c", "n3": "c"}
    assert in_list("n", [])[1] == {"n0": None}


def test_patterns_take_texts_literally() -> None:
    assert like_pattern("50%_!") == "%50!%!_!!%"
    assert loose_pattern("Zoé ÉÉ%") == "%Zo% %!%%"


def test_a_text_is_cut_by_characters_and_by_octets() -> None:
    columns = {"a": Width(3, None), "b": Width(None, 5), "c": Width(None, None)}
    row = {"a": "éééé", "b": "éééé", "c": "x" * 9, "d": "no such column"}
    assert fit(row, columns) == {"a": "ééé", "b": "éé", "c": "x" * 9}


def test_numbers_are_kept_within_the_column() -> None:
    columns = {"n": Width(None, None)}
    assert fit({"n": 2**40}, columns) == {"n": 2**31 - 1}
    assert fit({"n": -(2**40)}, columns) == {"n": -(2**31)}
    assert fit({"n": None}, columns) == {"n": None}


def test_a_filter_for_columns_the_index_lacks_keeps_everything() -> None:
    columns = {"c_cn": Width(255, None), "c_component": Width(10, None)}
    for where in (
        QuickFilter(),
        QuickFilter(contains=(("c_cn", "a"), ("c_x; DROP", "b"))),
        QuickFilter(uid="u"),
        QuickFilter(start=1, end=2),
        QuickFilter(classifications=frozenset({0})),
    ):
        assert condition(where, columns) == ("", {})
    assert condition(QuickFilter(contains=(("c_cn", "a"),)), columns)[1] == {"text0": "%a%"}


def test_new_table_names_are_identifiers_for_any_owner() -> None:
    for owner in ("sogo-tests1", "JDoe@example.com", "日本", "", "a" * 50):
        assert re.fullmatch(r"sogo[a-z0-9]{0,8}[0-9a-f]{11}", new_table_name(owner))


def test_a_document_that_was_read_cannot_be_changed_but_a_copy_can() -> None:
    text = '{"a": {"b": [1, {"c": 2}]}}'
    document = read_document(text)
    assert read_document(text) is document
    listed = document["a"]["b"]
    changes: list[Callable[[], object]] = [
        lambda: document.update(x=1),
        lambda: document["a"].pop("b"),
        lambda: listed.append(1),
        lambda: listed[1].setdefault("d", 1),
        lambda: operator.ior(document, {"x": 1}),
        lambda: operator.setitem(listed, 0, 2),
    ]
    for change in changes:
        with pytest.raises(TypeError):
            change()
    copied = editable(document)
    copied["a"]["b"][1]["d"] = 3
    copied["a"]["b"].append(4)
    assert render_document(copied) == '{"a":{"b":[1,{"c":2,"d":3},4]}}'
    assert render_document(document) == '{"a":{"b":[1,{"c":2}]}}'
