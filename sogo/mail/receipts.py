"""Receipts: what somebody learns of changes in a calendar (scheduling.md §8.3), and of its folders (§8.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sogo.codec.contentline import Component
from sogo.mail.about import ALL_LABELS, About, Reader, listed, named
from sogo.mail.notice import Notice, Row, Section
from sogo.texts.catalogue import Phrase


class Action(Enum):
    """As messages choose by it."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done to an event or task. `actor` and `calendar` are names to be shown; attendees are names and
    addresses."""

    action: Action
    component: Component
    vcalendar: Component
    actor: str
    calendar: str
    added: Sequence[tuple[str, str]] = ()
    removed: Sequence[tuple[str, str]] = ()
    updated: Sequence[tuple[str, str]] = ()


def receipt_notice(receipt: Receipt, reader: Reader) -> Notice:
    about = About(receipt.component, receipt.vcalendar, reader)
    choice: dict[str, str | int] = {
        "action": receipt.action.value, "component": about.kind, "summary": about.summary
    }  # fmt: skip
    people = [
        Row(f"label.{label}", listed([named(*one) for one in group], len(group), reader))
        for label, group in (("added", receipt.added), ("removed", receipt.removed), ("updated", receipt.updated))
        if group
    ]
    rows = (Row("label.calendar", receipt.calendar), *about.rows(*ALL_LABELS), *people)
    subject = reader.words.say(Phrase("receipt.subject", choice))
    return Notice(
        reader.words,
        subject,
        Phrase("receipt.lead", choice | {"actor": receipt.actor}),
        sections=(Section(rows),),
    )


def folder_notice(action: Action, *, folder: str, kind: str, actor: str, reader: Reader) -> Notice:
    """A folder was made or removed. `kind` is Calendar or Contacts."""
    values: dict[str, str | int] = {"action": action.value, "folder": folder, "kind": kind, "actor": actor}
    return Notice(reader.words, reader.words.say(Phrase("folder.subject", values)), Phrase("folder.lead", values))
