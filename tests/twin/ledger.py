"""What the writers were told: for each name the text that was acknowledged last, its version and its writer."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.dav_client import Answer, DavUser, sample
from tests.twin.history import History, Write
from tests.twin.objects import LIST_MARK, MARK, Sent, make

PATIENCE_SECONDS = 60.0
BROKEN = (OSError, http.client.HTTPException)
ENDINGS = {"event": ".ics", "task": ".ics", "card": ".vcf", "list": ".vlf"}


@dataclass
class Slot:
    """One name in a folder of one user. Its lock is held over each write, so that its story is a line.

    `sent` is what is stored, None for nothing. `version` is what the next ETag must say, None when a request broke off
    and may have been carried out or not. `before` are the texts since the object was made, the last one left out.
    """

    user: str
    folder: str
    name: str
    kind: str
    sent: Sent | None = None
    version: int | None = None
    tombstone: int | None = None
    writer: str = ""
    before: list[Sent] = field(default_factory=list)
    span: tuple[float, float] = (0.0, 0.0)
    writes: int = 0
    doubtful: bool = False
    history: History = field(default_factory=History, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"

    @property
    def uid(self) -> str:
        return f"twin-{self.folder.replace('/', '-')}-{self.name}"

    def text(self) -> Sent:
        self.writes += 1
        return make(self.kind, self.uid, f"{self.user}-{self.path.replace('/', '-')}-{self.writes}")


@dataclass
class Ledger:
    """`failures` is what must not have happened; `statuses` counts answers by server and method. `latest` is what was
    begun to be written last."""

    failures: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    written: int = 0
    broken: int = 0
    latest: Slot | None = None

    def wrong(self, text: str) -> None:
        self.failures.append(text[:600])

    # --- names whose story is a line ----------------------------------------------------------------------------------

    def change(self, slot: Slot, server: DavUser, ours: DavUser, dice: random.Random) -> None:
        """Make, change or delete the object of a slot through a server.

        A worker of the original that is killed between its two commits leaves one row of two, and the original does not
        mend that by writing again; ours does.
        """
        with slot.lock:
            self.latest = slot
            began = time.time()
            if slot.sent is None:
                broke = self._put(slot, server, If_None_Match="*")
            elif dice.random() < 0.2:
                broke = self._delete(slot, server)
            elif slot.version is not None and dice.random() < 0.5:
                broke = self._put(slot, server, If_Match=etag(slot.version))
            else:
                broke = self._put(slot, server)
            slot.writer = server.name
            if broke and server.name != ours.name:
                self._mend(slot, ours)
            slot.span = (began, time.time())
            self.written += 1

    def _mend(self, slot: Slot, ours: DavUser) -> None:
        sent = slot.sent or slot.text()
        answer, _ = self._write(slot, ours, sent, None)
        if answer.status not in (201, 204):
            self.wrong(f"ours: PUT {slot.path} after one that broke off: {answer.status} {answer.body[:200]!r}")
        slot.version = version_of(self._until_answered(ours, "GET", slot.path)[0].headers["ETag"])
        slot.writer = ours.name
        if slot.sent is None:
            self._delete(slot, ours)

    def _put(self, slot: Slot, server: DavUser, **conditions: str) -> bool:
        """Whether a request broke off."""
        sent, was_live = slot.text(), slot.sent is not None
        answer, broke = self._write(slot, server, sent, self._next_version(slot, server), **conditions)
        if answer.status not in (201, 204) or (not broke and (answer.status == 204) != was_live):
            self.wrong(f"{server.name}: PUT {slot.path} ({sent.label}): {answer.status} {answer.body[:200]!r}")
            return broke
        slot.version = None if broke else self._next_version(slot, server)
        slot.before = [*slot.before, slot.sent] if slot.sent is not None else []
        slot.sent, slot.tombstone, slot.doubtful = sent, None, broke
        told = answer.headers["ETag"]
        if slot.version is None:
            slot.version = version_of(self._until_answered(server, "GET", slot.path)[0].headers["ETag"])
        elif told and version_of(told) != slot.version:
            self.wrong(f"{server.name}: ETag of PUT {slot.path} is {told}, not of version {slot.version}")
        return broke

    @staticmethod
    def _next_version(slot: Slot, server: DavUser) -> int | None:
        """The original begins anew over a tombstone, ours goes on."""
        if slot.sent is not None:
            return None if slot.version is None else slot.version + 1
        return slot.tombstone + 1 if slot.tombstone is not None and server.name == "ours" else 0

    def _delete(self, slot: Slot, server: DavUser) -> bool:
        """Whether a request broke off."""
        answer, broke = self._write(slot, server, None, None)
        if answer.status != 204 and not (broke and answer.status == 404):
            self.wrong(f"{server.name}: DELETE {slot.path}: {answer.status} {answer.body[:200]!r}")
            return broke
        slot.sent, slot.tombstone, slot.version, slot.before = None, slot.version, None, []
        return broke

    def _write(
        self, slot: Slot, server: DavUser, sent: Sent | None, version: int | None, **conditions: str
    ) -> tuple[Answer, bool]:
        """PUT or DELETE, as `_until_answered`; `version` is what the object will have when nothing breaks off.

        What broke off at the original counts as being written until it is mended: it may have no row in the index.
        """

        def begin(broke: bool) -> None:
            mark, text = (sent.mark, sent.text) if sent is not None else ("", "")
            slot.history.begin(Write(server.name, time.monotonic(), mark, None if broke else version, text))

        method, text = ("DELETE", None) if sent is None else ("PUT", sent.text)
        answer, broke = self._until_answered(server, method, slot.path, text, begin, **conditions)
        if not broke or server.name == "ours":
            slot.history.last.answered = time.monotonic()
        return answer, broke

    def _until_answered(
        self,
        server: DavUser,
        method: str,
        path: str,
        text: str | None = None,
        begin: Callable[[bool], None] = lambda _: None,
        **headers: str,
    ) -> tuple[Answer, bool]:
        """An answer that is none for now, and whether requests before it broke off. A repetition has no conditions.
        Each request begins with `begin`, which is told whether one broke off."""
        broke, end = False, time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                begin(broke)
                answer = server.put(path, text, **headers) if text is not None else server(method, path)
                self.statuses[f"{server.name} {method} {answer.status}"] += 1
                if answer.status != 503:
                    return answer, broke
            except BROKEN:
                broke, headers = True, {}
                self.broken += 1
            if time.monotonic() > end:
                raise TimeoutError(f"{server.name}: {method} {path} was not answered")
            time.sleep(0.05)


class Contest:
    """Names that all write at once: what is there in the end is what somebody was acknowledged."""

    def __init__(self, user: str, folder: str, count: int) -> None:
        self.user, self.folder = user, folder
        self.names = [f"contest-{number}.ics" for number in range(count)]
        self.acknowledged: dict[str, tuple[str, Sent]] = {}
        """mark -> server and text"""

        self.broken: set[str] = set()
        """Names of which a write through the original broke off"""

        self._lock = threading.Lock()
        self._count = 0

    def mend(self, ledger: Ledger, ours: DavUser) -> None:
        """What broke off is written once more, by ours."""
        for name in sorted(self.broken):
            self.change(ledger, ours, random.Random(0), name, delete=False)

    def change(
        self, ledger: Ledger, server: DavUser, dice: random.Random, name: str = "", delete: bool | None = None
    ) -> None:
        name = name or dice.choice(self.names)
        delete = dice.random() < 0.2 if delete is None else delete
        path = f"{self.folder}/{name}"
        with self._lock:
            self._count += 1
            mark = f"{server.name}-{self._count}"
        sent = Sent("plain", sample(name, f"twin-{name}", mark).replace("CLASS:", f"{MARK}{mark}\r\nCLASS:"))
        try:
            answer = server("DELETE", path) if delete else server.put(path, sent.text)
        except BROKEN:
            self.acknowledged[mark] = (server.name, sent)  # it may have been carried out
            self.broken.add(name)
            return
        method = "contested"
        ledger.statuses[f"{server.name} {method} {answer.status}"] += 1
        if answer.status in (201, 204):
            self.acknowledged[mark] = (server.name, sent)
        elif server.name == "ours" and answer.status not in (404, 503):
            ledger.wrong(f"ours: a contested write of {path}: {answer.status} {answer.body[:200]!r}")


def etag(version: int) -> str:
    return f'"gcs{version:08d}"'


def version_of(text: str | None) -> int | None:
    found = re.search(r"gcs(\d+)", text or "")
    return int(found[1]) if found else None


def mark_of(text: str) -> str:
    """What tells a stored text from all others; "" when there is none."""
    found = re.search(rf"(?m)^(?:{MARK}|FN:.* {LIST_MARK})(\S+)", re.sub(r"\r?\n[ \t]", "", text))
    return found[1] if found else ""
