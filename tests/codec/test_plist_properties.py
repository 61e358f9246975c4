"""What holds for every property list."""

from __future__ import annotations

import contextlib
import datetime as dt

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sogo.codec import plist
from sogo.errors import CodecError

TEXTS = st.text(max_size=20)
LEAVES = (
    TEXTS
    | st.binary(max_size=12)
    | st.integers(-(2**63), 2**64 - 1)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.datetimes(
        min_value=dt.datetime(1000, 1, 2), max_value=dt.datetime(9999, 12, 30), timezones=st.just(dt.UTC)
    ).map(lambda moment: moment.replace(microsecond=0))
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, max_size=4)
NOISE = st.text(alphabet=st.sampled_from('{}()<>[]=;,"\\/*# \n\tUu0a9é*IRBDYN\x00'), max_size=60)


@given(VALUES)
def test_what_is_written_is_read_back(value: plist.Value) -> None:
    assert plist.parse(plist.render(value, typed=True)) == value
    assert plist.parse(plist.render_line(value, typed=True)) == value


@given(DOCUMENTS)
def test_one_line_holds_no_line_end(value: dict[str, plist.Value]) -> None:
    line = plist.render_line(value)
    assert not {"\n", "\r"} & set(line)
    assert line.isascii()


@given(NOISE)
@example('{a="\\ud800\\u0041";}')
def test_noise_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CodecError):
        document = plist.parse_document(text)
        assert all(isinstance(key, str) for key in document.values)
    with contextlib.suppress(CodecError):
        plist.parse(text)


@given(st.binary(max_size=200))
def test_octets_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(CodecError):
        plist.parse_document(plist.decode(data))


@settings(max_examples=60)
@given(DOCUMENTS, st.integers(0, 400), st.integers(0, 3), NOISE)
def test_a_mangled_document_is_read_or_refused_with_a_place(
    value: dict[str, plist.Value], at: int, cut: int, noise: str
) -> None:
    text = plist.render(value, typed=True)
    at %= len(text)
    refused: CodecError | None = None
    try:
        plist.parse_document(text[:at] + noise[:3] + text[at + cut :])
    except CodecError as error:
        refused = error
    if refused is not None:
        assert isinstance(refused.fields["line"], int)
        assert isinstance(refused.fields["column"], int)
        assert refused.offset is not None


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from("<>/kdiastregny &;#x1'\"=!-?\n"), max_size=80))
def test_mangled_xml_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(CodecError):
        plist.parse_document("<plist><dict><key>a</key>" + text + "</dict></plist>")
