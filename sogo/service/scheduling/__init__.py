"""Scheduling carried out: it stands around every write of a calendar object (`sogo.service.around`).

    a deed -> concerns anybody? -> who is in it (people) -> what they have (gathering, bookings)
           -> decide (sogo.model.scheduling) -> all objects, inbox messages and mails in one transaction (carrying_out)

Nothing is locked while it is decided. What the decision was made of is compared when it is written, and when something
has changed meanwhile everything is looked at anew (scheduler). Copies are written with the rights of the system.
"""
