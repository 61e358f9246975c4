"""What a mail server found out about a message: Authentication-Results (RFC 8601 §2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_CHARS = 32_000
MAX_RESULTS = 100
_TOKEN = re.compile(r'\s+|[;=()]|"(?:[^"\\]|\\.)*"|[^\s;=()"]+|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """`method` as spf, dkim or dmarc, `result` as pass or fail, `properties` as {"header.d": "example.org"}; names and
    result in lower case. The first of several values of one name."""

    method: str
    result: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Findings:
    """`server` is the authserv-id in lower case: who says so, as far as whoever wrote the field tells the truth."""

    server: str
    items: tuple[Finding, ...]


def parse(value: str) -> Findings | None:
    """None for a field that names no server. What cannot be read of the rest is left out."""
    if len(value) > MAX_CHARS:
        return None
    first, *rest = _statements(value)
    if not first or first[0] in "=;":
        return None
    items = [found for words in rest[:MAX_RESULTS] if (found := _finding(words)) is not None]
    return Findings(first[0].lower(), tuple(items))


def _statements(value: str) -> list[list[str]]:
    """The words between semicolons, with "=" as a word, without comments."""
    statements: list[list[str]] = [[]]
    for word in _words(value):
        if word == ";":
            statements.append([])
        else:
            statements[-1].append(word)
    return statements


def _words(value: str) -> Iterator[str]:
    depth = 0
    for match in _TOKEN.finditer(value):
        word = match[0]
        if word == "(":
            depth += 1
        elif word == ")":
            depth = max(depth - 1, 0)
        elif not depth and not word.isspace():
            is_quoted = len(word) > 1 and word[0] == word[-1] == '"'
            yield re.sub(r"\\(.)", r"\1", word[1:-1]).replace(";", "").replace("=", "") if is_quoted else word


def _finding(words: list[str]) -> Finding | None:
    pairs = [(words[n - 1].lower(), words[n + 1]) for n in range(1, len(words) - 1) if words[n] == "="]
    if not pairs or words[1] != "=":
        return None
    (method, result), *rest = pairs
    properties: dict[str, str] = {}
    for name, text in rest:
        properties.setdefault(name, text)
    return Finding(method.partition("/")[0].strip(), result.lower(), properties)
