"""What can be done with a user's mailboxes and messages, whatever this server can do by itself (mail.md §1.2).

Names of mailboxes are those of the wire. A mailbox is selected where a method needs it, and stays so for the next one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sogo.codec.imap import criteria
from sogo.codec.imap.acl import Acl, MyRights
from sogo.codec.imap.command import Argument, Atom, Command, Group, Literal, Pattern, Text, atoms, items
from sogo.codec.imap.criteria import Key, SortKey
from sogo.codec.imap.dates import render_date_time
from sogo.codec.imap.fetch import Fetched
from sogo.codec.imap.finding import Found, FoundExtended
from sogo.codec.imap.mailbox import Listed, MailboxStatus, Namespaces, Space
from sogo.codec.imap.response import MessageCount
from sogo.codec.imap.sequence import NumberSet
from sogo.errors import MailboxRefused, MailServerUnavailable, NotFound
from sogo.mail.imap.connection import Answer, ImapConnection

FETCH_AT_ONCE = 100
CHUNK_BYTES = 512 * 1024
"""A message is read in parts of this size, so that its length bounds nobody's memory."""
MAX_MESSAGES = 500_000
_STATUS_ITEMS = ("MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN")


@dataclass(frozen=True, slots=True)
class Selected:
    name: str
    writable: bool
    uid_validity: int
    messages: int


class ImapSession:
    """One user's connection. All methods raise MailServerUnavailable, and what `refusals` makes of a NO."""

    def __init__(self, connection: ImapConnection) -> None:
        self.connection = connection
        self._selected: Selected | None = None

    def can(self, capability: str) -> bool:
        return capability in self.connection.capabilities

    # --- mailboxes ----------------------------------------------------------------------------------------------------

    async def namespaces(self, separator: str) -> Namespaces:
        """`separator` is that of a server that tells of no namespaces."""
        if self.can("NAMESPACE"):
            told = (await self._run("NAMESPACE")).first(Namespaces)
            if told is not None and told.personal:
                return told
        return Namespaces((Space("", separator),), (), ())

    async def delimiter(self, default: str) -> str:
        """What stands between the levels of names; `default` where the server does not tell."""
        told = (await self._run("LIST", Text(""), Pattern(""))).of(Listed)
        return next((one.delimiter for one in told if one.delimiter), default)

    async def statuses(self, names: Sequence[str]) -> dict[str, MailboxStatus]:
        """As `status`, of many, asked at once; those that have none are left out."""
        words = Group(atoms(*self._status_words))
        answers = await self.connection.execute_all([Command("STATUS", (Text(name), words)) for name in names])
        return {one.name: one for answer in answers for one in answer.of(MailboxStatus)}

    async def mailboxes(self, pattern: str, *, prefix: str = "") -> list[Listed]:
        """What LIST tells, each name once, in the server's order."""
        told = (await self._run("LIST", Text(prefix), Pattern(pattern))).of(Listed)
        return list({one.name: one for one in told if one.kind == "LIST"}.values())

    async def find(self, name: str) -> Listed:
        """One mailbox. Raises NotFound. A name with `*` or `%` is looked for by what it is, not as a pattern."""
        told = (await self._run("LIST", Text(""), Pattern(name))).of(Listed)
        found = next((one for one in told if one.name == name and not one.has("\\NonExistent")), None)
        if found is None:
            raise NotFound("There is no such mailbox.")
        return found

    async def status(self, name: str) -> MailboxStatus:
        """MESSAGES, UIDNEXT, UIDVALIDITY, UNSEEN, and HIGHESTMODSEQ where the server keeps one."""
        told = (await self._run("STATUS", Text(name), Group(atoms(*self._status_words)))).of(MailboxStatus)
        found = next((one for one in told if one.name == name), None)
        if found is None:
            raise MailServerUnavailable("The mail server cannot be understood.", why="STATUS without a status")
        return found

    @property
    def _status_words(self) -> tuple[str, ...]:
        counts = self.can("CONDSTORE") or self.can("QRESYNC")
        return (*_STATUS_ITEMS, "HIGHESTMODSEQ") if counts else _STATUS_ITEMS

    async def create(self, name: str) -> None:
        """Made and subscribed, as people expect what they made. Raises AlreadyExists as well."""
        await self._run("CREATE", Text(name))
        await self.connection.execute_all([Command("SUBSCRIBE", (Text(name),))])

    async def remove(self, name: str) -> None:
        if self._selected is not None and self._selected.name == name:
            await self.leave()
        await self._run("DELETE", Text(name))
        await self.connection.execute_all([Command("UNSUBSCRIBE", (Text(name),))])

    async def select(self, name: str, *, writable: bool = False) -> Selected:
        """Read-only unless `writable`. Raises NotFound as well."""
        known = self._selected
        if known is not None and known.name == name and (known.writable or not writable):
            return known
        self._selected = None
        try:
            answer = await self._run("SELECT" if writable else "EXAMINE", Text(name))
        except MailboxRefused:
            await self.find(name)  # Dovecot refuses what is not there without a code
            raise
        counts = [one.number for one in answer.of(MessageCount) if one.kind == "EXISTS"]
        validity = answer.code_number("UIDVALIDITY") or 0
        self._selected = Selected(name, writable, validity, counts[-1] if counts else 0)
        return self._selected

    async def leave(self) -> None:
        """Nothing is selected any more, and nothing expunged by it."""
        if self._selected is None:
            return
        name, self._selected = self._selected.name, None
        if self.can("UNSELECT"):
            await self._run("UNSELECT")
        else:  # CLOSE would expunge what is marked, unless the mailbox is open for reading only
            await self._run("EXAMINE", Text(name))
            await self._run("CLOSE")

    async def rights(self, name: str) -> str | None:
        """The letters of what this user may do (RFC 4314), None where the server does not tell."""
        if not self.can("ACL"):
            return None
        (answer,) = await self.connection.execute_all([Command("MYRIGHTS", (Text(name),))])
        told = answer.first(MyRights)
        return told.rights if told is not None else None

    async def acl(self, name: str) -> Acl | None:
        return (await self._run("GETACL", Text(name))).first(Acl) if self.can("ACL") else None

    async def set_rights(self, name: str, identifier: str, letters: str | None) -> None:
        """These and no others; None takes the entry away."""
        who = (Text(name), Text(identifier))
        if letters:
            await self._run("SETACL", *who, Text(letters))
        else:
            await self._run("DELETEACL", *who)

    # --- messages -----------------------------------------------------------------------------------------------------

    async def append(
        self, name: str, octets: bytes, *, flags: Sequence[str] = (), moment: dt.datetime | None = None
    ) -> int | None:
        """The UID of the new message; None where nobody can tell."""
        arguments: list[Argument] = [Text(name)]
        if flags:
            arguments.append(Group(atoms(*flags)))
        if moment is not None:
            arguments.append(Text(render_date_time(moment)))
        before = None if self.can("UIDPLUS") else (await self.status(name)).numbers.get("UIDNEXT", 1)
        answer = await self._run("APPEND", *arguments, Literal(octets))
        code = answer.status.code
        if code is not None and code.appended is not None:
            return next(code.appended[1].numbers(limit=1))
        return await self._appended_since(name, before, octets)

    async def _appended_since(self, name: str, before: int | None, octets: bytes) -> int | None:
        """The newest message of this size: others may append at the same time."""
        if before is None:
            return None
        await self.leave()
        await self.select(name)
        last = None
        newer = [uid for uid in await self.search([criteria.uids(NumberSet.parse(f"{before}:*"))]) if uid >= before]
        async for message in self.fetch(newer[-FETCH_AT_ONCE:], "RFC822.SIZE"):
            if message.size_bytes == len(octets):
                last = max(last or 0, message.uid or 0)
        return last

    async def search(self, keys: Sequence[Key]) -> list[int]:
        """UIDs in the selected mailbox that all keys hold for, in rising order."""
        arguments = criteria.all_of(keys)
        charset = () if criteria.is_ascii(arguments) else (Atom("CHARSET"), Atom("UTF-8"))
        returns = (Atom("RETURN"), Group(atoms("ALL"))) if self.can("ESEARCH") else ()
        answer = await self._run("UID SEARCH", *returns, *charset, *arguments)
        found: set[int] = set()
        for extended in answer.of(FoundExtended):
            found.update(extended.all.numbers(limit=MAX_MESSAGES) if extended.all is not None else ())
        for plain in answer.of(Found):
            found.update(plain.numbers)
        return sorted(found)

    async def sort(self, keys: Sequence[Key], order: Sequence[tuple[SortKey, bool]]) -> list[int] | None:
        """As `search`, in an order: each sort key with whether it is the other way round. None where the server
        does not sort."""
        if not self.can("SORT"):
            return None
        program = criteria.sort_program(order)
        answer = await self._run("UID SORT", program, Atom("UTF-8"), *criteria.all_of(keys))
        return [number for found in answer.of(Found) if found.kind == "SORT" for number in found.numbers]

    async def fetch(self, uids: Sequence[int], *wanted: str) -> AsyncIterator[Fetched]:
        """What is told of these messages of the selected mailbox, in the order of `uids`; those that are gone are left
        out. Asked for in portions."""
        for start in range(0, len(uids), FETCH_AT_ONCE):
            portion = uids[start : start + FETCH_AT_ONCE]
            answer = await self._run("UID FETCH", NumberSet.of(portion), items("UID", *wanted))
            by_uid = _by_uid(answer)
            for uid in portion:
                if uid in by_uid:
                    yield by_uid[uid]

    async def message(self, uid: int) -> AsyncIterator[bytes]:
        """The octets of a message, part by part. Raises NotFound before the first one."""
        offset = 0
        while True:
            part = await self._part(uid, offset)
            if part is None and not offset:
                raise NotFound("There is no such message.")
            if not part and offset:
                return
            part = part or b""
            yield part
            offset += len(part)
            if len(part) < CHUNK_BYTES:
                return

    async def _part(self, uid: int, offset: int) -> bytes | None:
        wanted = items("UID", f"BODY.PEEK[]<{offset}.{CHUNK_BYTES}>")
        answer = await self._run("UID FETCH", NumberSet.of([uid]), wanted)
        found = _by_uid(answer).get(uid)
        octets = found.sections.get("") if found is not None else None
        if octets is not None and len(octets) > CHUNK_BYTES:
            raise MailServerUnavailable("The mail server cannot be understood.", why="more than was asked for")
        return octets

    async def expunge(self, uid: int) -> None:
        """Remove one message from the selected mailbox, and with UIDPLUS nothing else. Raises NotFound."""
        present = await self.search([criteria.uids(NumberSet.of([uid]))])
        if uid not in present:
            raise NotFound("There is no such message.")
        await self._run("UID STORE", NumberSet.of([uid]), Atom("+FLAGS.SILENT"), Group(atoms("\\Deleted")))
        if self.can("UIDPLUS"):
            await self._run("UID EXPUNGE", NumberSet.of([uid]))
            return
        others = [one for one in await self.search([criteria.flag("DELETED")]) if one != uid]
        await self._expunge_but(others)

    async def _expunge_but(self, others: Sequence[int]) -> None:
        """EXPUNGE removes whatever is marked: what others marked is unmarked for that moment."""
        marks = Group(atoms("\\Deleted"))
        if others:
            await self._run("UID STORE", NumberSet.of(others), Atom("-FLAGS.SILENT"), marks)
        try:
            await self._run("EXPUNGE")
        finally:
            if others and self.connection.is_usable:
                await self._run("UID STORE", NumberSet.of(others), Atom("+FLAGS.SILENT"), marks)

    # --- commands -----------------------------------------------------------------------------------------------------

    async def _run(self, name: str, *arguments: Argument) -> Answer:
        return await self.connection.execute(Command(name, arguments))


def _by_uid(answer: Answer) -> dict[int, Fetched]:
    """What was told of each message, in however many responses. Flags that changed elsewhere come without a UID."""
    by_number: dict[int, Fetched] = {}
    for one in answer.of(Fetched):
        known = by_number.get(one.number)
        by_number[one.number] = known.merged(one) if known is not None else one
    return {one.uid: one for one in by_number.values() if one.uid is not None}
