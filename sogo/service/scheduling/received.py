"""A message that somebody sent, as what decides about an object: whom it concerns, what becomes of it."""

from __future__ import annotations

from dataclasses import replace

from sogo.errors import DomainError, NotFound, SchedulingRefused
from sogo.model.calendar_object import CalendarObject, amend
from sogo.model.scheduling import receive
from sogo.model.scheduling.facts import Facts, Inquiry
from sogo.model.scheduling.plan import Plan
from sogo.service.around import Received


def inquiry_about(message: CalendarObject, inquiry: Inquiry, received: Received) -> Inquiry:
    """A message always concerns somebody: who sent it. Nothing is booked by it."""
    addresses = inquiry.addresses | frozenset(received.senders)
    return replace(inquiry, concerns=True, uid=message.uid, addresses=addresses, window=None)


def planned(message: CalendarObject, stored: CalendarObject | None, received: Received, facts: Facts) -> Plan:
    """By whichever of the sender's addresses may say this. Raises as `receive`."""
    refusal: DomainError = SchedulingRefused("Nobody is known to have sent this.", rule="")
    for sender in received.senders:
        try:
            plan = receive(message, stored, sender, facts)
        except (SchedulingRefused, NotFound) as error:
            refusal = error
            continue
        if plan.after is None or plan.after is stored:
            return plan
        return replace(plan, after=amend(plan.after, settings=received.settings))
    raise refusal
