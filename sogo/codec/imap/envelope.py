"""ENVELOPE (RFC 9051 §7.5.2): the headers of a message as the server read them.

Texts are raw: encoded words (RFC 2047) are for who shows them. Fields that are missing or of another kind are empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.imap.lexer import Value, list_of, text_of, text_or_none


@dataclass(frozen=True, slots=True)
class Address:
    """`group` is the name of the group it is a member of. A group without members is one address with neither mailbox
    nor host."""

    name: str
    mailbox: str
    host: str
    group: str = ""

    @property
    def address(self) -> str:
        return f"{self.mailbox}@{self.host}" if self.host else self.mailbox


Addresses = tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    date: str = ""
    subject: str = ""
    from_: Addresses = ()
    sender: Addresses = ()
    reply_to: Addresses = ()
    to: Addresses = ()
    cc: Addresses = ()
    bcc: Addresses = ()
    in_reply_to: str = ""
    message_id: str = ""


def read_envelope(value: Value) -> Envelope:
    fields: list[Value] = [*list_of(value), *[None] * 10]
    date, subject, from_, sender, reply_to, to, cc, bcc, in_reply_to, message_id = fields[:10]
    return Envelope(
        text_of(date), text_of(subject), _addresses(from_), _addresses(sender), _addresses(reply_to),
        _addresses(to), _addresses(cc), _addresses(bcc), text_of(in_reply_to), text_of(message_id),
    )  # fmt: skip


def _addresses(value: Value) -> Addresses:
    found: list[Address] = []
    group, is_empty = "", False
    for member in list_of(value):
        if not isinstance(member, list):
            continue
        name, _, mailbox, host = (*member, None, None, None, None)[:4]
        if text_or_none(host) is None and text_or_none(mailbox) is not None:
            group, is_empty = text_of(mailbox), True  # the beginning of a group
        elif text_or_none(host) is None:
            if group and is_empty:
                found.append(Address("", "", "", group))
            group = ""
        else:
            found.append(Address(text_of(name), text_of(mailbox), text_of(host), group))
            is_empty = False
    return tuple(found)
