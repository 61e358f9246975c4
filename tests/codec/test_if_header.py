"""The If header (RFC 4918 §10.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.if_header import MAX_TAGS, Condition, ConditionList, IfHeader, parse_if
from sogo.errors import CodecError

TOKEN = "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2"


def test_the_examples_of_the_rfc() -> None:
    assert parse_if(f'(<{TOKEN}> ["I am an ETag"]) (["I am another ETag"])') == IfHeader(
        (
            ConditionList(None, (Condition(token=TOKEN), Condition(etag="I am an ETag"))),
            ConditionList(None, (Condition(etag="I am another ETag"),)),
        )
    )
    assert parse_if(f"(Not <{TOKEN}> <urn:x:2>)") == IfHeader(
        (ConditionList(None, (Condition(token=TOKEN, negated=True), Condition(token="urn:x:2"))),)
    )
    tagged = parse_if(f'</resource1> (<{TOKEN}> [W/"A weak ETag"]) (["strong ETag"])')
    assert [one.tag for one in tagged.lists] == ["/resource1", "/resource1"]
    assert tagged.lists[0].conditions[1] == Condition(etag="A weak ETag")
    assert parse_if("(<urn:a:1>) (Not <DAV:no-lock>)").tokens == {"urn:a:1", "DAV:no-lock"}


def test_the_lists_after_a_tag_are_about_its_resource() -> None:
    header = parse_if('<http://h/a>(<t:1>)(["x"])</b>\t([ "y" ]not<t:2>)')
    assert [(one.tag, len(one.conditions)) for one in header.lists] == [("http://h/a", 1), ("http://h/a", 1), ("/b", 2)]
    assert header.tags == ("http://h/a", "/b")
    assert header.tokens == {"t:1", "t:2"}


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "()", "(", ")", "([a])", '["a"]', "Not", '(["a"]', "()x", "garbage", "(<>)", "(< a>)", "<a>", "<a> <b> (<c:1>)",
        "(<c:1>) <a> (<c:1>)", "(Not Not <a:1>)", "(Not)", "(<a:1> Not)", "((<a:1>))", "(<a:1>) x", '(["a)', "(<a:1>),(<b:1>)",
        "(Nota<a:1>)", "<a> (<b:1>) <c>", "Not (<a:1>)", '("a")', "(<a:1>" * 500, "(" * 5000, "(<a:1>)" * 1000,
        " ".join(f"<{n}> (<t:1>)" for n in range(MAX_TAGS + 1)), "(<a:1>)" + " " * 9000,
    ],
)  # fmt: skip
def test_what_breaks_the_grammar_or_is_too_much_is_refused(header: str) -> None:
    with pytest.raises(CodecError):
        parse_if(header)


URLS = st.from_regex(r"\A[a-z]{1,6}:[^<>\s]{1,20}\Z")
CONDITIONS = st.builds(
    lambda token, etag, is_token, negated: Condition(
        token=token if is_token else None, etag=None if is_token else etag, negated=negated
    ),
    URLS,
    st.text(st.characters(codec="latin-1", exclude_characters='"'), max_size=8),
    st.booleans(),
    st.booleans(),
)
GROUPS = st.lists(CONDITIONS, min_size=1, max_size=4).map(tuple)


def written(header: IfHeader, space: str) -> str:
    def condition(one: Condition) -> str:
        state = f"<{one.token}>" if one.token is not None else f'["{one.etag}"]'
        return f"Not {state}" if one.negated else state

    parts: list[str] = []
    tag = None
    for one in header.lists:
        if one.tag != tag:
            parts.append(f"<{one.tag}>")
        tag = one.tag
        parts.append(f"({space.join(map(condition, one.conditions))})")
    return space.join(parts)


@given(st.lists(GROUPS, min_size=1, max_size=4), st.sampled_from(["", " ", " \t "]))
def test_what_is_written_is_read(groups: list[tuple[Condition, ...]], space: str) -> None:
    header = IfHeader(tuple(ConditionList(None, group) for group in groups))
    assert parse_if(written(header, space)) == header


@given(st.lists(st.tuples(URLS, st.lists(GROUPS, min_size=1, max_size=3)), min_size=1, max_size=4))
def test_tagged_lists_are_read(tagged: list[tuple[str, list[tuple[Condition, ...]]]]) -> None:
    header = IfHeader(tuple(ConditionList(tag, group) for tag, groups in tagged for group in groups))
    assert parse_if(written(header, " ")) == header


@given(st.text(st.sampled_from('<>()[]"Not W/a: \t'), max_size=60))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    try:
        header = parse_if(text)
    except CodecError:
        return
    assert all(one.conditions for one in header.lists)
    assert header.tokens == {c.token for one in header.lists for c in one.conditions if c.token is not None}
