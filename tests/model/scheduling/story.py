"""Stories in plain text: who writes what, and what everybody sees and is told then.

story: a title                      a file holds several
user ann [alias]...                 ann@example.org with a calendar; `room r 1`, `thing t -1` are booked by number
outsider rex                        rex@elsewhere.test
group staff = ann bob

ann puts m [as bob] [option]...     the indented lines are a component each, cut by `--`; @ann is mailto:ann@...
ann edits m [option]...             the indented lines change what ann has: `SUMMARY:x` sets, `-SUMMARY` removes,
                                    `+EXDATE:...` adds, `me ACCEPTED` answers, `me DELEGATED @dan` delegates,
                                    `invite @bob`, `dismiss @bob`, `alarm`; `[20270112T100000Z]` goes to (or makes)
                                    that occurrence, `drop [..]` removes its component
ann deletes m [option]...
refused Class text                  of the write before; nothing is stored then

ann has m                           the indented lines are to be found in her object, `no X` are not,
                                    `@bob ACCEPTED` is an answer, `[..]` goes to a component, `components 2`
ann lacks m
ann tagged m 2                      how often the schedule tag of her object changed
mails                               the indented lines are all the mails: kind, from, to, [occurrence], changed
inbox                               the indented lines are all the items: user METHOD
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import SogoError
from sogo.model.calendar_object import CalendarObject, check
from sogo.model.caltime import UTC
from sogo.model.scheduling.addresses import address_of, bare, partstat
from sogo.model.scheduling.facts import Face
from sogo.model.scheduling.parts import Parts
from sogo.model.scheduling.people import Kind, Person
from sogo.model.scheduling.plan import Mail
from tests.model.scheduling.world import World, component_at, event, group, stranger, user, with_

OPTIONS: dict[str, dict[str, Any]] = {
    "silently": {"reply_wanted": False},
    "without-mail": {"sends_mail": False},
    "unexpanded": {"expand_groups": False},
    "unforced": {"forced": False},
    "by-web": {"face": Face.WEB},
    "by-eas": {"face": Face.EAS},
    "by-import": {"face": Face.IMPORT},
    "with-right": {"may_act_for_organizer": True},
    "answering": {"can_answer_only": True},
    "unchecked": {"disable_organizer_check": True},
    "by-tag": {"merges_answers": True},
    "without-replies": {"sends_replies": False},
}


@dataclass
class Step:
    number: int
    head: str
    body: list[str]


@dataclass
class Story:
    title: str
    steps: list[Step]


def stories(folder: Path) -> Iterator[tuple[str, Story]]:
    for path in sorted(folder.glob("*.story")):
        for story in _read(path.read_text()):
            yield f"{path.stem}: {story.title}", story


def _read(text: str) -> Iterator[Story]:
    story: Story | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("  #")[0].rstrip()
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("story:"):
            if story is not None:
                yield story
            story = Story(line.removeprefix("story:").strip(), [])
        elif line[0] == " ":
            assert story is not None, f"line {number}: indented under nothing"
            story.steps[-1].body.append(line.strip())
        else:
            assert story is not None, f"line {number}: before the first story"
            story.steps.append(Step(number, line, []))
    if story is not None:
        yield story


class Teller:
    """Tells one story in a world of its own."""

    def __init__(self) -> None:
        self.world = World()
        self.error: SogoError | None = None

    def tell(self, story: Story) -> None:
        for step in story.steps:
            try:
                self._step(step)
            except AssertionError as error:
                raise AssertionError(f"line {step.number}, {step.head!r}: {error}") from error
        assert self.error is None, f"nobody expected {self.error!r}"

    def _step(self, step: Step) -> None:
        words = step.head.split()
        if words[0] in _DECLARED:
            self.world.add(_DECLARED[words[0]](self, words[1:]))
            return
        assert words[0] == "refused" or self.error is None, f"nobody expected {self.error!r}"
        if words[0] in ("mails", "inbox", "refused"):
            getattr(self, f"_{words[0]}")(step, words)
        elif words[1] in _WRITES:
            self._write(step, words)
        else:
            getattr(self, f"_{words[1]}")(step, words)

    def _write(self, step: Step, words: list[str]) -> None:
        owner, name = self._person(words[0]), words[2]
        options = words[3 + _WRITES[words[1]] :]
        facts: dict[str, Any] = {}
        while options:
            option = options.pop(0)
            facts |= {"actor": self._person(options.pop(0))} if option == "as" else OPTIONS[option]
        try:
            if words[1] == "deletes":
                self.world.delete(owner, name, **facts)
            elif words[1] == "receives":
                self.world.receive(owner, name, self._text(step.body, name), self._person(words[4]), words[5], **facts)
            elif words[1] == "responds":
                at = step.body[0].strip("[]") if step.body else ""
                delegate = self._told(words[4]) if words[4:] else ""
                self.world.respond(owner, name, words[3], delegate, at, **facts)
            else:
                text = self._text(step.body, name) if words[1] == "puts" else self._edited(owner, name, step.body)
                self.world.put(owner, name, text, **facts)
        except SogoError as error:
            self.error = error

    def _person(self, name: str) -> Person:
        return self.world.people[name.removeprefix("@")]

    def _told(self, line: str) -> str:
        return re.sub(r"(?<![\w.])@(\w+)(?![\w.@])", lambda match: f"mailto:{self._person(match[1]).address}", line)

    # --- writes -------------------------------------------------------------------------------------------------------

    def _text(self, body: list[str], name: str) -> str:
        kind, components = "VEVENT", [[f"UID:{name}"]]
        for line in body:
            if line in ("VTODO", "VJOURNAL"):
                kind = line
            elif line == "--":
                components.append([f"UID:{name}"])
            elif line.startswith("UID:"):
                components[-1][0] = line
            else:
                components[-1].append(self._told(line))
        for lines in components:
            if not any(line.startswith("DTSTAMP") for line in lines):
                lines.insert(1, "DTSTAMP:20270101T000000Z")
            if kind == "VEVENT" and not any(line.startswith("DTSTART") for line in lines):
                lines.insert(2, "DTSTART:20270112T100000Z\nDTEND:20270112T110000Z")
        return event(*("\n".join(lines) for lines in components), kind=kind)

    def _edited(self, owner: Person, name: str, body: list[str]) -> str:
        stored = self.world.stored(owner, name)
        assert stored is not None, f"{owner.cn} has no {name}"
        document = parse(stored.object.text)
        calendar = document.children[0]
        kind = stored.object.kind.upper()
        at = next(
            (c for c in calendar.components(kind) if c.first("RECURRENCE-ID") is None), calendar.components(kind)[0]
        )
        for line in map(self._told, body):
            if line.startswith("drop ["):
                calendar.items = [i for i in calendar.items if i is not _at(calendar, kind, line[6:-1])]
            elif line.startswith("["):
                at = _at(calendar, kind, line.strip("[]")) or self._new_at(calendar, stored.object, line.strip("[]"))
            else:
                self._edit(at, line, owner)
        return document.render()

    def _new_at(self, calendar: Component, obj: CalendarObject, value: str) -> Component:
        parts = Parts(obj, UTC)
        made = parts.instance(parts.key_of(Line("RECURRENCE-ID", value)))
        assert made is not None, f"no occurrence {value}"
        calendar.items.append(made)
        return made

    def _edit(self, component: Component, line: str, owner: Person) -> None:
        words = line.split()
        if words[0] == "me":
            own = next(one for one in component.all("ATTENDEE") if owner.has(address_of(one)))
            changed = own.with_param("PARTSTAT", words[1]).with_param("DELEGATED-TO", *words[2:])
            component.replace(own, changed)
        elif words[0] == "invite":
            component.append_line(Line("ATTENDEE", words[1], params=(("PARTSTAT", ("NEEDS-ACTION",)),)))
        elif words[0] == "dismiss":
            gone = bare(words[1])
            component.items = [
                i
                for i in component.items
                if not (isinstance(i, Line) and i.name == "ATTENDEE" and address_of(i) == gone)
            ]
        elif words[0] == "alarm":
            alarm = Component(
                "VALARM", [Line("ACTION", "DISPLAY"), Line("TRIGGER", "-PT15M"), Line("DESCRIPTION", "x")]
            )
            component.items.append(alarm)
        elif line.startswith("-"):
            component.remove(line[1:])
        elif line.startswith("+"):
            component.append_line(_line(line[1:]))
        else:
            component.set(_line(line))

    # --- expectations -------------------------------------------------------------------------------------------------

    def _refused(self, step: Step, words: list[str]) -> None:
        error, self.error = self.error, None
        assert error is not None, "nothing was refused"
        assert type(error).__name__ == words[1], repr(error)
        rest = step.head.split(None, 2)[2:]
        text = f"{error.public} {getattr(error, 'rule', '')}"
        for part in (rest[0].split(" & ") if rest else []) + step.body:
            assert part in text, text

    def _has(self, step: Step, words: list[str]) -> None:
        stored = self.world.stored(self._person(words[0]), words[2])
        assert stored is not None, f"{words[0]} has no {words[2]}"
        obj = check(stored.object.text)
        at: Component | None = obj.master or obj.components[0]
        for line in map(self._told, step.body):
            if line.startswith("["):
                at = component_at(obj, line.strip("[]"))
                assert at is not None, f"no {line} in\n{obj.text}"
            elif line.startswith("components "):
                assert len(obj.components) == int(line.split()[1]), obj.text
            else:
                assert at is not None
                _is_in(line, at, obj)

    def _tagged(self, step: Step, words: list[str]) -> None:
        stored = self.world.stored(self._person(words[0]), words[2])
        assert stored is not None, f"{words[0]} has no {words[2]}"
        assert stored.tag == int(words[3]), stored.tag

    def _lacks(self, step: Step, words: list[str]) -> None:
        assert self.world.stored(self._person(words[0]), words[2]) is None, f"{words[0]} still has {words[2]}"

    def _mails(self, step: Step, words: list[str]) -> None:
        told = sorted(map(_mail_text, self.world.mails))
        assert told == sorted(step.body), "\n".join(told) or "no mails"

    def _inbox(self, step: Step, words: list[str]) -> None:
        items = sorted(f"{user} {method}" for user, method in self.world.items)
        assert items == sorted(step.body), "\n".join(items) or "no items"


def _mail_text(mail: Mail) -> str:
    """Such as `UPDATE uma -> ann [20270112T100000Z] DTSTART`."""
    check(mail.calendar.replace(f"METHOD:{mail.method.value}\r\n", ""))
    assert f"METHOD:{mail.method.value}\r\n" in mail.calendar
    words = [mail.kind.name, mail.sender.person.cn, "->", mail.recipient.person.cn]
    words += [f"[{mail.recurrence_id}]"] if mail.recurrence_id else []
    words += [mail.answer] if mail.answer else []
    return " ".join((*words, *mail.changed))


def _is_in(line: str, component: Component, obj: CalendarObject) -> None:
    text = Component("", [component]).render().replace("\r\n ", "")
    if line.startswith("no "):
        assert line[3:] not in text, text
    elif line.startswith("mailto:"):
        address, *wanted = line.split()
        found = next((one for one in component.all("ATTENDEE") if address_of(one) == bare(address)), None)
        assert found is not None, f"{address} is not invited:\n{text}"
        for want in wanted:
            name, equals, value = want.partition("=")
            have = found.param(name) if equals else partstat(found)
            assert (have or "") == (value if equals else want), f"{want} in {found.render()}"
    else:
        assert line in text, obj.text


def _line(text: str) -> Line:
    return parse(text).lines[0]


def _at(calendar: Component, kind: str, value: str) -> Component | None:
    return next((c for c in calendar.components(kind) if (c.value("RECURRENCE-ID") or "") == value), None)


_WRITES = {"puts": 0, "edits": 0, "deletes": 0, "responds": 2, "receives": 3}
"""The verbs of writes, and how many words of their own follow the name."""
_DECLARED: dict[str, Callable[[Teller, list[str]], Person]] = {
    "user": lambda teller, words: user(words[0], *words[1:]),
    "shy": lambda teller, words: with_(user(words[0]), blocks_invitations=True),
    "room": lambda teller, words: user(words[0], kind=Kind.ROOM, bookings=int(words[1])),
    "thing": lambda teller, words: user(words[0], kind=Kind.RESOURCE, bookings=int(words[1])),
    "closed": lambda teller, words: with_(user(words[0], kind=Kind.ROOM), is_closed=True),
    "outsider": lambda teller, words: stranger(words[0]),
    "group": lambda teller, words: group(words[0], *(teller._person(name) for name in words[2:])),
}
