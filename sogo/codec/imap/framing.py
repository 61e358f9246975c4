"""From octets as they come to whole responses: lines, with the literals that belong to them (RFC 9051 §4.3)."""

from __future__ import annotations

import re

from sogo.codec.imap.lexer import DEFAULT_LIMITS, Limits, broken, end_of_code

_ENDS_IN_LITERAL = re.compile(rb"~?\{(\d{1,12})\+?\}\r?\n\Z")
_MAX_MARK_BYTES = 20
"""Longer than any mark of a literal with its line end."""
_MAX_CODE_BYTES = 64 * 1024
_STATUS = re.compile(rb"(?:\+|\S+ (?:OK|NO|BAD|BYE|PREAUTH))(?:[ \r\n]|\Z)", re.IGNORECASE)


class Framer:
    """Give it octets by `feed`, take responses by `next`: each whole, with literals as they came, without its last line
    end. What it holds is bounded by `limits`; past them `next` raises CodecError, and so does all that follows."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._held = bytearray()
        self._start = 0
        """Where the response begins that is being read."""
        self._line = 0
        """Where its present line begins, after the last literal."""
        self._seen = 0
        """Up to here there is no line end in this line."""
        self._literals = 0

    def feed(self, data: bytes) -> None:
        if self._start:
            self._forget()
        self._held += data

    @property
    def held_bytes(self) -> int:
        return len(self._held) - self._start

    def next(self) -> bytes | None:
        """The next response; None when more octets are needed. Empty lines between responses are skipped."""
        while True:
            if self._line > len(self._held):
                return None  # within a literal
            end = self._held.find(b"\n", max(self._line, self._seen))
            if end < 0:
                self._seen = len(self._held)
                self._check_line(self._seen)
                return None
            self._check_line(end)
            size = self._literal_size(end + 1)
            if size is None:
                response = bytes(self._held[self._start : end]).removesuffix(b"\r")
                self._start = self._line = self._seen = end + 1
                self._literals = 0
                if response:
                    return response
            else:
                self._expect(end + 1, size)

    def _expect(self, at: int, size: int) -> None:
        self._literals += 1
        self._line = at + size
        if size > self._limits.literal_bytes or self._line - self._start > self._limits.response_bytes:
            raise broken("A literal larger than what is read.", self._held, at)
        if self._literals > self._limits.literals:
            raise broken("More literals than are read.", self._held, at)

    def _literal_size(self, end: int) -> int | None:
        """The size of the literal that this line announces. In the text of a status response nothing does."""
        mark = _ENDS_IN_LITERAL.search(self._held, max(self._line, end - _MAX_MARK_BYTES), end)
        if mark is None:
            return None
        head = bytes(self._held[self._start : self._start + 200])
        if _STATUS.match(head) and not self._in_code(end):
            return None
        return int(mark[1])

    def _in_code(self, end: int) -> bool:
        """Whether a status response is still within its [CODE …]."""
        if end - self._start > _MAX_CODE_BYTES:
            return False
        words = bytes(self._held[self._start : end]).split(b" ", 2)
        return len(words) == 3 and words[2].startswith(b"[") and end_of_code(words[2]) is None

    def _check_line(self, end: int) -> None:
        if end - self._line > self._limits.line_bytes or end - self._start > self._limits.response_bytes:
            raise broken("A line longer than what is read.", self._held, self._line)

    def _forget(self) -> None:
        del self._held[: self._start]
        self._line -= self._start
        self._seen = max(0, self._seen - self._start)
        self._start = 0
