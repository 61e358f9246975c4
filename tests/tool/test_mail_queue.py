"""What `sogo-tool mail-queue` shows and does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.store.mails import MailState, QueuedMail, mail_key
from sogo.store.sql import SqlStore, open_store
from sogo.tool import mail_queue
from tests.support.stores import TestClock, settings_for


def mail(uid: str) -> QueuedMail:
    return QueuedMail(mail_key((uid,), ()), "a@example.com", f"{uid}@example.org", b"x", "calendar:invitation", "ada")


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    """One mail of each state."""
    store = open_store(settings_for(f"sqlite:///{tmp_path}/site.db", single=True, clock=TestClock()))
    await store.start()
    ids = await store.mails.put([mail(name) for name in ("failed", "sent", "sending", "waiting")])
    for seen in await store.mails.due(10):
        if seen.id != ids[3]:
            await store.mails.claim(seen, "me")
    await store.mails.failed(ids[0], "me", "550 no such user")
    await store.mails.sent(ids[1], "me")
    yield store
    await store.close()


async def said(store: SqlStore, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert await mail_queue.run(store, words) == 0
    return capsys.readouterr().out.splitlines()


async def test_status_says_what_waits_and_why(store: SqlStore, capsys: pytest.CaptureFixture[str]) -> None:
    numbers, failed, sending, waiting = await said(store, capsys, "status")
    assert numbers == "waiting: 1, sending: 1, sent: 1, failed: 1"
    (row,) = await store.mails.listed(MailState.FAILED, 10)
    assert failed == (
        f"{row.id} failed since 2027-01-15 08:00 UTC, 1 tries, calendar:invitation, a@example.com to failed@example.org: "
        "550 no such user"
    )
    assert "sending@example.org" in sending
    assert waiting.endswith("a@example.com to waiting@example.org")


async def test_of_very_many_the_first_are_listed(store: SqlStore, capsys: pytest.CaptureFixture[str]) -> None:
    await store.mails.put([mail(f"u{number}") for number in range(mail_queue.LISTED + 4)])
    lines = await said(store, capsys, "status")
    assert lines[-1] == "... and 5 more that are waiting"


async def test_mails_are_tried_again_and_dropped(store: SqlStore, capsys: pytest.CaptureFixture[str]) -> None:
    (failed,) = await store.mails.listed(MailState.FAILED, 10)
    assert await said(store, capsys, "retry", failed.id) == ["1 mail will be tried now."]
    assert await said(store, capsys, "retry") == ["2 mails will be tried now."]
    assert await said(store, capsys, "drop") == ["0 mails dropped."]
    assert await said(store, capsys, "drop", failed.id, "nonsense") == ["1 mail dropped."]
    assert (await store.mails.counts())[MailState.WAITING] == 1


@pytest.mark.parametrize("words", [(), ("all",), ("status", "x")])
async def test_anything_else_is_refused(
    store: SqlStore, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert await mail_queue.run(store, words) == 255
    assert "usage: sogo-tool mail-queue" in capsys.readouterr().err
