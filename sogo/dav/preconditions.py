"""If-Match, If-None-Match and If as conditions on a state (RFC 9110 §13, RFC 4918 §10.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sogo.errors import InvalidRequest, PreconditionFailed
from sogo.store.interface import Expect

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)|\s*([^\s,"]+)\s*(?:,|$)')
_IF_ITEM = re.compile(r'\s*(?:(<[^>]*>)|(\()|(\))|(Not)\b|\[\s*(?:W/)?"([^"]*)"\s*\])', re.IGNORECASE)
_MAX_TAGS = 1_000


@dataclass(frozen=True, slots=True)
class Tags:
    """The list of an If-Match or If-None-Match header; `any` for `*`."""

    any: bool
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a request says must be true. ETags are bare."""

    match: Tags | None = None
    none_match: Tags | None = None
    if_header: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Preconditions:
        return cls(_tags(headers.get("If-Match")), _tags(headers.get("If-None-Match")), headers.get("If", ""))

    def check(self, etag: str | None) -> None:
        """Raises PreconditionFailed unless all hold for the present state; `etag` is None where nothing is."""
        if self.match is not None and not (etag is not None and (self.match.any or etag in self.match.tags)):
            raise PreconditionFailed("The object is not the one you know (If-Match).")
        if self.none_match is not None and etag is not None and (self.none_match.any or etag in self.none_match.tags):
            raise PreconditionFailed("There is an object already (If-None-Match).")
        if self.if_header and not evaluate_if(self.if_header, etag):
            raise PreconditionFailed("The conditions of the If header do not hold.")

    def not_modified(self, etag: str) -> bool:
        """May a GET be answered with 304?"""
        return self.none_match is not None and (self.none_match.any or etag in self.none_match.tags)

    def expect(self, *, etag: str | None, version: int | None) -> Expect:
        """The checked conditions as what the store must still find when it writes, so that no writer slips in between.

        `etag` and `version` are of the state that was checked; both None where nothing was.
        """
        self.check(etag)
        if self.match is None and self.none_match is None and not self.if_header:
            return Expect()
        return Expect(absent=True) if version is None else Expect(version=version)


def _tags(header: str | None) -> Tags | None:
    if header is None or not header.strip():
        return None
    if header.strip() == "*":
        return Tags(True, frozenset())
    found: set[str] = set()
    place = 0
    while place < len(header):
        match = _TAG.match(header, place)
        if match is None or len(found) >= _MAX_TAGS:
            raise InvalidRequest("A list of ETags cannot be read.")
        found.add(match.group(1) if match.group(1) is not None else match.group(2))
        place = match.end()
    return Tags(False, frozenset(found))


def evaluate_if(header: str, etag: str | None) -> bool:
    """True when one of the lists of an If header holds. This server gives no lock tokens, so a state token never holds
    (and `Not` of one always does). Raises InvalidRequest when the header makes no sense."""
    place, inside, negated = 0, False, False
    holds, result, lists = True, False, 0
    header = header.rstrip()
    while place < len(header):
        item = _IF_ITEM.match(header, place)
        if item is None:
            raise InvalidRequest("The If header cannot be read.")
        place = item.end()
        token, opened, closed, negation, tag = item.groups()
        if opened and not inside:
            inside, holds, negated = True, True, False
        elif closed and inside:
            inside, lists = False, lists + 1
            result = result or holds
        elif negation and inside:
            negated = True
        elif inside and (token or tag is not None):
            holds = holds and ((tag is not None and tag == etag) != negated)
            negated = False
        elif not (token and not inside):  # a tagged list names the resource first; ours is the only one it can mean
            raise InvalidRequest("The If header cannot be read.")
    if inside or not lists:
        raise InvalidRequest("The If header cannot be read.")
    return result
