"""Messages of a mailbox by what the mail-query report asks for (dav.md §15.1), in its order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from sogo.codec.davxml.mail_query import MailFilter, MailQuery, Test
from sogo.codec.imap import criteria
from sogo.codec.imap.command import Atom
from sogo.codec.imap.criteria import Key, SortKey
from sogo.codec.imap.envelope import Addresses
from sogo.codec.imap.fetch import Fetched
from sogo.codec.imap.sequence import STAR, NumberSet
from sogo.codec.mime.words import decode_words
from sogo.errors import CodecError
from sogo.mail.imap.session import ImapSession

_DAYS = {
    Test.DATE: ("SINCE", "BEFORE", "ON"),
    Test.RECEIVE_DATE: ("SINCE", "BEFORE", "ON"),
    Test.SENT_DATE: ("SENTSINCE", "SENTBEFORE", "SENTON"),
}
_TEXTS = {Test.FROM: "FROM", Test.TO: "TO", Test.CC: "CC", Test.SUBJECT: "SUBJECT", Test.BODY: "BODY"}
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)
_BEFORE_SUBJECT = re.compile(r"\A(?:\s|\[[^\[\]]*\](?=\s*\S)|(?:re|fwd?)\s*(?:\[[^\[\]]*\])?\s*:)+", re.IGNORECASE)
_AFTER_SUBJECT = re.compile(r"(?:\s|\(fwd\))+\Z", re.IGNORECASE)


async def find_messages(session: ImapSession, query: MailQuery) -> list[int]:
    """UIDs in the selected mailbox. Raises CodecError for filters that cannot be read."""
    keys = [key for one in query.filters for key in keys_of(one)]
    if query.sort is None:
        return await session.search(keys)
    order = [(query.sort, query.descending)]
    found = await session.sort(keys, order)
    return found if found is not None else await _sorted_here(session, keys, query.sort, query.descending)


def keys_of(one: MailFilter) -> list[Key]:
    """The comparisons of a filter, each negated where the filter is."""
    keys = _comparisons(one)
    return [criteria.negated(key) for key in keys] if one.negated else keys


def _comparisons(one: MailFilter) -> list[Key]:
    if one.test in _DAYS:
        return _days(one)
    if one.test in _TEXTS:
        return [criteria.text(_TEXTS[one.test], one.values.get("match", ""))]
    match one.test:
        case Test.UID:
            low, high = one.number("from") or 1, one.number("to") or STAR - 1
            return [criteria.uids(NumberSet(((min(low, high), max(low, high)),)))]
        case Test.SIZE:
            least, most = one.number("min"), one.number("max")
            smallest = [criteria.larger(least)] if least is not None else []
            return smallest + ([criteria.smaller(most)] if most is not None else [])
        case Test.KEYWORDS:
            return [_keyword(one.values.get("match", ""))]
    return [criteria.flag(one.test.name)]


def _days(one: MailFilter) -> list[Key]:
    since, before, on = _DAYS[one.test]
    first, last = one.day("from"), one.day("to")
    if first is not None and first == last:
        return [criteria.day(on, first)]
    keys = [criteria.day(since, first)] if first is not None else []
    return keys + ([criteria.day(before, last)] if last is not None else [])


def _keyword(name: str) -> Key:
    """No message has a keyword that is no word."""
    try:
        Atom(name)
    except CodecError:
        return criteria.negated(criteria.flag("ALL"))
    return criteria.keyword(name)


# --- where the server does not sort -----------------------------------------------------------------------------------


async def _sorted_here(session: ImapSession, keys: Sequence[Key], by: SortKey, descending: bool) -> list[int]:
    """As RFC 5256 has it; what is equal stays in the order of UIDs."""
    uids = await session.search(keys)
    wanted, value = _SORTS[by]
    told = [one async for one in session.fetch(uids, wanted)]
    return [one.uid or 0 for one in sorted(told, key=value, reverse=descending)]


def _first(addresses: Addresses) -> str:
    return addresses[0].mailbox.casefold() if addresses else ""


def sent(message: Fetched) -> dt.datetime:
    """When a message was written, by its Date; else when it came."""
    try:
        moment = parsedate_to_datetime(message.envelope.date if message.envelope is not None else "")
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return message.internal_date.astimezone(dt.UTC) if message.internal_date is not None else _EPOCH


def base_subject(subject: str) -> str:
    """Without what replies and forwards put around it (RFC 5256 §2.1)."""
    text = " ".join(decode_words(subject)[:2000].split())
    return _BEFORE_SUBJECT.sub("", _AFTER_SUBJECT.sub("", text)).casefold()


_SORTS: dict[SortKey, tuple[str, Callable[[Fetched], Any]]] = {
    SortKey.ARRIVAL: ("INTERNALDATE", lambda one: one.internal_date or _EPOCH),
    SortKey.DATE: ("ENVELOPE", sent),
    SortKey.FROM: ("ENVELOPE", lambda one: _first(one.envelope.from_) if one.envelope else ""),
    SortKey.TO: ("ENVELOPE", lambda one: _first(one.envelope.to) if one.envelope else ""),
    SortKey.CC: ("ENVELOPE", lambda one: _first(one.envelope.cc) if one.envelope else ""),
    SortKey.SUBJECT: ("ENVELOPE", lambda one: base_subject(one.envelope.subject) if one.envelope else ""),
    SortKey.SIZE: ("RFC822.SIZE", lambda one: one.size_bytes or 0),
}
