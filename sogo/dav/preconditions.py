"""If-Match and If-None-Match as conditions on a state (RFC 9110 §13). The If header is in `conditions`: it may be about
several resources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sogo.errors import InvalidRequest, PreconditionFailed
from sogo.store.interface import Expect

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)|\s*([^\s,"]+)\s*(?:,|$)')
_MAX_TAGS = 1_000


@dataclass(frozen=True, slots=True)
class Tags:
    """The list of an If-Match or If-None-Match header; `any` for `*`."""

    any: bool
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What a request says must be true. ETags are bare. `if_header` is here since what it was true for must still be
    there when the store writes."""

    match: Tags | None = None
    none_match: Tags | None = None
    if_header: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Preconditions:
        return cls(tags(headers.get("If-Match")), tags(headers.get("If-None-Match")), headers.get("If", ""))

    def check(self, etag: str | None) -> None:
        """Raises PreconditionFailed unless all hold for the present state; `etag` is None where nothing is."""
        if self.match is not None and not (etag is not None and (self.match.any or etag in self.match.tags)):
            raise PreconditionFailed("The object is not the one you know (If-Match).")
        if self.none_match is not None and etag is not None and (self.none_match.any or etag in self.none_match.tags):
            raise PreconditionFailed("There is an object already (If-None-Match).")

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


def tags(header: str | None) -> Tags | None:
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
