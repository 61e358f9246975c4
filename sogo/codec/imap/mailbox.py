"""LIST, LSUB, XLIST, STATUS and NAMESPACE (RFC 9051 §7.3, RFC 5258, RFC 5819, RFC 2342).

Names of mailboxes stay as they are on the wire: what is sent back must be what was told. `utf7.decode_name` is for
people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sogo.codec.imap.lexer import Value, list_of, number_or_none, text_of, text_or_none, words_of
from sogo.errors import CodecError


@dataclass(frozen=True, slots=True)
class Listed:
    """`kind` is LIST, LSUB or XLIST. `attributes` are as the server writes them, such as `\\HasChildren`."""

    kind: str
    attributes: frozenset[str]
    delimiter: str | None
    name: str
    extended: Mapping[str, Value]

    def has(self, attribute: str) -> bool:
        return any(attribute.lower() == own.lower() for own in self.attributes)

    @property
    def is_selectable(self) -> bool:
        return not (self.has("\\Noselect") or self.has("\\NonExistent"))


@dataclass(frozen=True, slots=True)
class MailboxStatus:
    """Numbers by name: MESSAGES, RECENT, UIDNEXT, UIDVALIDITY, UNSEEN, HIGHESTMODSEQ, SIZE. Others are left out."""

    name: str
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Space:
    prefix: str
    delimiter: str | None


@dataclass(frozen=True, slots=True)
class Namespaces:
    personal: tuple[Space, ...]
    others: tuple[Space, ...]
    shared: tuple[Space, ...]


def mailbox_name(value: Value) -> str:
    """INBOX in any case is `INBOX` (RFC 9051 §5.1). Raises CodecError for what is no name."""
    name = text_or_none(value)
    if name is None:
        raise CodecError("A mailbox without a name.")
    return "INBOX" if name.upper() == "INBOX" else name


def read_listed(kind: str, values: list[Value]) -> Listed:
    attributes, delimiter, name, *more = values
    tags = list_of(more[0]) if more else []
    extended = {text_of(tag).upper(): value for tag, value in zip(tags[::2], tags[1::2], strict=False)}
    return Listed(kind, frozenset(words_of(attributes)), text_or_none(delimiter) or None, mailbox_name(name), extended)


def read_mailbox_status(values: list[Value]) -> MailboxStatus:
    name, items = values[0], list_of(values[1])
    numbers = {text_of(key).upper(): number_or_none(value) for key, value in zip(items[::2], items[1::2], strict=False)}
    return MailboxStatus(mailbox_name(name), {key: value for key, value in numbers.items() if value is not None})


def read_namespaces(values: list[Value]) -> Namespaces:
    personal, others, shared = (*values, None, None, None)[:3]
    return Namespaces(_spaces(personal), _spaces(others), _spaces(shared))


def _spaces(value: Value) -> tuple[Space, ...]:
    found = (list_of(space) for space in list_of(value))
    return tuple(Space(text_of(space[0]), text_or_none(space[1]) or None) for space in found if len(space) >= 2)
