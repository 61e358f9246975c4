"""The queue is emptied, once and in order, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.auth.acting import Acting, acting
from sogo.conf.levels import Config
from sogo.errors import MailDelayed, MailRefused, StoreUnavailable
from sogo.mail.sendmail import SendmailTransport
from sogo.mail.smtp import SmtpServer, SmtpTransport, Tls
from sogo.mail.transport import Envelope, MailLogin
from sogo.secret import Secret
from sogo.service.lease import LeaseTimes
from sogo.service.mail_delivery import MailDelivery, RetryTimes
from sogo.service.mail_post import MailPost
from sogo.service.mail_routes import MailRoute, MailRoutes
from sogo.service.mail_sender import MailSender, MailTimes
from sogo.store.mails import MailState, QueuedMail, WaitingMail, mail_key
from sogo.store.sql import SqlStore, open_store
from tests.support.mail_server import mail_server
from tests.support.people import person
from tests.support.stores import TestClock, settings_for

QUICK = MailTimes(
    look_seconds=0.02, wait_seconds=0.02, rest_seconds=0.2, stale_seconds=0.2, grace_seconds=60,
    lease=LeaseTimes(renew_seconds=0.05, valid_seconds=5, stale_seconds=0.3),
)  # fmt: skip
SITE = {"SOGoMailingMechanism": "smtp", "SOGoSMTPServer": "smtp://127.0.0.1:1"}


def mail(uid: str, digest: str = "0", recipient: str = "b@example.org", user_id: str = "ada") -> QueuedMail:
    message = f"From: a@example.com\r\nMessage-ID: <{uid}.{digest}@example.com>\r\n\r\n{uid}\r\n".encode()
    key = mail_key((uid, recipient), (digest,))
    return QueuedMail(key, "a@example.com", recipient, message, "test", user_id, None)


@dataclass
class Recorder:
    """A mail server that is a list. `fails` is asked before a message is taken, `taken` afterwards."""

    received: list[str] = field(default_factory=list)
    logins: list[MailLogin | None] = field(default_factory=list)
    fails: Callable[[Envelope], Exception | None] = lambda _: None
    taken: Callable[[Envelope], Awaitable[None]] | None = None

    async def send(self, envelope: Envelope, login: MailLogin | None) -> None:
        error = self.fails(envelope)
        if error is not None:
            raise error
        self.received.append(envelope.message.decode().splitlines()[-1])
        self.logins.append(login)
        if self.taken is not None:
            await self.taken(envelope)

    def __hash__(self) -> int:
        return id(self)


class Routes(MailRoutes):
    def __init__(self, route: MailRoute) -> None:
        super().__init__(Config.of(SITE))
        self._route = route

    def of(self, domain: str | None) -> MailRoute:
        return self._route


@dataclass
class Place:
    store: SqlStore
    clock: TestClock

    def post(self, route: MailRoute) -> MailPost:
        return MailPost(self.store.mails, Routes(route), self.clock)

    async def rows(self, state: MailState) -> list[WaitingMail]:
        return await self.store.mails.listed(state, 1000)


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    clock = TestClock()
    store = open_store(settings_for(f"sqlite:///{tmp_path}/site.db", single=True, clock=clock))
    await store.start()
    yield Place(store, clock)
    await store.close()


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await done():
            await asyncio.sleep(0.01)


# --- one mail ---------------------------------------------------------------------------------------------------------


async def test_a_mail_is_sent_and_marked(place: Place) -> None:
    recorder = Recorder()
    post = place.post(MailRoute(recorder))
    await post.put([mail("u1"), mail("u2")])
    for seen in await place.store.mails.due(10):
        assert await post.delivery.attempt(seen) is None
    assert sorted(recorder.received) == ["u1", "u2"]
    assert len(await place.rows(MailState.SENT)) == 2
    assert post.delivery.counted == {"sent": 2}


async def test_what_is_refused_for_good_is_kept_with_the_answer(place: Place) -> None:
    post = place.post(MailRoute(Recorder(fails=lambda _: MailRefused("Refused.", why="550 no such user"))))
    await post.put([mail("u1")])
    (seen,) = await place.store.mails.due(10)
    assert await post.delivery.attempt(seen) is None
    (kept,) = await place.rows(MailState.FAILED)
    assert kept.error == "550 no such user"
    assert await place.store.mails.due(10) == []


async def test_what_fails_for_now_is_tried_later_and_later_and_given_up_after_days(place: Place) -> None:
    post = place.post(MailRoute(Recorder(fails=lambda _: MailDelayed("Later.", why="451 later"))))
    post.delivery.times = RetryTimes()
    await post.put([mail("u1")])
    began, waits = place.clock.seconds, []
    while not await place.rows(MailState.FAILED):
        (seen,) = await place.store.mails.due(10)
        await post.delivery.attempt(seen)
        assert await place.store.mails.due(10) == []
        waiting = await place.rows(MailState.WAITING)
        if waiting:
            waits.append(waiting[0].due - place.clock.seconds)
            place.clock.seconds = waiting[0].due
    days = (place.clock.seconds - began) / 86400
    assert 3 <= days < 3.1
    assert 50 <= waits[0] <= 70
    assert all(later > sooner for sooner, later in pairwise(waits[:5]))
    assert max(waits) <= 3600 * 1.1
    assert len(waits) < 90
    assert post.delivery.counted["given_up"] == 1


async def test_a_mark_that_fails_is_made_later_and_the_mail_is_not_sent_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    post = place.post(MailRoute(recorder))
    await post.put([mail("u1")])

    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(place.store.mails), "sent", away)
        (seen,) = await place.store.mails.due(10)
        with pytest.raises(StoreUnavailable):
            await post.delivery.attempt(seen)
    sender = MailSender(post, times=QUICK)
    sender.start()
    await until(lambda: _has(place, MailState.SENT, 1))
    await sender.close()
    assert recorder.received == ["u1"]


async def _has(place: Place, state: MailState, number: int) -> bool:
    return len(await place.rows(state)) == number


# --- the sender -------------------------------------------------------------------------------------------------------


async def test_many_workers_send_each_mail_once(place: Place) -> None:
    recorder = Recorder()
    senders = [MailSender(place.post(MailRoute(recorder)), times=QUICK) for _ in range(3)]
    for sender in senders:
        sender.start()
    await place.post(MailRoute(recorder)).put([mail(f"u{number}") for number in range(40)])
    await until(lambda: _has(place, MailState.SENT, 40))
    for sender in senders:
        await sender.close()
    assert sorted(recorder.received) == sorted(f"u{number}" for number in range(40))


async def test_who_puts_wakes_who_sends(place: Place) -> None:
    """Nobody looks again for an hour by itself."""
    recorder = Recorder()
    post = place.post(MailRoute(recorder))
    sender = MailSender(post, times=MailTimes(look_seconds=3600, wait_seconds=3600))
    sender.start()
    await until(lambda: _holds(place))
    await post.put([mail("u1")])
    await until(lambda: _has(place, MailState.SENT, 1))
    await sender.close()


async def _holds(place: Place) -> bool:
    return bool((await place.store.mails.lease.read_lease()).holder)


async def test_another_goes_on_where_one_was_killed(place: Place) -> None:
    """One mail was claimed and not sent, one was sent and not marked: nobody can tell which. Both arrive, at the worst
    one of them twice, and then with the Message-ID it had."""
    recorder = Recorder()
    killed = MailDelivery(place.store.mails, Routes(MailRoute(recorder)), place.clock)
    await place.store.mails.put([mail("u1"), mail("u2"), mail("u3")])
    first, second, _ = await place.store.mails.due(10)
    claimed = await place.store.mails.claim(first, killed.holder)
    sent = await place.store.mails.claim(second, killed.holder)
    assert claimed is not None
    assert sent is not None
    await recorder.send(Envelope(sent.sender, sent.recipient, sent.message), None)
    sender = MailSender(place.post(MailRoute(recorder)), times=QUICK)
    sender.start()
    await until(lambda: _has(place, MailState.SENT, 3))
    await sender.close()
    assert sorted(set(recorder.received)) == ["u1", "u2", "u3"]
    twice = sent.message.decode().splitlines()[-1]
    assert sorted(recorder.received) == sorted(["u1", "u2", "u3", twice])


async def test_what_another_is_sending_is_left_to_it(place: Place) -> None:
    recorder, other = Recorder(), Recorder()
    await place.store.mails.put([mail("u1")])
    (seen,) = await place.store.mails.due(10)
    await place.store.mails.claim(seen, "other")
    patient = MailTimes(look_seconds=0.02, wait_seconds=0.02, stale_seconds=3600, lease=QUICK.lease)
    sender = MailSender(place.post(MailRoute(recorder)), times=patient)
    sender.start()
    await place.store.mails.put([mail("u2")])
    await until(lambda: _has(place, MailState.SENT, 1))
    await place.store.mails.sent(seen.id, "other")
    await sender.close()
    assert recorder.received == ["u2"]
    assert other.received == []


async def test_what_is_on_its_way_arrives_before_the_sender_ends(place: Place) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slowly(_: Envelope) -> None:
        begun.set()
        await go.wait()

    recorder = Recorder(taken=slowly)
    post = place.post(MailRoute(recorder))
    sender = MailSender(post, times=QUICK)
    sender.start()
    await post.put([mail("u1")])
    await begun.wait()
    closing = asyncio.create_task(sender.close())
    await asyncio.sleep(0)
    go.set()
    await closing
    assert len(await place.rows(MailState.SENT)) == 1


async def test_a_server_that_is_down_costs_one_try_and_then_all_arrives(place: Place) -> None:
    """Twenty mails wait for it; it is not asked twenty times while it is away."""
    asked = 0

    def away(_: Envelope) -> Exception | None:
        nonlocal asked
        asked += 1
        return MailDelayed("Down.", why="connection refused", is_down=True) if asked <= 1 else None

    recorder = Recorder(fails=away)
    post = place.post(MailRoute(recorder))
    sender = MailSender(post, times=QUICK, at_once=1)
    await post.put([mail(f"u{number}") for number in range(20)])
    sender.start()
    await until(lambda: _has(place, MailState.SENT, 19))
    assert asked == 20
    (late,) = await place.rows(MailState.WAITING)
    place.clock.seconds = late.due
    await until(lambda: _has(place, MailState.SENT, 20))
    await sender.close()


async def test_the_order_of_a_thread_survives_a_failure(place: Place) -> None:
    failed = False

    def once(_: Envelope) -> Exception | None:
        nonlocal failed
        failed, before = True, failed
        return None if before else MailDelayed("Later.", why="451")

    recorder = Recorder(fails=once)
    post = place.post(MailRoute(recorder))
    sender = MailSender(post, times=QUICK)
    await post.put([mail("invited", "1")])
    await post.put([QueuedMail(mail("invited").key, "a@example.com", "b@example.org", b"\r\ncancelled\r\n", "test")])
    sender.start()
    await until(lambda: _has_tried(place))
    (first, _) = await place.rows(MailState.WAITING)
    assert recorder.received == []
    place.clock.seconds = first.due
    await until(lambda: _has(place, MailState.SENT, 2))
    await sender.close()
    assert recorder.received == ["invited", "cancelled"]


async def _has_tried(place: Place) -> bool:
    return any(row.tries == 1 and row.state is MailState.WAITING for row in await place.rows(MailState.WAITING))


async def test_old_marks_are_forgotten_and_numbers_told(place: Place) -> None:
    post = place.post(MailRoute(Recorder()))
    await post.put([mail("u1")])
    (seen,) = await place.store.mails.due(10)
    await post.delivery.attempt(seen)
    place.clock.sleep(31 * 86400)
    await post.put([mail("u2")])
    sender = MailSender(post, times=MailTimes(look_seconds=0.02, count_seconds=0, lease=QUICK.lease))
    assert set(sender.waiting().values()) == {0.0}
    sender.start()
    await until(lambda: _has(place, MailState.SENT, 1))
    async with asyncio.timeout(20):
        while sender.waiting() != {("waiting",): 0.0, ("sending",): 0.0, ("sent",): 1.0, ("failed",): 0.0}:
            await asyncio.sleep(0.01)
    assert sender.outcomes() == {("sent",): 2.0}
    await sender.close()


# --- whose login ------------------------------------------------------------------------------------------------------


async def test_mail_that_needs_the_user_s_login_goes_while_the_user_is_here(place: Place) -> None:
    recorder = Recorder()
    post = place.post(MailRoute(recorder, wants_user=True))
    ada = person("ada")
    await place.store.mails.put([mail("earlier"), mail("ben", user_id="ben")])
    acting.set(Acting("ada", Secret("pw")))
    await post.put([mail("now")], ada)
    await until(lambda: _has(place, MailState.SENT, 2))
    await post.close()
    assert recorder.received == ["earlier", "now"]
    assert [(login.name, login.secret.reveal()) for login in recorder.logins if login] == [("ada", "pw")] * 2
    for row in await place.store.databases.engine(place.store.settings.folder_info_url).fetch(
        "SELECT * FROM sogo_mail_queue"
    ):
        assert "pw" not in [str(value) for value in row.values()]


async def test_who_comes_while_the_user_s_mails_are_sent_is_taken_along(place: Place) -> None:
    go = asyncio.Event()

    async def slowly(_: Envelope) -> None:
        await go.wait()

    recorder = Recorder(taken=slowly)
    post = place.post(MailRoute(recorder, wants_user=True))
    acting.set(Acting("ada", Secret("pw")))
    await post.put([mail("u1")], person("ada"))
    async with asyncio.timeout(20):
        while not recorder.received:
            await asyncio.sleep(0.01)
    await post.put([mail("u2")], person("ada"))
    go.set()
    await until(lambda: _has(place, MailState.SENT, 2))
    await post.close()


async def test_the_sender_leaves_such_mails_to_the_request_for_a_while(place: Place) -> None:
    """Then it tries without a login: some servers let the site's own host in."""
    recorder = Recorder()
    post = place.post(MailRoute(recorder, wants_user=True))
    sender = MailSender(post, times=QUICK)
    await post.put([mail("u1")])
    assert await sender._lease.look()
    await sender._turn()
    assert not sender._busy
    place.clock.sleep(61)
    sender.start()
    await until(lambda: _has(place, MailState.SENT, 1))
    await sender.close()
    assert recorder.logins == [None]


async def test_where_the_site_has_an_account_nobody_s_password_is_used(place: Place) -> None:
    recorder = Recorder()
    master = MailLogin("master", Secret("m"))
    post = place.post(MailRoute(recorder, login=master))
    acting.set(Acting("ada", Secret("pw")))
    await post.put([mail("u1")], person("ada"))
    (seen,) = await place.store.mails.due(10)
    await post.delivery.attempt(seen)
    assert recorder.logins == [master]


def test_routes_are_those_of_the_domain() -> None:
    config = Config.of(
        {
            "WOSendMail": "/opt/sendmail",
            "domains": {
                "a": {"SOGoMailingMechanism": "smtp", "SOGoSMTPServer": "smtps://mail.a.example"},
                "b": {
                    "SOGoMailingMechanism": "smtp", "SOGoSMTPServer": "m:587", "SOGoSMTPAuthenticationType": "plain",
                    "SOGoForceExternalLoginWithEmail": "YES",
                },
                "c": {
                    "SOGoMailingMechanism": "smtp", "SOGoSMTPAuthenticationType": "PLAIN", "SOGoSMTPMasterUserEnabled": "YES",
                    "SOGoSMTPMasterUserUsername": "m", "SOGoSMTPMasterUserPassword": "p",
                },
            },
        }
    )  # fmt: skip
    routes = MailRoutes(config)
    assert routes.of(None) == routes.of("unknown") == MailRoute(SendmailTransport("/opt/sendmail"))
    assert routes.of("a") == MailRoute(SmtpTransport(SmtpServer("mail.a.example", 465, Tls.IMPLICIT)))
    assert routes.of("b").wants_user
    assert routes.wants_users
    ada = person("ada")
    assert routes.of("b").login_of(ada, Acting("ada", Secret("x"))).name == ada.email
    login = routes.of("c").login
    assert login is not None
    assert (login.name, login.secret.reveal(), routes.of("c").wants_user) == ("m", "p", False)


async def test_all_of_it_with_a_real_mail_server(place: Place) -> None:
    """It is away at first."""
    async with mail_server() as server:
        port = server.port
    config = Config.of(SITE | {"SOGoSMTPServer": f"smtp://127.0.0.1:{port}"})
    post = MailPost(place.store.mails, MailRoutes(config), place.clock)
    sender = MailSender(post, times=QUICK)
    sender.start()
    await post.put([mail("u1"), mail("u2", recipient="zoë@example.org"), mail("u3", recipient="no@example.org")])
    await until(lambda: _has_tried(place))
    async with mail_server(port=port) as server:
        server.answers["no@example.org"] = "550 no such user"
        place.clock.sleep(120)
        await until(lambda: _has(place, MailState.SENT, 2))
        await until(lambda: _has(place, MailState.FAILED, 1))
        await sender.close()
        assert sorted(found.recipients[0] for found in server.received) == ["b@example.org", "zoë@example.org"]
        assert {found.message["Message-ID"] for found in server.received} == {
            "<u1.0@example.com>", "<u2.0@example.com>"
        }  # fmt: skip


class TwoRoutes(MailRoutes):
    """The site's own route, and another for one domain."""

    def __init__(self, route: MailRoute, other: MailRoute) -> None:
        super().__init__(Config.of(SITE | {"domains": {"away.example": {}}}))
        self._both = {None: route, "away.example": other}

    def of(self, domain: str | None) -> MailRoute:
        return self._both.get(domain, self._both[None])


@pytest.mark.parametrize("away", ["away.example", None])
async def test_a_domain_whose_server_is_down_keeps_no_other_waiting(place: Place, away: str | None) -> None:
    """Its mails may be many more than are looked at in one turn."""
    is_back = False
    down = Recorder(fails=lambda _: None if is_back else MailDelayed("The mail server is away.", is_down=True))
    works = Recorder()
    routes = [MailRoute(works), MailRoute(down)] if away is not None else [MailRoute(down), MailRoute(works)]
    post = MailPost(place.store.mails, TwoRoutes(*routes), place.clock)
    near = "away.example" if away is None else None
    await post.put([replace(mail(f"away{number}"), domain=away) for number in range(30)])
    place.clock.seconds += 1
    await post.put([replace(mail("near"), domain=near)])
    sender = MailSender(post, times=replace(QUICK, rest_seconds=1.0), batch=5)
    sender.start()
    try:
        await until(lambda: _has(place, MailState.SENT, 1))
        assert works.received == ["near"]
        assert down.received == []
        is_back = True
        place.clock.seconds += 3600
        await until(lambda: _has(place, MailState.SENT, 31))
    finally:
        await sender.close()
