"""The answer to a POST to a scheduling outbox (RFC 6638 §5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.writer import document, element, escape, escape_lines, href

SUCCESS = "2.0;Success"
INVALID_USER = "3.7;Invalid Calendar User"
NO_AUTHORITY = "3.8;No authority"


@dataclass(frozen=True, slots=True)
class RecipientAnswer:
    """`recipient` is a calendar user address as it was asked; `status` a REQUEST-STATUS without its extra data."""

    recipient: str
    status: str
    calendar: str = ""


def schedule_response(answers: Iterable[RecipientAnswer]) -> str:
    return document(caldav("schedule-response"), "".join(map(_response, answers)))


def _response(one: RecipientAnswer) -> str:
    inner = element(caldav("recipient"), href(one.recipient)) + element(caldav("request-status"), escape(one.status))
    if one.calendar:
        inner += element(caldav("calendar-data"), escape_lines(one.calendar))
    return element(caldav("response"), inner)
