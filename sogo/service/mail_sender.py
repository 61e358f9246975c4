"""Sends what is in the queue of mails. One worker of the site does (`service.lease`); it looks every few seconds, and
at once when something was put into the queue in this worker.

What a mail server does not take is tried again later and later, for days. While a server cannot be reached at all, the
other mails for it rest for a moment instead of failing one by one.
"""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sogo.errors import ConfigError, SogoError
from sogo.service.lease import Lease, LeaseTimes
from sogo.service.mail_post import MailPost
from sogo.store.mails import MailState, WaitingMail

log = logging.getLogger(__name__)

KEPT_DAYS = 30
"""So long it is known that a mail was sent or given up."""


@dataclass(frozen=True, slots=True)
class MailTimes:
    """`stale_seconds` after a mail was first seen as being sent by another process, that process is taken to be gone:
    no sending takes so long. A server that is down rests for `rest_seconds`. A mail that can leave by its user's login
    only is left to the request that made it for `grace_seconds`. What is due is looked at anew after `turn_seconds`."""

    look_seconds: float = 3.0
    wait_seconds: float = 10.0
    rest_seconds: float = 30.0
    stale_seconds: float = 300.0
    grace_seconds: float = 60.0
    count_seconds: float = 15.0
    trim_seconds: float = 3600.0
    turn_seconds: float = 5.0
    close_seconds: float = 10.0
    lease: LeaseTimes = field(default_factory=LeaseTimes)


class MailSender:
    """`at_once` mails are on their way at a time."""

    def __init__(self, post: MailPost, *, times: MailTimes | None = None, at_once: int = 4, batch: int = 500) -> None:
        self._post, self._times = post, times or MailTimes()
        self._lease = Lease(post.mails.lease, self._times.lease)
        self._at_once, self._batch = at_once, batch
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[object, float] = {}
        self._others: dict[tuple[str, int], float] = {}
        self._counts: Mapping[MailState, int] = {}
        self._counted = self._trimmed = float("-inf")
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False

    def start(self) -> None:
        self._post.wake = self._wake.set
        self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def close(self) -> None:
        """Stop; what is on its way may arrive, then another worker goes on at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._busy:
            _, left = await asyncio.wait(list(self._busy.values()), timeout=self._times.close_seconds)
            for one in left:
                one.cancel()
            if left:
                await asyncio.wait(left)
        try:
            await self._post.delivery.mark_again()
            await self._lease.give_up()
        except SogoError as error:
            log.debug("the lease ends by itself: %s", error)

    # --- numbers for the operator -------------------------------------------------------------------------------------

    def waiting(self) -> Mapping[tuple[str, ...], float]:
        """Mails by their state, as told by the worker that sends."""
        held = self._lease.is_held
        return {(state.value,): float(self._counts.get(state, 0)) if held else 0.0 for state in MailState}

    def outcomes(self) -> Mapping[tuple[str, ...], float]:
        """What became of the mails this worker tried."""
        return {(what,): float(number) for what, number in self._post.delivery.counted.items()}

    # --- the task -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            seconds = self._times.look_seconds
            try:
                await self._post.delivery.mark_again()
                if self._lease.is_held or await self._lease.look():
                    await self._turn()
                else:
                    seconds = self._times.wait_seconds
                self._note_failure(None)
            except Exception as error:
                self._note_failure(error)
            await self._sleep(seconds)

    def _note_failure(self, error: Exception | None) -> None:
        if error is not None and not self._is_failing:
            log.warning("mail waits for now: %s", error, exc_info=None if isinstance(error, SogoError) else error)
        elif error is None and self._is_failing:
            log.info("mail is sent again")
        self._is_failing = error is not None

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _turn(self) -> None:
        if not await self._lease.keep():
            log.info("another worker sends mail now")
            return
        await self._look_after()
        due = await self._post.mails.due(self._batch, self._resting_domains())
        self._forget_others(due)
        until = time.monotonic() + self._times.turn_seconds
        for seen in due:
            while len(self._busy) >= self._at_once:
                await asyncio.wait(list(self._busy.values()), return_when=asyncio.FIRST_COMPLETED)
            if time.monotonic() > until or not await self._lease.keep():
                return
            if seen.id not in self._busy and self._may_send(seen):
                self._begin(seen)

    def _resting_domains(self) -> list[str | None]:
        """Whose mail server is down: their mails, as many as they are, keep no other waiting."""
        routes, now, found = self._post.routes, time.monotonic(), []
        for domain in routes.all_domains if self._resting else ():
            with suppress(ConfigError):
                if self._resting.get(routes.of(domain).transport, 0.0) > now:
                    found.append(domain)
        return found

    async def _look_after(self) -> None:
        now = time.monotonic()
        if now - self._counted >= self._times.count_seconds:
            self._counts, self._counted = await self._post.mails.counts(), now
        if now - self._trimmed >= self._times.trim_seconds:
            self._trimmed = now
            await self._post.mails.trim(self._post.delivery.clock() - dt.timedelta(days=KEPT_DAYS))

    # --- one mail -----------------------------------------------------------------------------------------------------

    def _may_send(self, seen: WaitingMail) -> bool:
        if seen.state is MailState.SENDING and not self._is_left(seen):
            return False
        try:
            route = self._post.routes.of(seen.domain)
        except ConfigError:
            return True  # it will say why
        age_seconds = self._post.delivery.clock().timestamp() - seen.created
        if route.wants_user and not seen.tries and age_seconds < self._times.grace_seconds:
            return False
        return self._resting.get(route.transport, 0.0) <= time.monotonic()

    def _is_left(self, seen: WaitingMail) -> bool:
        """Whoever began to send it cannot be at it any more."""
        delivery = self._post.delivery
        if seen.holder == delivery.holder:  # this worker: it knows
            return seen.id not in delivery.active and seen.id not in delivery.unmarked
        since = self._others.setdefault((seen.id, seen.tries), time.monotonic())
        if time.monotonic() - since < self._times.stale_seconds:
            return False
        log.warning("mail (%s) to %s was left half sent, and may arrive twice", seen.kind, seen.recipient)
        return True

    def _forget_others(self, due: list[WaitingMail]) -> None:
        there = {(seen.id, seen.tries) for seen in due if seen.state is MailState.SENDING}
        self._others = {key: since for key, since in self._others.items() if key in there}

    def _begin(self, seen: WaitingMail) -> None:
        task = asyncio.create_task(self._safe_attempt(seen))
        self._busy[seen.id] = task
        task.add_done_callback(lambda _: self._ended(seen.id))

    def _ended(self, mail_id: str) -> None:
        self._busy.pop(mail_id, None)
        self._wake.set()

    async def _safe_attempt(self, seen: WaitingMail) -> None:
        try:
            if not self._lease.is_held:
                return
            delayed = await self._post.delivery.attempt(seen)
            if delayed is not None and delayed.is_down:
                transport = self._post.routes.of(seen.domain).transport
                self._resting[transport] = time.monotonic() + self._times.rest_seconds
        except SogoError as error:
            log.warning("mail to %s waits: %s", seen.recipient, error)
        except Exception:
            log.exception("mail to %s waits", seen.recipient)
