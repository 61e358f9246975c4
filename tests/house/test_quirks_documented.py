"""docs/quirks.md names every client's habit the code knows, and points at places that exist."""

from __future__ import annotations

import ast
import re

from sogo.dav.quirks import Client
from sogo.model.calendar_repairs import _STEPS
from tests.house.source import ROOT

ROW = re.compile(r"^\|.*\|\s*`((?:sogo|tests)/[\w./-]+)`(.*)\|$")


def test_every_habit_is_in_the_list() -> None:
    listed = (ROOT / "docs/quirks.md").read_text()
    habits = [name for name, member in vars(Client).items() if isinstance(member, property)]
    missing = [name for name in (*habits, *(step.__name__ for step in _STEPS)) if f"`{name}`" not in listed]
    assert not missing, f"not in docs/quirks.md: {missing}"


def test_every_place_in_the_list_exists() -> None:
    gone = []
    for line in (ROOT / "docs/quirks.md").read_text().splitlines():
        if match := ROW.match(line):
            path, names = ROOT / match[1], re.findall(r"`([\w.]+)`", match[2])
            if path.suffix == ".py" and path.is_file():
                known = _names(path.read_text())
                gone += [f"{match[1]} {name}" for name in names if name.split(".")[-1] not in known]
            elif not list(path.parent.glob(f"{path.name}*")):
                gone.append(match[1])
    assert not gone, f"docs/quirks.md points at what is not there: {gone}"


def _names(source: str) -> set[str]:
    tree = ast.parse(source)
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
