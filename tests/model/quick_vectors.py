"""Reads the vectors of `tests/vectors/quick`: what was sent to the original, what it stored, which quick row it wrote.
`scripts/record_quick_vectors.py` makes them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sogo.codec.contentline import Component, decode, parse

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "quick"
ZONE = ZoneInfo("Europe/Paris")
"""The time zone of the user for whom the vectors were recorded."""

Row = dict[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Vector:
    """`row` and `stored` are None when the original refused or failed."""

    name: str
    sent: str
    stored: str | None
    row: Row | None
    recorded: dt.datetime


def load(suffix: str) -> list[Vector]:
    """All vectors of a kind: ".ics" or ".vcf"."""
    return [_read(path) for path in sorted(FOLDER.glob(f"*{suffix}"))]


def _read(path: Path) -> Vector:
    answer = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    stored = path.with_suffix(".stored")
    return Vector(
        path.stem,
        decode(path.read_bytes()),
        decode(stored.read_bytes()) if stored.exists() else None,
        answer["row"],
        dt.datetime.fromisoformat(answer["recorded"]),
    )


def top(text: str) -> Component:
    """The VCALENDAR, VCARD or VLIST of a text."""
    return parse(text).children[0]


def differences(ours: Row, theirs: Row) -> Row:
    """Our values where the rows differ."""
    assert set(ours) == set(theirs)
    return {column: value for column, value in ours.items() if value != theirs[column]}


def names(vectors: Iterable[Vector]) -> list[str]:
    return [vector.name for vector in vectors]
