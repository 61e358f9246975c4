"""ICU MessageFormat, as much of it as is needed: `{name}`, `{n, plural, one {…} other {# …}}`, `{x, select, a {…} other
{…}}`, nested, and `'{'` for a brace that is none.

    parse("…") -> Message        render(message, values, …) -> str

Values are put in as they come, or by way of a function of the caller's (to escape them); what a value contains is never
read as a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

MAX_DEPTH = 4

Value = str | int
PluralForm = Callable[[int], str]
"""zero, one, two, few, many or other for a number, by the rules of the language (Unicode CLDR)."""


class MessageError(ValueError):
    """A message that is none: a mistake in a catalogue."""


class Choice(Enum):
    PLURAL = "plural"
    SELECT = "select"


@dataclass(frozen=True, slots=True)
class Argument:
    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """`#` within a plural."""

    name: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of several messages, by the value of an argument. `forms` has "other"; those of a plural may be `=1`."""

    name: str
    choice: Choice
    forms: Mapping[str, Message]


Piece = str | Argument | Number | Chosen
Message = tuple[Piece, ...]


def parse(text: str) -> Message:
    """Raises MessageError."""
    reader = _Reader(text)
    message = reader.message("", 0)
    if reader.place != len(text):
        raise MessageError(f"a brace too many at {reader.place} of {text!r}")
    return message


def arguments(message: Message) -> Iterator[tuple[str, str]]:
    """Names of arguments, each with plural, select or ""."""
    for piece in message:
        if isinstance(piece, Argument):
            yield piece.name, ""
        elif isinstance(piece, Chosen):
            yield piece.name, piece.choice.value
            for form in piece.forms.values():
                yield from arguments(form)


def render(
    message: Message,
    values: Mapping[str, Value],
    plural_form: PluralForm,
    *,
    literal: Callable[[str], str] = str,
    value: Callable[[str], str] = str,
) -> str:
    """Fill a message. `literal` is applied to the words of the catalogue, `value` to what is put in; numbers go in as
    they are. Raises KeyError for a value that is missing."""
    out = []
    for piece in message:
        match piece:
            case str():
                out.append(literal(piece))
            case Argument(name):
                found = values[name]
                out.append(str(found) if isinstance(found, int) else value(found))
            case Number(name):
                out.append(str(values[name]))
            case Chosen():
                form = _chosen(piece, values[piece.name], plural_form)
                out.append(render(form, values, plural_form, literal=literal, value=value))
    return "".join(out)


def _chosen(piece: Chosen, value: Value, plural_form: PluralForm) -> Message:
    if piece.choice is Choice.SELECT:
        return piece.forms.get(str(value), piece.forms["other"])
    number = int(value)
    return piece.forms.get(f"={number}") or piece.forms.get(plural_form(number)) or piece.forms["other"]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def message(self, counted: str, depth: int) -> Message:
        """Up to the brace that ends it, or the end. `counted` is the argument that `#` stands for."""
        if depth > MAX_DEPTH:
            raise MessageError(f"too many braces in {self.text!r}")
        pieces: list[Piece] = []
        words = ""
        while self.place < len(self.text) and self.text[self.place] != "}":
            char = self.text[self.place]
            if char == "'" or (char != "{" and not (char == "#" and counted)):
                words += self._word(char)
                continue
            if words:
                pieces.append(words)
                words = ""
            self.place += 1
            pieces.append(Number(counted) if char == "#" else self._argument(depth))
        return (*pieces, words) if words else tuple(pieces)

    def _word(self, char: str) -> str:
        """One character as it stands, or what an apostrophe quotes: itself, or all up to the next before a brace."""
        self.place += 1
        following = self.text[self.place : self.place + 1]
        if char != "'" or following not in ("'", "{", "}", "#"):
            return char
        if following == "'":
            self.place += 1
            return "'"
        end = self.text.find("'", self.place)
        if end < 0:
            raise MessageError(f"an open quote in {self.text!r}")
        quoted, self.place = self.text[self.place : end], end + 1
        return quoted

    def _argument(self, depth: int) -> Piece:
        name = self._until(",}").strip()
        if not name.isidentifier():
            raise MessageError(f"{name!r} is no argument in {self.text!r}")
        if self._take() == "}":
            return Argument(name)
        kind = self._until(",}").strip()
        if self._take() != "," or kind not in {"plural", "select"}:
            raise MessageError(f"{kind!r} is neither plural nor select in {self.text!r}")
        choice = Choice(kind)
        forms: dict[str, Message] = {}
        while (key := self._until("{}").strip()) or self.text[self.place : self.place + 1] == "{":
            if self._take() != "{" or not key:
                raise MessageError(f"a form without a message in {self.text!r}")
            forms[key] = self.message(name if choice is Choice.PLURAL else "", depth + 1)
            if self._take() != "}":
                raise MessageError(f"a form that does not end in {self.text!r}")
        if self._take() != "}" or "other" not in forms:
            raise MessageError(f"a choice without an end, or without other, in {self.text!r}")
        return Chosen(name, choice, forms)

    def _until(self, ends: str) -> str:
        begin = self.place
        while self.place < len(self.text) and self.text[self.place] not in ends:
            self.place += 1
        return self.text[begin : self.place]

    def _take(self) -> str:
        char = self.text[self.place : self.place + 1]
        self.place += 1
        return char
