"""The queue of mails, on every database."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sogo.errors import StoreUnavailable, TooLarge
from sogo.store.leases import LeaseState
from sogo.store.mails import MailQueue, MailState, QueuedMail, WaitingMail, mail_key
from sogo.store.sql.engine import Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.mail_queue import MAX_MESSAGE_BYTES, put_mails
from sogo.store.sql.tables import MAIL_QUEUE_NAME
from tests.support.stores import Site


@pytest_asyncio.fixture
async def queue(site: Site) -> AsyncIterator[MailQueue]:
    """Empty, whatever tests before left."""
    await site.engine.execute(f"DELETE FROM {MAIL_QUEUE_NAME}")
    yield site.store.mails


def mail(
    uid: str = "u1",
    *words: str,
    recipient: str = "zoë@example.org",
    user_id: str = "ada",
    message: bytes = b"Subject: x\r\n\r\n\r\n",
) -> QueuedMail:
    key = mail_key(("request", uid, "", "ada@example.com", recipient), words or ("REQUEST", "0"))
    return QueuedMail(key, "ada@example.com", recipient, message, "calendar:invitation", user_id, "example.com")


async def only(queue: MailQueue) -> WaitingMail:
    (found,) = await queue.due(10)
    return found


async def test_a_mail_comes_back_as_it_was_put(queue: MailQueue, site: Site) -> None:
    wanted = mail(message="To: zoë@example.org\r\n\r\n.\r\nä😀'\\ %s\r\n".encode())
    (mail_id,) = await queue.put([wanted])
    seen = await only(queue)
    assert seen == WaitingMail(
        mail_id, MailState.WAITING, wanted.kind, wanted.sender, wanted.recipient, "ada", "example.com",
        site.clock.seconds, site.clock.seconds, 0, "", "",
    )  # fmt: skip
    assert await queue.claim(seen, "me") == wanted
    assert (await only(queue)).state is MailState.SENDING


async def test_nobody_s_mail_has_neither_user_nor_domain(queue: MailQueue) -> None:
    key = mail_key(("alarm",), ("1",))
    wanted = QueuedMail(key, "a@example.com", "b@example.com", b"x", "alarm")
    await queue.put([wanted])
    seen = await only(queue)
    assert (seen.user_id, seen.domain) == ("", None)
    assert await queue.claim(seen, "me") == wanted


async def test_the_same_is_not_put_twice_in_a_row(queue: MailQueue) -> None:
    one = mail("u1", "REQUEST", "0")
    assert len(await queue.put([one, one])) == 1
    assert await queue.put([one]) == []
    assert (
        len(await queue.put([mail("u1", "REQUEST", "1"), mail("u2"), mail("u1", recipient="other@example.org")])) == 3
    )


async def test_what_was_taken_back_between_is_said_again(queue: MailQueue) -> None:
    """Invited, uninvited and invited with the same SEQUENCE are three mails."""
    invited, taken_back = mail("u1", "REQUEST", "0"), mail("u1", "CANCEL", "0")
    for wanted in (invited, taken_back, invited):
        assert len(await queue.put([wanted])) == 1


async def test_a_sent_mail_is_a_mark_without_its_text(queue: MailQueue, site: Site) -> None:
    await queue.put([mail()])
    seen = await only(queue)
    await queue.claim(seen, "me")
    await queue.sent(seen.id, "me")
    assert await queue.due(10) == []
    assert await queue.put([mail()]) == []
    row = await site.engine.fetch_one(f"SELECT c_message, c_state FROM {MAIL_QUEUE_NAME}")
    assert row is not None
    assert (row["c_message"], row["c_state"]) == (None, "sent")


async def test_mails_of_a_thread_are_sent_in_their_order(queue: MailQueue, site: Site) -> None:
    now = dt.datetime.fromtimestamp(site.clock.seconds, dt.UTC)
    first, second = await queue.put([mail("u1", "REQUEST", "0"), mail("u1", "CANCEL", "0")])
    assert (await only(queue)).id == first
    assert [one.id for one in await queue.of_user("ada", 10)] == [first]
    await queue.claim(await only(queue), "me")
    assert (await only(queue)).id == first
    await queue.postponed(first, "me", now + dt.timedelta(hours=1), "451 later")
    assert await queue.due(10) == []
    (waiting,) = await queue.of_user("ada", 10)
    assert (waiting.id, waiting.error, waiting.tries) == (first, "451 later", 1)
    await queue.claim(waiting, "me")
    await queue.failed(first, "me", "550 never")
    assert (await only(queue)).id == second


async def test_only_one_of_many_begins_to_send(queue: MailQueue, site: Site) -> None:
    await queue.put([mail()])
    seen, second = await only(queue), site.another()
    queues = (queue, second.mails)
    found = await asyncio.gather(*(queues[number % 2].claim(seen, f"w{number}") for number in range(8)))
    assert len([one for one in found if one is not None]) == 1
    await second.close()


async def test_only_who_sends_says_what_became_of_it(queue: MailQueue, site: Site) -> None:
    now = dt.datetime.fromtimestamp(site.clock.seconds, dt.UTC)
    await queue.put([mail()])
    seen = await only(queue)
    await queue.claim(seen, "me")
    await queue.sent(seen.id, "other")
    await queue.failed(seen.id, "other", "no")
    await queue.postponed(seen.id, "other", now, "no")
    sending = await only(queue)
    assert (sending.state, sending.holder, sending.error) == (MailState.SENDING, "me", "")
    assert await queue.claim(sending, "next") is not None, "who began may be gone"
    await queue.sent(seen.id, "me")
    assert (await only(queue)).holder == "next"


async def test_they_can_be_tried_now_and_dropped(queue: MailQueue, site: Site) -> None:
    later = dt.datetime.fromtimestamp(site.clock.seconds + 3600, dt.UTC)
    ids = await queue.put([mail("u1"), mail("u2"), mail("u3"), mail("u4")])
    for seen in await queue.due(2):
        await queue.claim(seen, "me")
        await queue.failed(seen.id, "me", "550 " + "x" * 2000)
    for seen in (await queue.due(10))[:1]:
        await queue.claim(seen, "me")
        await queue.postponed(seen.id, "me", later, "421")
    assert await queue.counts() == {
        MailState.WAITING: 2, MailState.FAILED: 2, MailState.SENDING: 0, MailState.SENT: 0
    }  # fmt: skip
    failed = await queue.listed(MailState.FAILED, 10)
    assert len(failed) == 2
    assert failed[0].error.startswith("550 xxx")
    assert await queue.retry([failed[0].id, "nonsense", f"{failed[0].id}0", ""]) == 1
    assert {one.id for one in await queue.listed(MailState.FAILED, 10)} == {failed[1].id}
    assert await queue.retry(None) == 4
    assert {one.id for one in await queue.due(10)} == set(ids)
    assert await queue.drop([ids[0], "nonsense"]) == 1
    assert await queue.drop(None) == 0
    assert len(await queue.due(10)) == 3


async def test_old_marks_go(queue: MailQueue, site: Site) -> None:
    await queue.put([mail("u1"), mail("u2")])
    sent, waiting = await queue.due(10)
    await queue.claim(sent, "me")
    await queue.sent(sent.id, "me")
    now = dt.datetime.fromtimestamp(site.clock.seconds, dt.UTC)
    assert await queue.trim(now) == 0
    assert await queue.trim(now + dt.timedelta(seconds=1)) == 1
    assert (await only(queue)).id == waiting.id


async def test_mails_of_some_domains_can_be_left_out(queue: MailQueue) -> None:
    domains = [None, "a.example", "b.example", "c.example"]
    await queue.put([replace(mail(f"u{number}"), domain=domain) for number, domain in enumerate(domains)])

    async def found(*without: str | None) -> set[str | None]:
        return {one.domain for one in await queue.due(10, without)}

    assert await found() == set(domains)
    assert await found("a.example") == {None, "b.example", "c.example"}
    assert await found("a.example", "b.example", "c.example") == {None}
    assert await found(None) == {"a.example", "b.example", "c.example"}
    assert await found(None, "b.example") == {"a.example", "c.example"}
    (seen,) = [one for one in await queue.due(10) if one.domain == "a.example"]
    await queue.claim(seen, "me")
    assert "a.example" in await found("a.example"), "what is being sent is always told"


async def test_what_is_too_large_is_not_kept(queue: MailQueue) -> None:
    with pytest.raises(TooLarge):
        await queue.put([mail("u1"), mail("u2", message=b"x" * (MAX_MESSAGE_BYTES + 1))])
    assert await queue.due(10) == []


async def test_many_at_once_keep_their_order_and_their_turns(queue: MailQueue) -> None:
    many = [mail(f"u{number:03}") for number in range(130)]
    again = replace(many[5], key=replace(many[5].key, digest="another"), message=b"Later")
    made = await queue.put([*many, again, many[7]])
    assert len(made) == len(set(made)) == len(many) + 1
    threads = [one.key.thread for one in (*many, again)]
    assert [one.startswith(thread) for one, thread in zip(made, threads, strict=True)] == [True] * len(threads)
    assert len(await queue.listed(MailState.WAITING, 200)) == len(many) + 1
    assert len(await queue.due(200)) == len(many), "the later one waits for the earlier"


async def test_mails_come_and_go_with_the_transaction_they_were_put_in(queue: MailQueue, site: Site) -> None:
    async def work(session: Session) -> None:
        await put_mails(session, [mail()], site.clock.seconds)
        raise KeyError("something went wrong")

    with pytest.raises(KeyError):
        await site.engine.in_transaction(work)
    assert await queue.due(10) == []


async def test_two_who_say_the_same_at_once_say_it_once(queue: MailQueue, site: Site) -> None:
    second = site.another()
    queues = (queue, second.mails)
    made = await asyncio.gather(*(queues[number % 2].put([mail()]) for number in range(6)))
    assert sorted(map(len, made)) == [0, 0, 0, 0, 0, 1]
    await second.close()


async def test_a_turn_that_is_taken_is_a_conflict(
    queue: MailQueue, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever repeats transactions on a conflict repeats this one."""
    from sogo.store.sql import mail_queue

    async def nothing(*_: object) -> dict[str, tuple[int, str]]:
        return {}

    await queue.put([mail()])
    monkeypatch.setattr(mail_queue, "_last_of_threads", nothing)
    with pytest.raises(StoreUnavailable) as caught:
        async with site.engine.transaction() as session:
            await put_mails(session, [mail()], site.clock.seconds)
    assert fault_of(caught.value) is Fault.CONFLICT


async def test_it_has_a_lease_of_its_own(queue: MailQueue, site: Site) -> None:
    seen = await queue.lease.read_lease()
    assert await queue.lease.take_lease(seen, "me") == LeaseState("me", seen.beat + 1)
    assert await queue.lease.take_lease(seen, "other") is None
    assert (await site.store.pushes.read_lease()).holder != "me"
