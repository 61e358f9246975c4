"""Names as CSS identifiers (store.md §§5.4, 18)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.css_identifier import from_css_identifier, to_css_identifier
from sogo.errors import CodecError

SIGNS = "_.#@*:;, '\"()[]{}&+$"
names = st.text(st.sampled_from(SIGNS + "aDUéЖ019-"), max_size=12)


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("j.doe@ex-a_m.com", "j_D_doe_A_ex-a_U_m_D_com"),
        ("1user", "_1user"),
        ("", ""),
        ("personal", "personal"),
        ("_1", "_U_1"),
        (";,: ", "_SC__CO__C__SP_"),
        ("$&+*#", "_DS__AM__P__S__H_"),
        ("'\"()[]{}", "_SQ__DQ__LP__RP__LS__RS__LC__RC_"),
    ],
)
def test_a_name_is_written_as_the_original_writes_it_and_read_back(name: str, identifier: str) -> None:
    assert to_css_identifier(name) == identifier
    assert from_css_identifier(identifier) == name


@given(names)
def test_every_name_comes_back(name: str) -> None:
    identifier = to_css_identifier(name)
    assert not set(SIGNS) - {"_"} & set(identifier)
    assert not identifier[:1].isdigit()
    assert from_css_identifier(identifier) == name


@given(names)
def test_only_what_a_name_is_written_as_is_read(identifier: str) -> None:
    with contextlib.suppress(CodecError):
        assert to_css_identifier(from_css_identifier(identifier)) == identifier


@pytest.mark.parametrize("text", ["_", "a_b", "_X_", "_UU_", "__", "_u_", "_U", "1a", "a.b", "a_D", "_D_1_"])
def test_a_text_that_is_no_identifier_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        from_css_identifier(text)
