"""The OpenStep form of a property list: one reader that walks the text once.

Grammar: config.md §2. An error says the place where something should have been, such as the end of the value that lacks
its `;`, rather than the place where its absence showed. Nothing that may be a password is ever quoted in an error.
"""

from __future__ import annotations

import re
from typing import NoReturn

from sogo.codec.plist_document import Document, Lines, Path, Remark, Value
from sogo.codec.plist_scalars import TYPED, Unreadable, base64_data, hex_data, unescape
from sogo.errors import CodecError

_BLANK = re.compile(r"(?:[\t\n\v\f\r ]+|//[^\n]*|/\*.*?(?:\*/|\Z))*+", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9!#%&*+\-./:?@^_|~$]*")
_QUOTED = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_STRUCTURE = "{}()<>=;,"
_MARKS = {"(": "an array", "{": "a dictionary", "<": "data", "[": "JSON", "'": "a string in single quotes"}


class Reader:
    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.pos = 0
        self.max_depth = max_depth
        self.lines = Lines(text)
        self.remarks: list[Remark] = []
        self.places: dict[Path, int] = {}
        self._path: list[str | int] = []

    def document(self) -> Document:
        """The whole text as a file: `{ … }`, or a bare body of `key = "string";`."""
        self.skip()
        values = self.root() if self.text.startswith(("{", "(", "<"), self.pos) else self.bare_body()
        places = {path: self.lines.place(at) for path, at in self.places.items()}
        return Document(values, tuple(self.remarks), places)

    # --- the roots ---------------------------------------------------------------------------------------------------

    def root(self) -> dict[str, Value]:
        value = self.item()
        self.end()
        if not isinstance(value, dict):
            self.fail("the file must be a dictionary: { key = value; … }", 0)
        return value

    def end(self) -> None:
        self.skip()
        if self.pos < len(self.text):
            self.fail(f"nothing may follow the end of the property list, but here is {self.ahead()}")

    def bare_body(self) -> dict[str, Value]:
        values: dict[str, Value] = {}
        self.skip()
        while self.pos < len(self.text):
            start = self.pos
            key = self.string()
            after = self.pos
            self.skip()
            value = ""
            if self.take("="):
                self.skip()
                self.only_a_string(key)
                value = self.string()
                after = self.pos
                self.skip()
            if not self.take(";"):
                self.fail(f"';' is missing after {self.name(key)}, before {self.ahead()}", after)
            self.note_key(values, key, start)
            values[key] = value
            self.skip()
        return values

    def only_a_string(self, key: str) -> None:
        what = _MARKS.get(self.text[self.pos : self.pos + 1])
        if what is not None:
            self.fail(f"{self.name(key)} is {what}; without '{{' … '}}' around the whole file it must be a string")

    # --- values ------------------------------------------------------------------------------------------------------

    def item(self) -> Value:
        self.skip()
        match self.text[self.pos : self.pos + 1]:
            case "{":
                return self.dictionary()
            case "(":
                return self.array()
            case "<":
                return self.angle()
            case _:
                return self.string()

    def dictionary(self) -> dict[str, Value]:
        opened = self.open()
        values: dict[str, Value] = {}
        while not self.closes("}", opened):
            start = self.pos
            self._path.append("")  # a key may be a dictionary too, and counts as a level then
            key = self.item()
            self._path.pop()
            self.skip()
            if not self.take("="):
                self.fail(f"'=' is missing after {self.name(key)}, before {self.ahead()}")
            name = key if isinstance(key, str) else f"<{type(key).__name__}>"
            if isinstance(key, str):
                self.note_key(values, key, start)
            self._path.append(name)
            value = self.item()
            self._path.pop()
            if isinstance(key, str):
                values[key] = value
            else:
                self.remark("a key that is not a string is left out", start)
            self.semicolon(name)
        return values

    def semicolon(self, key: str) -> None:
        """The `;` after a value. Only the last one of a dictionary may be missing."""
        after = self.pos
        self.skip()
        if self.take(";"):
            return
        if self.text.startswith("}", self.pos):
            self.remark(f"';' is missing after the value of {self.name(key)}", after)
            return
        if self.pos == after and self.text[after : after + 1] not in _STRUCTURE:
            self.fail(
                f"{self.ahead()} may only stand inside of double quotes; put the value of {self.name(key)} in them"
            )
        if self.pos < len(self.text):
            self.fail(f"';' is missing after the value of {self.name(key)}, before {self.ahead()}", after)

    def array(self) -> list[Value]:
        opened = self.open()
        values: list[Value] = []
        while not self.closes(")", opened):
            self._path.append(len(values))
            self.places[tuple(self._path)] = self.pos
            values.append(self.item())
            self._path.pop()
            self.skip()
            if not self.take(",") and self.pos < len(self.text) and self.text[self.pos] != ")":
                self.fail(f"',' or ')' was expected in this array, not {self.ahead()}")
        return values

    def angle(self) -> Value:
        """`<48 65>`, `<[SGVs]>` and the typed `<*I5>`."""
        opened = self.pos
        self.pos += 1
        try:
            if self.take("*"):
                return self.typed(opened)
            if self.take("["):
                return base64_data(self.until("]>", opened))
            digits = _BLANK.sub(lambda blank: " " if blank.group() else "", self.until(">", opened))
            return hex_data(digits)
        except Unreadable as error:
            self.fail(str(error), opened)

    def typed(self, opened: int) -> Value:
        body = self.until(">", opened)
        read = TYPED.get(body[:1])
        if read is None:
            self.fail("after '<*' one of I, R, B and D was expected", opened)
        text = body[1:]
        if text.startswith('"') and text.endswith('"') and len(text) > 1:
            text = text[1:-1]
        return read(text)

    def until(self, mark: str, opened: int) -> str:
        end = self.text.find(mark, self.pos)
        if end < 0:
            self.fail(f"the '<' that opens here is never closed by '{mark}'", opened)
        body = self.text[self.pos : end]
        self.pos = end + len(mark)
        return body

    def string(self) -> str:
        """Quoted, or a word of the unquoted characters; the empty word is the empty string."""
        if not self.text.startswith('"', self.pos):
            word = _WORD.match(self.text, self.pos)
            assert word is not None
            self.pos = word.end()
            return word.group()
        match = _QUOTED.match(self.text, self.pos)
        if match is None:
            self.fail("the string that opens here has no closing quote")
        try:
            text = unescape(match.group(1))
        except Unreadable as error:
            self.fail(str(error))
        self.pos = match.end()
        return text

    # --- small steps -------------------------------------------------------------------------------------------------

    def skip(self) -> None:
        blank = _BLANK.match(self.text, self.pos)
        assert blank is not None
        self.pos = blank.end()

    def take(self, char: str) -> bool:
        if self.text.startswith(char, self.pos):
            self.pos += 1
            return True
        return False

    def open(self) -> int:
        if len(self._path) >= self.max_depth:
            self.fail(f"nested deeper than {self.max_depth} levels")
        self.pos += 1
        return self.pos - 1

    def closes(self, bracket: str, opened: int) -> bool:
        self.skip()
        if self.pos >= len(self.text):
            self.fail(f"the '{self.text[opened]}' that opens here is never closed", opened)
        return self.take(bracket)

    def note_key(self, values: dict[str, Value], key: str, start: int) -> None:
        if key in values:
            self.remark(f"{self.name(key)} is set twice; the last one counts", start)
        self.places[(*self._path, key)] = start

    def remark(self, text: str, offset: int) -> None:
        self.remarks.append(Remark(text, self.lines.place(offset)))

    def name(self, key: Value) -> str:
        return repr(key if len(key) <= 60 else key[:60] + "…") if isinstance(key, str) else "this key"

    def ahead(self) -> str:
        """What stands here, for an error text: a few characters at most, so that no secret is printed."""
        word = self.text[self.pos : self.pos + 1]
        return repr(word) if word else "the end of the file"

    def fail(self, reason: str, offset: int | None = None) -> NoReturn:
        at = self.pos if offset is None else offset
        place = self.lines.place(at)
        raise CodecError(reason, offset=at, line=place.line, column=place.column)
