"""Scheduling as a decision: what becomes of an object with an organizer and attendees, and whom that concerns.

    inquire(old, new, *, now, zone) -> Inquiry         which people, copies and bookings have to be known
    decide(old, new, facts) -> Plan                    what to store where, whom to mail; or a refusal of `sogo.errors`
    receive(message, stored, sender, facts) -> Plan    the same for an iTIP message that came from outside
    responded(obj, facts, answer, ...) -> new          what a button "accept" makes of a copy, for `decide`

`old` and `new` are CalendarObjects; old is None for what is created, new for what is removed.

Nothing here does anything: values in, values out, no clock, no store. `sogo.service.scheduling` gathers the facts and
carries out the plan. Sources: scheduling.md, RFC 6638 (who may change what), RFC 5546 (messages), RFC 5545.
"""

from sogo.model.scheduling.decide import decide
from sogo.model.scheduling.incoming import decline_proposal, receive
from sogo.model.scheduling.inquire import inquire
from sogo.model.scheduling.respond import responded

__all__ = ["decide", "decline_proposal", "inquire", "receive", "responded"]
