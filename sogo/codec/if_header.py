"""The If header (RFC 4918 §10.4): lists of conditions, each list about the resource of the request or a tagged one.

If: (<urn:uuid:1> ["etag"]) (Not <DAV:no-lock>)
If: </a> (<urn:uuid:1>) </b> (["x"])
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sogo.errors import CodecError

MAX_CHARS = 8_192
MAX_CONDITIONS = 200
MAX_TAGS = 20
"""Each tag is a resource that has to be looked up."""

_PIECE = re.compile(
    r"""\s*(?: (?P<open>\() | (?P<close>\)) | <(?P<url>[^<>\s]+)> | \[\s*(?:W/)?"(?P<etag>[^"]*)"\s*\]
    | (?P<negation>not)(?=[\s<\[]) )""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """That the resource has a state token (a lock, an absolute URI) or an entity tag (bare); negated, that it has not.
    One of `token` and `etag` is set."""

    token: str | None = None
    etag: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ConditionList:
    """Conditions that must hold together. `tag` is the URL of the resource they are about, None for the request's."""

    tag: str | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class IfHeader:
    """The header holds when one of its lists does."""

    lists: tuple[ConditionList, ...]

    @property
    def tokens(self) -> frozenset[str]:
        """The state tokens of the header. Naming one submits it, whatever becomes of its condition (§10.4.1)."""
        return frozenset(
            condition.token for one in self.lists for condition in one.conditions if condition.token is not None
        )

    @property
    def tags(self) -> tuple[str, ...]:
        """The tagged resources, each once."""
        return tuple(dict.fromkeys(one.tag for one in self.lists if one.tag is not None))


def parse_if(header: str) -> IfHeader:
    """Raises CodecError for what breaks the grammar of §10.4.2, and for more than anybody needs."""
    if len(header) > MAX_CHARS:
        raise CodecError("The If header is too long.")
    pieces = _pieces(header)
    lists: list[ConditionList] = []
    tag: str | None = None
    awaits_list = False
    count = 0
    for place, kind, value in pieces:
        if kind == "open":
            conditions = tuple(_conditions(pieces))
            if not conditions:
                raise CodecError("A list of the If header is empty.", offset=place)
            count += len(conditions)
            lists.append(ConditionList(tag, conditions))
            awaits_list = False
        elif kind == "url" and not awaits_list and (tag is not None or not lists):
            tag, awaits_list = value, True
        else:
            raise CodecError("The If header cannot be read.", offset=place)
        if count > MAX_CONDITIONS:
            raise CodecError(f"The If header has more than {MAX_CONDITIONS} conditions.", offset=place)
    if not lists or awaits_list:
        raise CodecError("The If header has no list of conditions where one belongs.", offset=len(header))
    found = IfHeader(tuple(lists))
    if len(found.tags) > MAX_TAGS:
        raise CodecError(f"The If header is about more than {MAX_TAGS} resources.")
    return found


Piece = tuple[int, str, str]


def _pieces(header: str) -> Iterator[Piece]:
    place, end = 0, len(header.rstrip())
    while place < end:
        match = _PIECE.match(header, place)
        if match is None or match.lastgroup is None:
            raise CodecError("The If header cannot be read.", offset=place)
        yield place, match.lastgroup, match[match.lastgroup]
        place = match.end()


def _conditions(pieces: Iterator[Piece]) -> Iterator[Condition]:
    """The inside of a list, up to its closing parenthesis."""
    negated = False
    for place, kind, value in pieces:
        if kind == "close" and not negated:
            return
        if kind == "negation" and not negated:
            negated = True
        elif kind == "url":
            yield Condition(token=value, negated=negated)
            negated = False
        elif kind == "etag":
            yield Condition(etag=value, negated=negated)
            negated = False
        else:
            raise CodecError("A list of the If header cannot be read.", offset=place)
    raise CodecError("A list of the If header does not end.")
