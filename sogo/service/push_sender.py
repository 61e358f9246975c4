"""Tells devices of changes. One worker of the site does (`lease`); whoever writes, it hears by the change bus, and
compares what each device was told with what is there: so nothing is forgotten over a restart, and nothing is told
twice that was told by others meanwhile.

Changes of one home are gathered for a moment and looked at together. What a push service does not take is tried again
later and later, and a subscription that fails for days is dropped.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sogo.errors import SogoError
from sogo.model.change import Home, What, home_path
from sogo.model.folder import SyncPoint
from sogo.model.push import Subscription
from sogo.service.bus import Change
from sogo.service.lease import Lease, LeaseTimes
from sogo.service.push import PushOffer, push_offer
from sogo.service.push_delivery import Delivered, Message, Outcome, Postman
from sogo.service.push_news import HomeNews, News
from sogo.service.push_watch import Watch, home_at
from sogo.service.request_scope import begin_request
from sogo.service.site import Site
from sogo.store.pushes import Watched

log = logging.getLogger(__name__)

MAX_REMEMBERED = 10_000
GIVE_UP_SECONDS = 3 * 24 * 3600
_OF_CONTENT = frozenset({What.WRITTEN, What.REMOVED, What.CHANGED})


@dataclass(frozen=True, slots=True)
class SenderTimes:
    """`delay_seconds` are gathered before a home is looked at, and `gap_seconds` lie between two looks. The first try
    after a failure comes after `retry_seconds`, each further one after twice as long, up to `longest_seconds`."""

    delay_seconds: float = 1.0
    gap_seconds: float = 5.0
    look_seconds: float = 2.0
    wait_seconds: float = 10.0
    retry_seconds: float = 15.0
    longest_seconds: float = 3600.0
    lease: LeaseTimes = field(default_factory=LeaseTimes)


@dataclass(slots=True)
class _Due:
    """A home that is to be looked at. `changed` are folders of which the bus said so."""

    moment: float
    changed: set[str] = field(default_factory=set)


class PushSender:
    """`render_token` writes a sync token as clients know it."""

    def __init__(
        self,
        site: Site,
        render_token: Callable[[SyncPoint], str],
        *,
        times: SenderTimes | None = None,
        homes_at_once: int = 8,
        messages_at_once: int = 4,
    ) -> None:
        self._site, self._render_token, self._times = site, render_token, times or SenderTimes()
        self._lease = Lease(site.pushes, self._times.lease)
        self._watch = Watch(site.bus, self._heard, self._missed)
        self._homes_at_once, self._messages_at_once = homes_at_once, messages_at_once
        self._due: dict[Home, _Due] = {}
        self._busy: dict[Home, asyncio.Task[None]] = {}
        self._looked: dict[Home, float] = {}
        self._tries: dict[str, tuple[int, float]] = {}
        self._news: int | None = None
        self._postman: Postman | None = None
        self._offer: PushOffer | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_failing = False

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), context=contextvars.Context())

    async def close(self) -> None:
        """Stop; another worker may go on at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        await self._rest()

    async def _rest(self) -> None:
        await self._watch.close()
        busy = list(self._busy.values())
        for one in busy:
            one.cancel()
        if busy:
            await asyncio.wait(busy)
        self._due.clear()
        self._busy.clear()
        self._news = None
        try:
            await self._lease.give_up()
        except SogoError as error:
            log.debug("the lease ends by itself: %s", error)

    # --- the task -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                if self._lease.is_held or await self._lease.look():
                    await self._turn()
                    seconds = self._seconds_to_sleep()
                else:
                    seconds = self._times.wait_seconds
                self._note_failure(None)
            except Exception as error:
                self._note_failure(error)
                seconds = self._times.look_seconds
                if not self._lease.is_held:
                    await self._rest()
            await self._sleep(seconds)

    def _note_failure(self, error: Exception | None) -> None:
        if error is not None and not self._is_failing:
            log.warning(
                "push messages wait for now: %s", error, exc_info=None if isinstance(error, SogoError) else error
            )
        elif error is None and self._is_failing:
            log.info("push messages are sent again")
        self._is_failing = error is not None

    async def _sleep(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _seconds_to_sleep(self) -> float:
        now = time.monotonic()
        moments = [due.moment - now for home, due in self._due.items() if home not in self._busy]
        free = len(self._busy) < self._homes_at_once
        soonest = min(moments, default=self._times.look_seconds) if free else self._times.look_seconds
        return max(0.0, min(soonest, self._times.look_seconds))

    async def _turn(self) -> None:
        if not await self._lease.keep():
            log.info("another worker sends push messages now")
            await self._rest()
            return
        news = await self._site.pushes.news()
        if news != self._news or self._watch.is_broken:
            await self._look_at_subscriptions()
            self._news = news
        now = time.monotonic()
        for home, due in sorted(self._due.items(), key=lambda item: item[1].moment):
            if due.moment <= now and home not in self._busy and len(self._busy) < self._homes_at_once:
                del self._due[home]
                self._begin(home, frozenset(due.changed))

    async def _look_at_subscriptions(self) -> None:
        if self._postman is None:
            keys = await self._site.pushes.keys()
            contact = self._site.config.system.web_dav_push_contact
            self._offer = await push_offer(self._site)
            self._postman = Postman(self._site.outbound, keys, self._offer, contact, self._site.clock)
        watched = [one for one in await self._site.pushes.watched() if _is_sound(one)]
        new = await self._watch.follow(watched)
        for one in [*new, *(one for one in watched if one.edited)]:
            self._expect(home_at(one.home))

    # --- what is heard ------------------------------------------------------------------------------------------------

    def _heard(self, change: Change) -> None:
        due = self._expect(Home(change.folder.owner, change.folder.kind))
        if change.what in _OF_CONTENT:
            due.changed.add(change.folder.path)

    def _missed(self, group: Iterable[Watched]) -> None:
        for one in group:
            due = self._expect(home_at(one.home))
            due.changed.add(one.path)

    def _expect(self, home: Home, seconds: float | None = None) -> _Due:
        """Look at a home after a moment, or sooner if that is expected already."""
        now = time.monotonic()
        moment = now + (self._times.delay_seconds if seconds is None else seconds)
        if seconds is None:
            moment = max(moment, self._looked.get(home, 0.0) + self._times.gap_seconds)
        due = self._due.get(home)
        if due is None:
            due = self._due[home] = _Due(moment)
        due.moment = min(due.moment, moment)
        self._wake.set()
        return due

    # --- one home -----------------------------------------------------------------------------------------------------

    def _begin(self, home: Home, changed: frozenset[str]) -> None:
        if len(self._looked) > MAX_REMEMBERED:
            self._looked.clear()
        self._looked[home] = time.monotonic()
        task = asyncio.create_task(self._safe_look(home, changed))
        self._busy[home] = task
        task.add_done_callback(lambda _: self._ended(home))

    def _ended(self, home: Home) -> None:
        self._busy.pop(home, None)
        self._wake.set()

    async def _safe_look(self, home: Home, changed: frozenset[str]) -> None:
        try:
            await self._look(home, changed)
        except Exception as error:
            self._expect(home, self._times.retry_seconds).changed.update(changed)
            log.warning(
                "push messages for %s wait: %s", home.path, error,
                exc_info=None if isinstance(error, SogoError) else error,
            )  # fmt: skip

    async def _look(self, home: Home, changed: frozenset[str]) -> None:
        begin_request()
        news, room = HomeNews(self._site, home), asyncio.Semaphore(self._messages_at_once)
        told: list[tuple[Subscription, News]] = []
        for subscription in await self._site.pushes.of_home(home.path):
            found = await news.of(subscription, changed)
            if found is None:
                await self._site.pushes.drop([subscription.id])
            elif found.any:
                told.append((subscription, found))
        async with asyncio.TaskGroup() as group:
            for subscription, found in told:
                group.create_task(self._safe_delivery(home, subscription, found, room))

    async def _safe_delivery(self, home: Home, subscription: Subscription, news: News, room: asyncio.Semaphore) -> None:
        """One device in trouble keeps no other from being told."""
        try:
            await self._deliver(home, subscription, news, room)
        except SogoError as error:  # it is found again by comparing
            log.warning("a push message for %s waits: %s", subscription.path, error)
            self._expect_again(home, time.monotonic() + self._times.retry_seconds, subscription, news)

    async def _deliver(self, home: Home, subscription: Subscription, news: News, room: asyncio.Semaphore) -> None:
        _, moment = self._tries.get(subscription.id, (0, 0.0))
        if moment > time.monotonic():
            self._expect_again(home, moment, subscription, news)
            return
        assert self._postman is not None
        assert self._offer is not None
        token = self._render_token(news.point) if news.content and news.point is not None else ""
        message = Message(self._offer.topic(subscription.path), news.content, news.properties, token)
        async with room:
            if not self._lease.is_held:
                return
            delivered = await self._postman.deliver(subscription, message)
        await self._note(home, subscription, news, delivered)

    async def _note(self, home: Home, subscription: Subscription, news: News, delivered: Delivered) -> None:
        pushes, registration = self._site.pushes, subscription.id
        match delivered.outcome:
            case Outcome.DELIVERED:
                self._tries.pop(registration, None)
                await pushes.told(registration, news.mark, news.title, news.edits)
            case Outcome.GONE:
                self._tries.pop(registration, None)
                log.info("a push subscription of %s to %s is gone", subscription.user_id, subscription.path)
                await pushes.drop([registration])
            case Outcome.LATER | Outcome.REFUSED:
                await self._note_trouble(home, subscription, news, delivered)

    async def _note_trouble(self, home: Home, subscription: Subscription, news: News, delivered: Delivered) -> None:
        now = int(self._site.clock().timestamp())
        since = subscription.failing_since or now
        name = f"{subscription.user_id} to {subscription.path}"
        if now - since >= GIVE_UP_SECONDS:
            log.info("a push subscription of %s has failed for days (%s) and is dropped", name, delivered.why)
            self._tries.pop(subscription.id, None)
            await self._site.pushes.drop([subscription.id])
            return
        if not subscription.failing_since:
            log.info("a push message for %s does not get through: %s", name, delivered.why)
            await self._site.pushes.failed(subscription.id, since)
        count = self._tries.get(subscription.id, (0, 0.0))[0] + 1
        seconds = min(self._times.retry_seconds * 2 ** min(count - 1, 20), self._times.longest_seconds)
        if delivered.outcome is Outcome.REFUSED:
            seconds = self._times.longest_seconds
        seconds *= random.uniform(1.0, 1.2)  # noqa: S311 - spreads what failed together, keeps no secret
        if len(self._tries) >= MAX_REMEMBERED:
            self._tries.clear()
        moment = time.monotonic() + max(seconds, delivered.retry_seconds)
        self._tries[subscription.id] = (count, moment)
        self._expect_again(home, moment, subscription, news)

    def _expect_again(self, home: Home, moment: float, subscription: Subscription, news: News) -> None:
        """What could not be told yet is found again by comparing, but by the clock perhaps only by what was said."""
        due = self._expect(home, max(0.0, moment - time.monotonic()))
        if news.content and subscription.path != home.path:
            due.changed.add(subscription.path)


def _is_sound(one: Watched) -> bool:
    """Whether this is a path that the bus could know."""
    try:
        home_at(one.home)
    except ValueError:
        return False
    return one.path == one.home or home_path(one.path) == one.home
