"""sogo-tool mail-queue: what waits to be sent, and what could not be (docs/decisions.md)."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence

from sogo.store.mails import MailState, WaitingMail
from sogo.store.sql import SqlStore

NAME = "mail-queue"
LISTED = 100
USAGE = """\
usage: sogo-tool mail-queue status|retry|drop [ID ...]

  status    say how many mails wait, were sent and could not be, and list those that wait or could not be: why, and
            since when. Those that were sent are forgotten after thirty days
  retry     try mails now that wait or could not be sent, all of them or those that are named
  drop      forget mails that could not be sent, all of them, or those that are named, also where they still wait
"""


async def run(store: SqlStore, words: Sequence[str]) -> int:
    """Returns the exit code."""
    verb, *ids = words or [""]
    if verb == "status" and not ids:
        await _tell(store)
    elif verb == "retry":
        print(f"{_mails(await store.mails.retry(ids or None))} will be tried now.")
    elif verb == "drop":
        print(f"{_mails(await store.mails.drop(ids or None))} dropped.")
    else:
        print(USAGE, end="", file=sys.stderr)
        return 255
    return 0


def _mails(number: int) -> str:
    return "1 mail" if number == 1 else f"{number} mails"


async def _tell(store: SqlStore) -> None:
    counts = await store.mails.counts()
    print(", ".join(f"{state.value}: {counts[state]}" for state in MailState))
    for state in (MailState.FAILED, MailState.SENDING, MailState.WAITING):
        found = await store.mails.listed(state, LISTED)
        for mail in found:
            print(_line(mail))
        if counts[state] > len(found):
            print(f"... and {counts[state] - len(found)} more that are {state.value}")


def _line(mail: WaitingMail) -> str:
    since = dt.datetime.fromtimestamp(mail.created, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    tries = f", {mail.tries} tries" if mail.tries else ""
    why = f": {mail.error}" if mail.error else ""
    return f"{mail.id} {mail.state.value} since {since}{tries}, {mail.kind}, {mail.sender} to {mail.recipient}{why}"
