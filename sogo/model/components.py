"""Which kinds of components a calendar takes (RFC 4791 §5.2.3)."""

from __future__ import annotations

from collections.abc import Iterable

from sogo.errors import UnsupportedData

KNOWN = ("vevent", "vtodo", "vjournal")
DEFAULT = ("vevent", "vtodo")
"""What a calendar takes that was made without a word about it. Journals only where they were asked for: beside the
original's pages they are not to be seen, and other programs would list each calendar a second time for them."""
INDEXED = frozenset(DEFAULT)
"""What has a quick row. A worker of the original that meets the row of a journal ends (in a multiget, in a query for
journals) or refuses the export of the whole calendar; what has no row is not there for it. So a journal has none."""


def stored_components(names: Iterable[str]) -> str:
    """The set as text to keep. VFREEBUSY and names nobody knows are left out; raises UnsupportedData when nothing
    remains."""
    wanted = set(names)
    kept = [name for name in KNOWN if name in wanted]
    if not kept:
        raise UnsupportedData("None of these components can be stored.", rule="supported-calendar-component")
    return ",".join(kept)


def components_of(stored: str | None, *, show_tasks: bool = True) -> tuple[str, ...]:
    """The set of a calendar, lower case: as kept, else the default, without tasks where the user hides them."""
    names = tuple(name for name in (stored or "").split(",") if name in KNOWN)
    if names:
        return names
    return DEFAULT if show_tasks else ("vevent",)
