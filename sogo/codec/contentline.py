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
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from sogo.codec.line_text import (
    Params,
    decode,
    escape,
    fold,
    one_line,
    quote_param,
    quoted_printable,
    read_params,
    split_value,
    unescape,
)
from sogo.errors import CodecError

__all__ = ["Component", "Known", "Line", "Params", "decode", "escape", "fold", "parse", "split_value", "unescape"]

MAX_CHARS = 50_000_000
MAX_LINES = 200_000
MAX_DEPTH = 20
MAX_PARAMS = 100_000
"""How many characters of parameters are read of one line."""
MAX_HEAD = 400
"""How far into a line its encoding is looked for."""

_BLANK = (" ", "\t")
_NAME = re.compile(r"(?:([A-Za-z0-9_-]++)\.)?([A-Za-z0-9_/-]++)")
_QUOTED_HEAD = re.compile(r'[^:";]*+;(?:"[^"]*+"|[^":]++)*+:')
_QUOTED_PRINTABLE = re.compile(r';(?:ENCODING=)?"?QUOTED-PRINTABLE"?(?:;|$)', re.IGNORECASE)
_SOFT_BREAK = re.compile(r"=\r\n(?![ \t][0-9A-Fa-f]{2})")


class Line:
    """One property: `name` upper-case ("" for a line without a colon), optional `group` (vCard), `value` unfolded but
    still escaped, `raw` the text it was read from, or was once rendered as. `params` are read on first use. Treat a
    line as a value: change it by replacing it."""

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
        A vCard 2.1 bare parameter (`TEL;HOME:`) reads as TYPE=HOME, `;QUOTED-PRINTABLE` and its like as ENCODING."""
        if self._params is None:
            self._params = tuple(read_params(self._head[:MAX_PARAMS]))
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
    def plain(self) -> str:
        """The value, still escaped, with the quoted-printable of vCard 2.1 undone."""
        if not self._is_quoted_printable:
            return self.value
        return quoted_printable(self.value, self.param("CHARSET") or "")

    @property
    def text(self) -> str:
        """The value as TEXT (RFC 5545 §3.3.11): escapes undone."""
        return unescape(self.plain)

    @property
    def _is_quoted_printable(self) -> bool:
        return (self.param("ENCODING") or "").upper() == "QUOTED-PRINTABLE"

    def with_value(self, value: str) -> Line:
        """The line with another value; its parameters stay as they were written."""
        head = self._head if self._head.count('"') % 2 == 0 else ""
        return Line(self.name, value, params=None if head else self.params, group=self.group, head=head)

    def with_param(self, name: str, *values: str) -> Line:
        """The line with this parameter set to these values, or without it when none are given."""
        kept = [(key, old) for key, old in self.params if key != name]
        if values:
            place = next((i for i, (key, _) in enumerate(self.params) if key == name), len(kept))
            kept.insert(min(place, len(kept)), (name, values))
        return Line(self.name, self.value, params=tuple(kept), group=self.group)

    def render(self) -> str:
        """The line as text, folds included, without the final line end. Never more than one line, whatever a value or
        parameter holds; quoted-printable is not folded, its readers would not know. Made once: lines are values, and a
        hundred copies of a meeting share theirs."""
        if self.raw is not None:
            return self.raw
        head = f"{self.group}.{self.name}" if self.group else self.name
        if self._head:
            head += self._head
        else:
            head += "".join(f";{key}=" + ",".join(map(quote_param, values)) for key, values in self.params)
        line = f"{one_line(head)}:{one_line(self.value)}"
        self.raw = line.rstrip("=") if self._is_quoted_printable else fold(line)
        return self.raw

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
            if item.name == name and isinstance(item, Line):
                return item
        return None

    def all(self, name: str) -> list[Line]:
        return [item for item in self.items if item.name == name and isinstance(item, Line)]

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

    @property
    def is_closed(self) -> bool:
        """Whether every component below had its END; `render` adds the missing ones."""
        return all(child._end is not None and child.is_closed for child in self.children)

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


def parse(
    text: str,
    *,
    max_chars: int = MAX_CHARS,
    max_lines: int = MAX_LINES,
    max_depth: int = MAX_DEPTH,
    known: Known | None = None,
) -> Component:
    """Read a document: a Component named "" that holds what stands at the top level.

    Never guesses at meaning and never drops a line. `known` gathers lines: documents that are read one after the other
    and say much the same share them. Raises CodecError beyond the limits.
    """
    if len(text) > max_chars:
        raise CodecError(f"more than {max_chars} characters", offset=max_chars)
    root = Component("")
    stack = [root]
    read = known.reader() if known is not None else _read_line
    offset = 0
    for count, raw in enumerate(_raw_lines(text)):
        if count >= max_lines:
            raise CodecError(f"more than {max_lines} lines", offset=offset)
        offset += len(raw) + 2
        line = read(raw)
        if line.name == "BEGIN" and not line.group and line.value.strip():
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


class Known:
    """Lines that were read, by how they were written."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def reader(self) -> Callable[[str], Line]:
        """Of one document, in which no line is there twice as the same object: whoever replaces one means that one."""
        lines, here = self._lines, set[str]()

        def read(raw: str) -> Line:
            line = lines.get(raw)
            if line is None or raw in here:
                line = lines[raw] = _read_line(raw)
            here.add(raw)
            return line

        return read


def _close(stack: list[Component], name: str, raw: str) -> bool:
    """End the nearest open component of this name, and with it whatever was left open inside."""
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth].name == name:
            stack[depth]._end = raw
            del stack[depth:]
            return True
    return False


def _raw_lines(text: str) -> Iterator[str]:
    """Logical lines with their folds still inside, as CRLF; empty lines are dropped (they carry nothing).

    Only LF, with any CR before it, ends a line, and CR in a text without LF. Not splitlines(): that also cuts at
    vertical tab, form feed, NEL and U+2028, which are ordinary characters of a value. Where vCard 2.1 quoted-printable
    ends in "=", its value goes on in the next line (a soft line break, RFC 2045 §6.7).
    """
    text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    has_cr = "\r" in text
    line, more = "", []  # the line begun and its further pieces
    soft, printable = False, None  # whether a soft break ended the last piece; None: not asked yet for this line
    for part in text.lstrip("\ufeff\r\n\t ").split("\n"):
        if has_cr:
            part = part.rstrip("\r")
        if soft or part[:1] in _BLANK:
            more.append(part)
        else:
            if line or more:
                yield "\r\n".join((line, *more)) if more else line
            line, more, printable = part, [], None
        soft = part[-1:] == "="
        if soft:
            printable = _is_quoted_printable(line) if printable is None else printable
            soft = printable
    if line or more:
        raw = "\r\n".join((line, *more))
        yield raw.rstrip("=\r\n") if printable else raw  # a soft break with nothing after it


def _is_quoted_printable(raw: str) -> bool:
    """Whether the head of a raw line says so, as far as MAX_HEAD."""
    head, _, _ = raw[:MAX_HEAD].partition("\r")[0].partition(":")
    return _QUOTED_PRINTABLE.search(head) is not None


def _unfolded(raw: str) -> str:
    if "\n" not in raw:
        return raw
    if "=\r\n" in raw and _is_quoted_printable(raw):
        raw = _SOFT_BREAK.sub("", raw)
    return raw.replace("\r\n ", "").replace("\r\n\t", "")


def _read_line(raw: str) -> Line:
    text = _unfolded(raw)
    colon = text.find(":")
    if colon < 0:
        return Line("", text, raw=raw, params=())
    quote = text.find('"', 0, colon)
    if quote >= 0 and (match := _QUOTED_HEAD.match(text)):
        colon = match.end() - 1  # else a quote that is never closed: cut at the first colon, as clients do
    head = text[:colon]
    semicolon = head.find(";")
    group, name = _name(head if semicolon < 0 else head[:semicolon])
    if not name:
        return Line("", text, raw=raw, params=())
    if semicolon < 0:
        return Line(name, text[colon + 1 :], params=(), group=group, raw=raw)
    return Line(name, text[colon + 1 :], group=group, raw=raw, head=head[semicolon:])


def _name(text: str) -> tuple[str, str]:
    """Group and upper-case name; ("", "") for what is no name."""
    return _known_name(text) if len(text) <= 60 else _split_name(text)


def _split_name(text: str) -> tuple[str, str]:
    match = _NAME.fullmatch(text.strip())
    return (match.group(1) or "", match.group(2).upper()) if match is not None else ("", "")


_known_name = lru_cache(maxsize=2048)(_split_name)
