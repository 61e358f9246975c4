"""The door to the post: what mails are put into, and what sees that they get on their way.

put(mails)        in a transaction of their own; or `store.sql.mail_queue.put_mails` within another
committed(user)   after the transaction: whoever sends is woken; where mail leaves by the login of the user alone,
                  the user's mails are tried now, while the password is at hand
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Sequence

from sogo.auth.acting import acting
from sogo.auth.interface import User
from sogo.errors import ConfigError, SogoError
from sogo.mail.transport import MailLogin
from sogo.service.mail_delivery import MailDelivery
from sogo.service.mail_routes import MailRoutes
from sogo.store.interface import Clock
from sogo.store.mails import MailQueue, QueuedMail

log = logging.getLogger(__name__)

AT_ONCE = 50
"""So many mails of a user are tried along with a request; the rest goes with the next."""
CLOSE_SECONDS = 10.0


class MailPost:
    """One for each worker. `wake` is set by whoever sends in this worker."""

    def __init__(self, mails: MailQueue, routes: MailRoutes, clock: Clock) -> None:
        self.mails, self.routes = mails, routes
        self.delivery = MailDelivery(mails, routes, clock)
        self.wake: Callable[[], None] = lambda: None
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    async def put(self, items: Sequence[QueuedMail], user: User | None = None) -> list[str]:
        """Keep mails and send them soon; the ids of those that say something new. Raises TooLarge,
        StoreUnavailable."""
        made = await self.mails.put(items) if items else []
        if made:
            self.committed(user)
        return made

    def committed(self, user: User | None = None) -> None:
        """Mails are in the queue; `user` is who caused them. Never waits, never raises."""
        self.wake()
        who = acting.get()
        if user is None or who is None:
            return
        if user.user_id in self._busy:
            self._again.add(user.user_id)
            return
        try:
            route = self.routes.of(user.domain)
        except ConfigError as error:
            log.error("mail cannot be sent: %s", error)
            return
        if not route.wants_user:
            return
        work = self._send_for(user.user_id, route.login_of(user, who))
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._busy[user.user_id] = task
        task.add_done_callback(lambda _: self._busy.pop(user.user_id, None))

    async def _send_for(self, user_id: str, login: MailLogin) -> None:
        """What a user's mails wait for is this: they are tried whether it is their time or not."""
        self._again.add(user_id)
        try:
            while user_id in self._again:
                self._again.discard(user_id)
                for seen in await self.mails.of_user(user_id, AT_ONCE):
                    if await self.delivery.attempt(seen, login) is not None:
                        return
        except SogoError as error:
            log.warning("mails of %s wait: %s", user_id, error)
        except Exception:
            log.exception("mails of %s wait", user_id)
        finally:
            self._again.discard(user_id)

    async def close(self) -> None:
        """Let what is being sent end, for a while."""
        busy = list(self._busy.values())
        if busy:
            _, left = await asyncio.wait(busy, timeout=CLOSE_SECONDS)
            for task in left:
                task.cancel()
            if left:
                await asyncio.wait(left)
