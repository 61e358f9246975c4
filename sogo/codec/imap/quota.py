"""QUOTA and QUOTAROOT (RFC 9208, RFC 2087)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sogo.codec.imap.lexer import Value, list_of, number_or_none, text_of
from sogo.codec.imap.mailbox import mailbox_name


@dataclass(frozen=True, slots=True)
class Usage:
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Quota:
    """By resource: STORAGE in KiB, MESSAGE in messages."""

    root: str
    resources: Mapping[str, Usage]


@dataclass(frozen=True, slots=True)
class QuotaRoots:
    name: str
    roots: tuple[str, ...]


def read_quota(values: list[Value]) -> Quota:
    words = list_of(values[1])
    resources: dict[str, Usage] = {}
    for name, used, limit in zip(words[::3], words[1::3], words[2::3], strict=False):
        used_number, limit_number = number_or_none(used), number_or_none(limit)
        if used_number is not None and limit_number is not None:
            resources[text_of(name).upper()] = Usage(used_number, limit_number)
    return Quota(text_of(values[0]), resources)


def read_quota_roots(values: list[Value]) -> QuotaRoots:
    name, *roots = values
    return QuotaRoots(mailbox_name(name), tuple(text_of(root) for root in roots))
