"""Groups among the attendees become their members (scheduling.md §3.1).

Each member says by MEMBER which group he came with (RFC 5545 §3.2.11). The entry of the group itself goes, as in the
original: a program that finds it again would expand it again, and bring back members who were removed since.
"""

from __future__ import annotations

from collections.abc import Iterator

from sogo.codec.contentline import Component, Line
from sogo.model.scheduling.addresses import mailto
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.people import Kind, Person

__all__ = ["MAX_MEMBERS", "expand_groups", "members"]

MAX_MEMBERS = 10_000
"""How many entries of groups are looked at for one object; what is beyond is not invited."""


def expand_groups(component: Component, circle: Circle) -> None:
    """Replace groups by those of their members who are not invited yet and do not organize. A group without known
    members stays."""
    lines = list(circle.attendee_lines(component))
    groups = [line for line in lines if (person := circle.of(line)).kind is Kind.GROUP and person.members]
    if not groups:
        return
    organizer = circle.organizer(component)
    expanding = {id(line) for line in groups}
    taken = {circle.of(line).key for line in lines if id(line) not in expanding}
    if organizer is not None:
        taken.add(organizer.key)
    expanded: dict[int, list[Line]] = {}
    for line in groups:
        expanded[id(line)] = new = []
        for member in members(circle.of(line)):
            if member.key not in taken:
                taken.add(member.key)
                circle.know(member)
                new.append(_member_line(line, member, circle.of(line)))
    items: list[Line | Component] = []
    for item in component.items:
        items += expanded.get(id(item), [item])
    component.items = items


def members(group: Person) -> Iterator[Person]:
    """Everybody in a group and in the groups in it, each once, in order; loops end."""
    seen = {group.key}
    looked_at = 0
    stack = [iter(group.members)]
    while stack:
        member = next(stack[-1], None)
        looked_at += 1
        if member is None:
            stack.pop()
        elif looked_at > MAX_MEMBERS:
            return
        elif member.key not in seen:
            seen.add(member.key)
            if member.kind is Kind.GROUP and member.members:
                stack.append(iter(member.members))
            else:
                yield member


def _member_line(line: Line, member: Person, group: Person) -> Line:
    """PARTSTAT, RSVP and ROLE of the group, name and address of the member."""
    kept = [(name, values) for name, values in line.params if name in ("PARTSTAT", "RSVP", "ROLE")]
    params = (("CN", (member.cn or member.address,)), *kept, ("MEMBER", (mailto(group.address),)))
    return Line("ATTENDEE", mailto(member.address), params=params)
