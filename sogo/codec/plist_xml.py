"""The XML form of a property list, as `~/GNUstep/Defaults/sogod.plist` often has it.

Read with expat and hardened: entities of the document's own are refused, nothing is fetched, depth is bounded. Typed
elements become typed values: `<integer>`, `<real>`, `<true/>`, `<data>`, `<date>`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import NoReturn
from xml.parsers import expat

from sogo.codec.plist_document import Document, Lines, Path, Place, Remark, Value
from sogo.codec.plist_scalars import Unreadable, base64_data, integer, real
from sogo.errors import CodecError

_ENCODING = re.compile(r"(\s*<\?xml[^>]*?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_CONTAINERS = ("dict", "array")


def parse_xml(text: str, *, max_depth: int) -> Document:
    """Read the XML form; the root, with or without `<plist>` around it, must be a dictionary. Raises CodecError."""
    return _XmlReader(_ENCODING.sub(r"\1", text.lstrip(), count=1), max_depth).read()


def _date(text: str) -> dt.datetime:
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S %z"):
        try:
            value = dt.datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    raise Unreadable("a date must look like 2020-01-02T03:04:05Z")


_LEAVES: Mapping[str, Callable[[str], Value]] = {
    "string": lambda text: text,
    "integer": lambda text: integer(text.strip() or "0"),
    "real": lambda text: real(text.strip() or "0"),
    "true": lambda text: True,
    "false": lambda text: False,
    "data": base64_data,
    "date": _date,
}


class _XmlReader:
    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.remarks: list[Remark] = []
        self.places: dict[Path, Place] = {}
        self._open: list[list[Value] | dict[str, Value]] = []
        self._keys: list[str | None] = []
        self._chars: list[str] = []
        self._leaf: str | None = None
        self._root: Value | None = None
        self._parser = expat.ParserCreate(encoding="utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self._chars.append
        self._parser.EntityDeclHandler = self.entity

    def read(self) -> Document:
        try:
            self._parser.Parse(self.text.encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            self.fail(f"this XML is broken ({reason})", Place(error.lineno, error.offset + 1))
        if not isinstance(self._root, dict):
            self.fail("the file must be a dictionary: <plist><dict>…</dict></plist>", Place(1, 1))
        return Document(self._root, tuple(self.remarks), self.places)

    def start(self, tag: str, attributes: object) -> None:
        self._chars.clear()
        if self._open and isinstance(self._open[-1], list):
            self.places[self.path()] = self.place()
        if self._leaf is not None:
            self.fail(f"<{tag}> may not stand inside <{self._leaf}>")
        if tag in _CONTAINERS:
            if len(self._open) >= self.max_depth:
                self.fail(f"nested deeper than {self.max_depth} levels")
            self._open.append({} if tag == "dict" else [])
            self._keys.append(None)
        elif tag == "key" or tag in _LEAVES:
            self._leaf = tag
        elif tag != "plist":
            self.fail(f"<{tag}> is not an element of a property list")

    def end(self, tag: str) -> None:
        text = "".join(self._chars)
        self._chars.clear()
        self._leaf = None
        if tag == "key":
            self.key(text)
        elif tag in _CONTAINERS:
            self._keys.pop()
            self.add(self._open.pop())
        elif tag != "plist":
            try:
                self.add(_LEAVES[tag](text))
            except Unreadable as error:
                self.fail(str(error))

    def key(self, text: str) -> None:
        if not self._open or not isinstance(self._open[-1], dict):
            self.fail("<key> stands outside of <dict>")
        if text in self._open[-1]:
            self.remarks.append(Remark(f"{text[:60]!r} is set twice; the last one counts", self.place()))
        self._keys[-1] = text
        self.places[self.path()] = self.place()

    def add(self, value: Value) -> None:
        """Put a finished value where it belongs."""
        if not self._open:
            if self._root is not None:
                self.fail("a property list holds one value")
            self._root = value
            return
        parent = self._open[-1]
        if isinstance(parent, list):
            parent.append(value)
            return
        key = self._keys[-1]
        if key is None:
            self.fail("a value without a <key> before it")
        parent[key] = value
        self._keys[-1] = None

    def path(self) -> Path:
        """Where we are: keys of the open dictionaries, indexes of the open arrays."""
        steps: list[str | int] = []
        for container, key in zip(self._open, self._keys, strict=True):
            steps.append(len(container) if isinstance(container, list) else key or "")
        return tuple(steps)

    def entity(self, *declaration: object) -> NoReturn:
        self.fail("entity declarations are not accepted")

    def place(self) -> Place:
        return Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    def fail(self, reason: str, place: Place | None = None) -> NoReturn:
        at = place or self.place()
        offset = Lines(self.text).offset(at)
        raise CodecError(reason, offset=offset, line=at.line, column=at.column)
