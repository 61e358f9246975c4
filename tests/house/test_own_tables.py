"""The list of our tables is whole, and whoever goes back to SOGo 5 reads of each."""

from __future__ import annotations

import re

from sogo.store.sql import tables
from tests.house.source import ROOT

MARK = "# --- ours"


def test_every_table_under_the_mark_is_in_the_list() -> None:
    text = (ROOT / "sogo/store/sql/tables.py").read_text()
    ours = re.findall(r'^[A-Z_]+_NAME = "(\w+)"$', text.partition(MARK)[2], re.MULTILINE)
    assert sorted(ours) == sorted(tables.OWN_TABLES)
    made = re.findall(r"^([A-Z_]+) = Table\($", text.partition(MARK)[2], re.MULTILINE)
    assert {id(getattr(tables, name)) for name in made} == {id(table) for table in tables.OWN_TABLES.values()}


def test_no_other_module_makes_a_table() -> None:
    for path in (ROOT / "sogo").rglob("*.py"):
        if path.name != "tables.py":
            assert not re.search(r"^[A-Z_]+ = Table\(", path.read_text(), re.MULTILINE), path


def test_going_back_names_every_table() -> None:
    text = (ROOT / "docs/beside.md").read_text()
    missing = [name for name in tables.OWN_TABLES if f"`{name}`" not in text]
    assert not missing, f"docs/beside.md does not say what becomes of {missing}"
