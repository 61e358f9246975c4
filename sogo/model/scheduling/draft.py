"""An object on its way to another form: a copy of the tree that may be changed, and the object it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject

__all__ = ["Draft", "edit_lines", "is_same", "object_of", "reads_alike"]


class Draft:
    """`components` are those of the object's kind, to be changed in place. Lines are values: replace them."""

    __slots__ = ("_document", "_origin")

    def __init__(self, origin: CalendarObject) -> None:
        self._origin = origin
        self._document = origin.document.copy()

    @property
    def calendar(self) -> Component:
        return self._document.children[0]

    @property
    def components(self) -> list[Component]:
        return self.calendar.components(self._origin.kind.upper())

    @property
    def master(self) -> Component | None:
        return next((item for item in self.components if item.first("RECURRENCE-ID") is None), None)

    def drop(self, component: Component) -> None:
        self.calendar.items = [item for item in self.calendar.items if item is not component]

    def add(self, component: Component) -> None:
        """After the last component of this kind."""
        items = self.calendar.items
        places = [place for place, item in enumerate(items) if isinstance(item, Component)]
        items.insert(places[-1] + 1 if places else len(items), component)

    def finish(self) -> CalendarObject:
        """The object; the very one this began with when nothing differs. Must have a component left."""
        if is_same(self._document, self._origin.document):
            return self._origin
        return _judged(self._document, self._origin.kind)


def object_of(calendar: Component, kind: str) -> CalendarObject:
    """The object of a VCALENDAR; it must hold a component of this kind."""
    return _judged(Component("", [calendar]), kind)


def _judged(document: Component, kind: str) -> CalendarObject:
    calendar = document.children[0]
    components = tuple(calendar.components(kind.upper()))
    master = next((item for item in components if item.first("RECURRENCE-ID") is None), None)
    uid = components[0].text("UID").strip()
    return CalendarObject(document.render(), document, calendar, kind, uid, components, master)


def is_same(one: Component, other: Component) -> bool:
    """Whether two trees render alike because they hold the same lines: cheap, and true of trees copied from another and
    not changed."""
    if one.name != other.name or len(one.items) != len(other.items):
        return False
    return all(
        a is b if isinstance(a, Line) or isinstance(b, Line) else is_same(a, b)
        for a, b in zip(one.items, other.items, strict=True)
    )


def reads_alike(one: CalendarObject, other: CalendarObject) -> bool:
    """Whether two objects differ in nothing but where their lines are folded."""
    return one.text == other.text or _unfolded(one.text) == _unfolded(other.text)


def _unfolded(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "").rstrip("\n")


def edit_lines(component: Component, names: Iterable[str], change: Callable[[Line], Line | None]) -> None:
    """Pass each property of these names through `change`, which gives the line to keep, or None."""
    wanted = frozenset(names)
    items: list[Line | Component] = []
    for item in component.items:
        kept = change(item) if isinstance(item, Line) and item.name in wanted else item
        if kept is not None:
            items.append(kept)
    component.items = items
