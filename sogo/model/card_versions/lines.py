"""Lines of a card, rewritten: names, values and parameters changed, the rest kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from sogo.codec.contentline import Component, Line, Params


def remade(
    line: Line,
    *,
    name: str | None = None,
    value: str | None = None,
    params: Params | None = None,
    group: str | None = None,
) -> Line:
    """The line with these parts replaced."""
    return Line(
        line.name if name is None else name,
        line.value if value is None else value,
        params=line.params if params is None else params,
        group=line.group if group is None else group,
    )


def types(line: Line) -> list[str]:
    """The TYPE values as they were written, each once; a quoted list of vCard 4 counts as its parts."""
    parts = (part.strip() for value in line.param_values("TYPE") for part in value.split(","))
    return list({part.lower(): part for part in reversed([*parts]) if part}.values())[::-1]


def with_types(line: Line, wanted: Sequence[str]) -> Line:
    """The line with one TYPE that lists these, or none."""
    kept: list[tuple[str, tuple[str, ...]]] = []
    placed = not wanted
    for key, values in line.params:
        if key != "TYPE":
            kept.append((key, values))
        elif not placed:
            kept.append(("TYPE", tuple(wanted)))
            placed = True
    if not placed:
        kept.append(("TYPE", tuple(wanted)))
    return remade(line, params=tuple(kept))


def without(line: Line, *names: str) -> Line:
    """The line without these parameters; the very same line when it has none of them."""
    kept = tuple((key, values) for key, values in line.params if key not in names)
    return line if len(kept) == len(line.params) else remade(line, params=kept)


def value_type(line: Line) -> str:
    """The VALUE parameter in lower case, "" without one."""
    return (line.param("VALUE") or "").strip().lower()


def padded(line: Line, fields: int) -> Line:
    """A structured value with at least so many fields (N has 5, ADR 7 in vCard 4)."""
    missing = fields - 1 - _separators(line.value)
    return remade(line, value=line.value + ";" * missing) if missing > 0 else line


def _separators(value: str) -> int:
    """Semicolons that are not escaped."""
    return value.replace("\\\\", "").replace("\\;", "").count(";")


class Groups:
    """The lines of a card by their group, for questions that are asked for each line."""

    def __init__(self, card: Component) -> None:
        self._members: dict[str, list[Line]] = {}
        self._labels: dict[str, str] = {}
        for line in card.lines:
            if line.group:
                self._members.setdefault(line.group.lower(), []).append(line)
                if line.name == "X-ABLABEL":
                    self._labels.setdefault(line.group.lower(), line.text.strip())

    def label_of(self, line: Line) -> str:
        """What Apple's X-ABLabel in the same group calls a line, "" without one."""
        return self._labels.get(line.group.lower(), "")

    def companion(self, line: Line) -> Line | None:
        """The other line of a group of two."""
        members = self._members.get(line.group.lower(), ())
        return next((one for one in members if one is not line), None) if len(members) == 2 else None


def fresh_groups(used: Iterable[str]) -> Iterator[str]:
    """Group names as Apple writes them that are not in use, without end."""
    taken = {name.lower() for name in used}
    return (name for number in count(1) if (name := f"item{number}") not in taken)
