"""Content lines as a tree: iCalendar (RFC 5545 §3.1), vCard 2.1/3/4 (RFC 6350 §3.3) and the VLIST form of SOGo.

What lives here: splitting, folding, parameters, escapes, and a tree that gives back every octet it was not asked to
change. What never will: the meaning of a property. Typed values are read by `sogo.model`.

    bytes --decode--> text --parse--> Component("")          the document
                                        Component("VCALENDAR")
                                          Line VERSION, Line PRODID, Component("VEVENT"), …
                      text <--render--

A `Line` remembers the raw text it was read from, folds included, and renders as that. A line that was made or changed
is folded anew. Input is taken as it comes: LF, CR or CRLF, a BOM, a missing END, lines without a colon (kept as they
are, with an empty name). Only size, number of lines and depth are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sogo.errors import CodecError

MAX_LINES = 200_000
MAX_DEPTH = 20

_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")
_BYTE_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_/-]+)$")
_PARAM = re.compile(r';\s*([^=;:"]*)(?:=((?:"[^"]*"|[^";:])*))?')
_HEAD = re.compile(r'[^:";]*(?:;(?:"[^"]*"|[^":])*)?:')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEEDS_QUOTES = re.compile(r"[,;:]")

Params = tuple[tuple[str, tuple[str, ...]], ...]


def decode(data: bytes) -> str:
    """The text of an uploaded object: UTF-8, with or without BOM; else UTF-8 cut by folds; else Windows-1252.

    Old clients fold in the middle of a character (RFC 5545 §3.1 warns of it); such text only decodes once unfolded.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    unfolded = _BYTE_FOLD.sub(b"", data)
    try:
        return unfolded.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


class Line:
    """One property: `name` upper-case ("" for a line without a colon), optional `group` (vCard), `value` unfolded but
    still escaped. `params` are read on first use. Treat a line as a value: change it by replacing it."""

    __slots__ = ("_head", "_params", "group", "name", "raw", "value")

    def __init__(
        self,
        name: str,
        value: str,
        *,
        params: Params | None = None,
        group: str = "",
        raw: str | None = None,
        head: str = "",
    ) -> None:
        self.name = name
        self.value = value
        self.group = group
        self.raw = raw
        self._head = head
        self._params = params

    @property
    def params(self) -> Params:
        """(NAME, (value, …)) in order of appearance; names upper-case, quotes removed, RFC 6868 `^` escapes decoded.
        A vCard 2.1 bare parameter (`TEL;HOME:`) reads as TYPE=HOME."""
        if self._params is None:
            self._params = tuple(_read_params(self._head))
        return self._params

    def param(self, name: str) -> str | None:
        """The first value of a parameter, or None."""
        for key, values in self.params:
            if key == name:
                return values[0] if values else ""
        return None

    def param_values(self, name: str) -> list[str]:
        """All values of a parameter, from every appearance of it."""
        return [value for key, values in self.params if key == name for value in values]

    @property
    def text(self) -> str:
        """The value as TEXT (RFC 5545 §3.3.11): escapes undone."""
        return unescape(self.value)

    def with_value(self, value: str) -> Line:
        return Line(self.name, value, params=self.params, group=self.group)

    def with_param(self, name: str, *values: str) -> Line:
        """The line with this parameter set to these values, or without it when none are given."""
        kept = [(key, old) for key, old in self.params if key != name]
        if values:
            place = next((i for i, (key, _) in enumerate(self.params) if key == name), len(kept))
            kept.insert(min(place, len(kept)), (name, values))
        return Line(self.name, self.value, params=tuple(kept), group=self.group)

    def render(self) -> str:
        """The line as text, folds included, without the final line end."""
        if self.raw is not None:
            return self.raw
        head = f"{self.group}.{self.name}" if self.group else self.name
        for key, values in self.params:
            head += f";{key}=" + ",".join(_quote(value) for value in values)
        return fold(f"{head}:{self.value}")

    def __repr__(self) -> str:
        return f"Line({self.name}:{self.value[:40]!r})"


class Component:
    """BEGIN to END: `items` holds lines and components in the order they came. The document itself has the name ""."""

    __slots__ = ("_begin", "_end", "items", "name")

    def __init__(
        self, name: str, items: Iterable[Line | Component] = (), *, begin: str | None = None, end: str | None = None
    ) -> None:
        self.name = name
        self.items: list[Line | Component] = list(items)
        self._begin = begin
        self._end = end

    @property
    def lines(self) -> list[Line]:
        return [item for item in self.items if isinstance(item, Line)]

    @property
    def children(self) -> list[Component]:
        return [item for item in self.items if isinstance(item, Component)]

    def components(self, *names: str) -> list[Component]:
        """The direct children of these names, in order."""
        return [child for child in self.children if child.name in names]

    def first(self, name: str) -> Line | None:
        for item in self.items:
            if isinstance(item, Line) and item.name == name:
                return item
        return None

    def all(self, name: str) -> list[Line]:
        return [item for item in self.items if isinstance(item, Line) and item.name == name]

    def value(self, name: str) -> str | None:
        """The raw value of the first property of this name."""
        line = self.first(name)
        return line.value if line is not None else None

    def text(self, name: str, default: str = "") -> str:
        line = self.first(name)
        return line.text if line is not None else default

    def set(self, line: Line) -> None:
        """Put the line where the first of its name stands (removing the others of that name), else after the last
        property line."""
        place = next(
            (i for i, item in enumerate(self.items) if isinstance(item, Line) and item.name == line.name), None
        )
        if place is None:
            self.append_line(line)
            return
        self.items[place] = line
        self.items[place + 1 :] = [
            item for item in self.items[place + 1 :] if not (isinstance(item, Line) and item.name == line.name)
        ]

    def append_line(self, line: Line) -> None:
        """Add a property after the last one, before any sub-component that follows it."""
        place = len(self.items)
        while place and isinstance(self.items[place - 1], Component):
            place -= 1
        self.items.insert(place, line)

    def replace(self, old: Line | Component, new: Line | Component) -> None:
        self.items[next(i for i, item in enumerate(self.items) if item is old)] = new

    def remove(self, *names: str) -> bool:
        """Drop every property of these names; True if there was one."""
        before = len(self.items)
        self.items = [item for item in self.items if not (isinstance(item, Line) and item.name in names)]
        return len(self.items) != before

    def copy(self) -> Component:
        """A tree that can be changed without changing this one. Lines are values and shared."""
        return Component(
            self.name,
            [item.copy() if isinstance(item, Component) else item for item in self.items],
            begin=self._begin,
            end=self._end,
        )

    def walk(self) -> Iterator[Component]:
        """This component and everything below it, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def render(self) -> str:
        """The text, lines ended by CRLF. What was not touched comes back as it was read, but for the line ends."""
        out: list[str] = []
        self._render(out)
        out.append("")
        return "\r\n".join(out)

    def _render(self, out: list[str]) -> None:
        if self.name:
            out.append(self._begin if self._begin is not None else f"BEGIN:{self.name}")
        for item in self.items:
            if isinstance(item, Line):
                out.append(item.render())
            else:
                item._render(out)
        if self.name:
            out.append(self._end if self._end is not None else f"END:{self.name}")

    def __repr__(self) -> str:
        return f"Component({self.name!r}, {len(self.items)} items)"


def parse(text: str, *, max_lines: int = MAX_LINES, max_depth: int = MAX_DEPTH) -> Component:
    """Read a document: a Component named "" that holds what stands at the top level.

    Never guesses at meaning and never drops a line. Raises CodecError beyond the limits.
    """
    root = Component("")
    stack = [root]
    offset = 0
    for count, raw in enumerate(_raw_lines(text.removeprefix("\ufeff"))):
        if count >= max_lines:
            raise CodecError(f"more than {max_lines} lines", offset=offset)
        offset += len(raw) + 2
        line = _read_line(raw)
        if line.name == "BEGIN" and not line.group:
            if len(stack) > max_depth:
                raise CodecError(f"components nested deeper than {max_depth}", offset=offset, excerpt=raw[:60])
            child = Component(line.value.strip().upper(), begin=raw)
            stack[-1].items.append(child)
            stack.append(child)
        elif line.name == "END" and not line.group and _close(stack, line.value.strip().upper(), raw):
            continue
        else:
            stack[-1].items.append(line)
    return root


def _close(stack: list[Component], name: str, raw: str) -> bool:
    """End the nearest open component of this name, and with it whatever was left open inside."""
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth].name == name:
            stack[depth]._end = raw
            del stack[depth:]
            return True
    return False


def _raw_lines(text: str) -> Iterator[str]:
    """Logical lines with their folds still inside; empty lines are dropped (they carry nothing). Not splitlines():
    that also cuts at vertical tab, form feed, NEL and U+2028, which are ordinary characters of a value."""
    pending: str | None = None
    for part in _LINE_END.split(text):
        if pending is not None and part[:1] in (" ", "\t"):
            pending += "\r\n" + part
            continue
        if pending:
            yield pending
        pending = part
    if pending:
        yield pending


def _read_line(raw: str) -> Line:
    text = _FOLD.sub("", raw) if "\n" in raw or "\r" in raw else raw
    colon = text.find(":")
    semicolon = text.find(";")
    if colon < 0:
        return Line("", text, raw=raw, params=())
    if 0 <= semicolon < colon:
        match = _HEAD.match(text)
        if match is None:  # an unclosed quote: cut at the first colon, as clients do
            head, value = text[:colon], text[colon + 1 :]
        else:
            head, value = text[: match.end() - 1], text[match.end() :]
        name_part, params = head[:semicolon], None
    else:
        head, value, name_part, params = "", text[colon + 1 :], text[:colon], ()
    name = _NAME.match(name_part.strip())
    if name is None:
        return Line("", text, raw=raw, params=())
    return Line(
        name.group(2).upper(),
        value,
        params=params,
        group=name.group(1) or "",
        raw=raw,
        head=head[semicolon:] if head else "",
    )


def _read_params(head: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for match in _PARAM.finditer(head):
        key = match.group(1).strip().upper()
        if match.group(2) is None:
            if key:
                yield "TYPE", (key,)
            continue
        yield key, tuple(_decode_param(value) for value in _split_outside_quotes(match.group(2)))


def _split_outside_quotes(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    parts: list[str] = []
    start, quoted = 0, False
    for i, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return parts


def _decode_param(value: str) -> str:
    value = value.strip().replace('"', "")
    if "^" in value:  # RFC 6868
        value = re.sub(r"\^([n'^])", lambda m: {"n": "\n", "'": '"', "^": "^"}[m.group(1)], value)
    return value


def _quote(value: str) -> str:
    value = value.replace("^", "^^") if re.search(r"\^[n'^]", value) else value
    value = value.replace("\r\n", "\n").replace("\n", "^n").replace('"', "^'")
    return f'"{value}"' if _NEEDS_QUOTES.search(value) else value


def fold(line: str) -> str:
    """Cut a line so that no piece is longer than 75 octets, never inside a character (RFC 5545 §3.1)."""
    data = line.encode()
    if len(data) <= 75:
        return line
    pieces: list[str] = []
    start, limit = 0, 75
    while start < len(data):
        end = min(start + limit, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(data[start:end].decode())
        start, limit = end, 74
    return "\r\n ".join(pieces)


def unescape(value: str) -> str:
    r"""Undo TEXT escapes: \n and \N are line ends, any other escaped character is itself."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda m: "\n" if m.group(1) in "nN" else m.group(1), value)


def escape(text: str) -> str:
    """Text as a TEXT value (RFC 5545 §3.3.11). Control characters that no parser takes are dropped."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)


def split_value(value: str, separator: str) -> list[str]:
    r"""Cut a value at an unescaped separator ("," or ";"). The parts are still escaped."""
    if "\\" not in value:
        return value.split(separator)
    parts: list[str] = []
    current: list[str] = []
    i = 0
    while i < len(value):
        char = value[i]
        if char == "\\" and i + 1 < len(value):
            current.append(value[i : i + 2])
            i += 2
            continue
        if char == separator:
            parts.append("".join(current))
            current = []
        else:
            current.append(char)
        i += 1
    parts.append("".join(current))
    return parts
