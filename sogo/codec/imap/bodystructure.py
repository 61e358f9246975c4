"""BODY and BODYSTRUCTURE (RFC 9051 §7.5.2): the tree of a message, with the section numbers to fetch its parts by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sogo.codec.imap.envelope import Envelope, read_envelope
from sogo.codec.imap.lexer import Value, list_of, number_or_none, text_of, words_of


@dataclass(frozen=True, slots=True)
class Disposition:
    """`kind` such as "attachment", in small letters; names of parameters likewise."""

    kind: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """`section` is "" for a message that is a multipart, else what stands in BODY[…]. `type` and `subtype` are in small
    letters. A multipart has `children`; a message/rfc822 has an `envelope` and one child, its own body."""

    section: str
    type: str
    subtype: str
    params: Mapping[str, str]
    children: tuple[Part, ...] = ()
    content_id: str = ""
    description: str = ""
    encoding: str = ""
    size_bytes: int = 0
    lines: int | None = None
    md5: str = ""
    disposition: Disposition | None = None
    languages: tuple[str, ...] = ()
    location: str = ""
    envelope: Envelope | None = None

    @property
    def media_type(self) -> str:
        return f"{self.type}/{self.subtype}"

    def walk(self) -> Iterator[Part]:
        """This part and all below it, as they stand in the message."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_structure(value: Value) -> Part:
    """The whole message. What is no structure at all is read as an empty text/plain."""
    return _read(list_of(value), "", is_message=True)


def _read(fields: list[Value], section: str, *, is_message: bool) -> Part:
    """`section` of a part, or of the message whose body this is."""
    if fields and isinstance(fields[0], list):
        return _multipart(fields, section)
    if is_message:
        section = f"{section}.1" if section else "1"
    return _single(fields, section)


def _multipart(fields: list[Value], section: str) -> Part:
    count = next((at for at, field in enumerate(fields) if not isinstance(field, list)), len(fields))
    children = tuple(
        _read(list_of(child), f"{section}.{number}" if section else str(number), is_message=False)
        for number, child in enumerate(fields[:count], 1)
    )
    rest: list[Value] = [*fields[count:], None, None]
    subtype, params, *extension = rest
    disposition, languages, location = _extension(extension)
    return Part(
        section, "multipart", text_of(subtype).lower() or "mixed", _params(params), children,
        disposition=disposition, languages=languages, location=location,
    )  # fmt: skip


def _single(fields: list[Value], section: str) -> Part:
    padded: list[Value] = [*fields, None, None, None, None, None, None, None]
    kind, subtype, params, content_id, description, encoding, size = padded[:7]
    more = fields[7:]
    type_, sub = text_of(kind).lower() or "text", text_of(subtype).lower() or "plain"
    envelope: Envelope | None = None
    children: tuple[Part, ...] = ()
    lines: int | None = None
    if type_ == "message" and sub in {"rfc822", "global"} and len(more) >= 2 and isinstance(more[1], list):
        envelope = read_envelope(more[0])
        children = (_read(more[1], section, is_message=True),)
        lines, more = number_or_none(more[2]) if len(more) > 2 else None, more[3:]
    elif more and type_ == "text":
        lines, more = number_or_none(more[0]), more[1:]
    md5, *extension = more or [None]
    disposition, languages, location = _extension(extension)
    return Part(
        section, type_, sub, _params(params), children, text_of(content_id), text_of(description),
        text_of(encoding).lower(), number_or_none(size) or 0, lines, text_of(md5),
        disposition, languages, location, envelope,
    )  # fmt: skip


def _extension(fields: list[Value]) -> tuple[Disposition | None, tuple[str, ...], str]:
    disposition, languages, location = (*fields, None, None, None)[:3]
    return _disposition(disposition), _languages(languages), text_of(location)


def _disposition(value: Value) -> Disposition | None:
    if isinstance(value, bytes):  # some servers leave the list away
        return Disposition(text_of(value).lower(), {})
    fields = list_of(value)
    return Disposition(text_of(fields[0]).lower(), _params(fields[1] if len(fields) > 1 else None)) if fields else None


def _languages(value: Value) -> tuple[str, ...]:
    return words_of(value) if isinstance(value, list) else tuple(filter(None, [text_of(value)]))


def _params(value: Value) -> Mapping[str, str]:
    words = list_of(value)
    return {text_of(name).lower(): text_of(told) for name, told in zip(words[::2], words[1::2], strict=False)}
