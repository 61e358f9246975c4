"""Two servers, several people, some minutes: everybody writes through both and follows through both."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from tests.support.dav_client import DavUser, Follower, escape, make_folder, sample, text_of
from tests.support.site import USERS
from tests.twin.history import History
from tests.twin.ledger import BROKEN, ENDINGS, Contest, Ledger, Slot
from tests.twin.listener import Listener
from tests.twin.readers import Reader
from tests.twin.site import Twins

LONG_RUN = "SOGO_TWIN_SECONDS"
"""A variable of the environment: how long the writers go on at least."""

ALONE = "Calendar/only-ours"
"""Here the original writes nothing, so that whole lists are remembered while it writes elsewhere."""

CALENDARS = ("Calendar/personal", "Calendar/by-original", "Calendar/by-ours", ALONE)
BOOKS = ("Contacts/personal", "Contacts/by-ours")
LISTS = ("Contacts/lists",)
"""Away from cards: the original answers 501 to a card, which it has stored, when a list beside it is deleted meanwhile."""

PLACES = {"event": CALENDARS, "task": CALENDARS, "card": BOOKS, "list": LISTS}
WRITERS, KEEPER, MOVER, CONTESTANT, HEARD = USERS[:2], USERS[2], USERS[3], USERS[4], USERS[5]
CHANGES = 2.0
"""Writes for each name, at least."""
READERS = 3
KINDS = ("event", "event", "card", "task", "event", "card", "event", "card", "list", "event")


def make_slot(number: int) -> Slot:
    """Both writers have the same names in the same folders, and in folders beside each other, with other texts."""
    kind = KINDS[number % 10]
    turn, folders = number // 20, PLACES[kind]
    name = f"{kind}-{turn // len(folders)}{number % 10}{ENDINGS[kind]}"
    return Slot(WRITERS[number // 10 % 2], folders[turn % len(folders)], name, kind)


@dataclass
class Story:
    """`objects` names are written; what came of it is in `ledger`, `slots`, `contest`, `followers` and `readers`."""

    twins: Twins
    objects: int
    ledger: Ledger = field(default_factory=Ledger)
    slots: list[Slot] = field(default_factory=list)
    followers: list[Follower] = field(default_factory=list)
    readers: list[Reader] = field(default_factory=list)
    contest: Contest = field(default_factory=lambda: Contest(CONTESTANT, "Calendar/contest", 8))
    disturbed: list[str] = field(default_factory=list)
    seen: int = 0
    """How many changes of folders one server made and the other showed at once."""

    moved: int = 0
    heard: int = 0
    """How many writes of the original somebody of ours heard of in time."""
    _over: threading.Event = field(default_factory=threading.Event)
    _keeping: threading.Lock = field(default_factory=threading.Lock)
    _moving: threading.Lock = field(default_factory=threading.Lock)

    def tell(self) -> None:
        self._make_folders()
        for follower in self.followers:  # with this change tracking begins where each folder has tables of its own
            follower.sync()
        writers = [self._writer(number, name) for number, name in enumerate(("original", "ours", "original", "ours"))]
        reading = [partial(reader.run, self._over.is_set) for reader in self.readers]
        others = [self._follow, self._keep, self._move, self._listen, self._disturb, *reading]
        threads = [threading.Thread(target=self._guarded, args=(job,)) for job in writers + others]
        for thread in threads:
            thread.start()
        for thread in threads[: len(writers)]:
            thread.join()
        self._over.set()
        for thread in threads:
            thread.join()
        self.contest.mend(self.ledger, self.twins.people(CONTESTANT)[1])
        time.sleep(2.1)  # a token of the original leaves out the second it was given in
        for _ in range(2):
            for follower in self.followers:
                follower.sync()
        for reader in self.readers:
            reader.everything()

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:  # one thread's end must not go unseen
            self.ledger.wrong(f"{job}: {error!r}")

    def _make_folders(self) -> None:
        for user in WRITERS:
            original, ours = self.twins.people(user)
            for folder in (*CALENDARS, *BOOKS, *LISTS):
                maker = ours if folder.endswith("-ours") else original
                if folder.endswith("/personal"):
                    maker.folders(folder.split("/")[0])  # made by looking
                else:
                    make_folder(maker, folder)
                self.followers += [Follower(server, folder) for server in (original, ours)]
        original, ours = self.twins.people(CONTESTANT)
        make_folder(ours, self.contest.folder)
        self.followers += [Follower(server, self.contest.folder) for server in (original, ours)]
        self.slots = [make_slot(number) for number in range(self.objects)]
        self.readers = [Reader(self._histories(), self.ledger, random.Random(number)) for number in range(READERS)]

    def _histories(self) -> dict[tuple[DavUser, str], dict[str, History]]:
        """Of all folders that are written to, by who reads them at ours."""
        ours = {user: self.twins.people(user)[1] for user in WRITERS}
        found: dict[tuple[DavUser, str], dict[str, History]] = {}
        for slot in self.slots:
            found.setdefault((ours[slot.user], slot.folder), {})[slot.name] = slot.history
        return found

    # --- those who write ----------------------------------------------------------------------------------------------

    def _writer(self, number: int, name: str) -> Callable[[], None]:
        """A writer through one of the servers. Each name is made by one of them, and then changed by any."""
        dice = random.Random(number)
        people = {user: self.twins.people(user)[name == "ours"] for user in (*WRITERS, CONTESTANT)}
        mine = self.slots[number::4]

        def write() -> None:
            end = time.monotonic() + float(os.environ.get(LONG_RUN, "0"))
            for slot in mine:
                if slot.writes == 0:
                    self._change(slot, people, dice)
                self._once(number, people, dice)
            while self.ledger.written < CHANGES * self.objects or time.monotonic() < end:
                self._once(number, people, dice)

        return write

    def _once(self, number: int, people: dict[str, DavUser], dice: random.Random) -> None:
        # Two writers through the original stop each other for ever when they write and delete one object at once.
        if number != 2 and dice.random() < 0.1:
            self.contest.change(self.ledger, people[CONTESTANT], dice)
        self._change(dice.choice(self.slots), people, dice)

    def _change(self, slot: Slot, people: dict[str, DavUser], dice: random.Random) -> None:
        ours = self.twins.people(slot.user)[1]
        self.ledger.change(slot, ours if slot.folder == ALONE else people[slot.user], ours, dice)

    # --- those who look -----------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        while not self._over.is_set():
            for follower in self.followers:
                with self._may_break():
                    follower.sync()

    def _keep(self) -> None:
        """Folders made, named, coloured and removed by one server are seen by the other at once."""
        number = 0
        while not self._over.is_set():
            number += 1
            with self._keeping, self._may_break():
                self._round(number, *self.twins.people(KEEPER)[:: 1 if number % 2 else -1])
            time.sleep(0.01)  # a turn for who waits for the lock

    def _round(self, number: int, maker: DavUser, other: DavUser) -> None:
        module = "Calendar" if number % 3 else "Contacts"
        folder = f"{module}/kept-{number}"
        make_folder(maker, folder)
        self._see(other, folder, "listed", f"kept-{number}" in other.folders(module), True)
        for one, two in ((maker, other), (other, maker)):
            wanted = {"D:displayname": f"Kept {number} by {one.name} é & ü"}
            if module == "Calendar":
                wanted["ICAL:calendar-color"] = f"#{number % 4096:03X}{len(one.name):03X}FF"
            inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in wanted.items())
            status = one.proppatch(f"{folder}/", inner).status
            found = two.propfind(f"{folder}/", wanted).get(two.path(f"{folder}/"), {})
            seen = {name: text_of(found, name) for name in wanted}
            self._see(two, folder, f"after a PROPPATCH of {one.name} ({status})", seen, wanted)
        status = other("DELETE", f"{folder}/").status
        self._see(maker, folder, f"after a DELETE ({status})", f"kept-{number}" in maker.folders(module), False)

    def _see(self, server: DavUser, folder: str, when: str, seen: object, wanted: object) -> None:
        self.seen += 1
        if seen != wanted:
            self.ledger.wrong(f"{server.name} shows {seen!r} {when}, not {wanted!r}: {folder}")

    def _move(self) -> None:
        """What one has written, the other moves; the original gives it another name."""
        people = self.twins.people(MOVER)
        folders = ("Calendar/move-original", "Calendar/move-ours")
        for server, folder in zip(people, folders, strict=True):
            make_folder(server, folder)
        while not self._over.is_set():
            self.moved += 1
            with self._moving, self._may_break():
                turn, back = self.moved % 2, self.moved % 4 < 2
                self._move_one(f"move-{self.moved}", people[:: 1 if turn else -1], folders[:: 1 if back else -1])
            time.sleep(0.01)

    def _move_one(self, name: str, people: tuple[DavUser, ...], folders: tuple[str, ...]) -> None:
        (server, other), (source, target) = people, folders
        path = f"{source}/{name}.ics"
        put = other.put(path, sample(path, name, name)).status
        moved = server.move(path, f"{target}/{name}.ics", overwrite="F").status
        gone = other.get(path).status
        if (put, moved, gone) != (201, 201, 404):
            self.ledger.wrong(f"{name}: PUT by {other.name} {put}, MOVE by {server.name} {moved}, then {gone}")

    def _listen(self) -> None:
        listener = Listener(self.twins, HEARD, self.ledger)
        listener.run(self._over.is_set)
        self.heard = listener.heard

    @contextmanager
    def _may_break(self) -> Iterator[None]:
        """A worker that is killed takes its request with it: what was begun is left as it is."""
        try:
            yield
        except BROKEN:
            self.ledger.broken += 1

    # --- and who disturbs ---------------------------------------------------------------------------------------------

    def _disturb(self) -> None:
        deeds = [
            (0.3, "a worker of ours killed", self.twins.ours.kill_worker),
            (0.5, "a worker of the original killed", self.twins.original.kill_worker),
            (0.7, "memcached restarted", self.twins.memcached.restart),
            (1.2, "a worker of ours killed", self.twins.ours.kill_worker),
            (1.4, "a worker of the original killed", self.twins.original.kill_worker),
        ]
        for share, what, deed in deeds:
            while self.ledger.written < share * self.objects:
                if self._over.wait(0.05):
                    return
            # What the original does in several steps nobody mends when it stops in between.
            with self._keeping, self._moving:
                deed()
            self.disturbed.append(what)
