"""ACL, MYRIGHTS and LISTRIGHTS (RFC 4314)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sogo.codec.imap.lexer import Value, text_of
from sogo.codec.imap.mailbox import mailbox_name


@dataclass(frozen=True, slots=True)
class Acl:
    """Rights as letters by identifier, which may begin with `-` for rights that are taken away."""

    name: str
    rights: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MyRights:
    name: str
    rights: str


@dataclass(frozen=True, slots=True)
class ListedRights:
    """`always` are those the identifier has anyway; each of `optional` can be given together only."""

    name: str
    identifier: str
    always: str
    optional: tuple[str, ...]


def read_acl(values: list[Value]) -> Acl:
    name, *pairs = values
    return Acl(
        mailbox_name(name),
        {text_of(who): text_of(rights) for who, rights in zip(pairs[::2], pairs[1::2], strict=False)},
    )


def read_my_rights(values: list[Value]) -> MyRights:
    return MyRights(mailbox_name(values[0]), text_of(values[1]))


def read_listed_rights(values: list[Value]) -> ListedRights:
    name, identifier, always, *optional = values
    return ListedRights(
        mailbox_name(name), text_of(identifier), text_of(always), tuple(text_of(rights) for rights in optional)
    )
