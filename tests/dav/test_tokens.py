"""Sync tokens as text."""

from __future__ import annotations

import pytest

from sogo.dav.tokens import parse_token, render_token
from sogo.errors import InvalidSyncToken
from sogo.model.folder import SyncPoint


@pytest.mark.parametrize("point", [SyncPoint("a1b2", 0), SyncPoint("x-y", 12345678901)])
def test_a_token_comes_back_as_the_point_it_was_made_of(point: SyncPoint) -> None:
    assert parse_token(render_token(point)) == point


def test_a_token_is_a_uri() -> None:
    assert render_token(SyncPoint("g", 7)) == "data:,g-7"


def test_no_token_means_everything() -> None:
    assert parse_token("  ") is None


@pytest.mark.parametrize(
    "text",
    ["1795347316", "-1", "data:,", "data:,g", "data:,g-", "data:,-5", "data:,g-1x", "data:,g-" + "9" * 40, "urn:x"],
)
def test_what_we_never_gave_is_refused(text: str) -> None:
    with pytest.raises(InvalidSyncToken):
        parse_token(text)
