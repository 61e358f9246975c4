"""docs/parameters.md tells of every parameter of the table."""

from __future__ import annotations

import re

from sogo.conf.known import SITE, SOURCES
from tests.house.source import ROOT


def test_every_parameter_of_the_table_is_in_the_manual() -> None:
    manual = (ROOT / "docs/parameters.md").read_text()
    names = {*SITE, *(name for rows in SOURCES.values() for name in rows)}
    assert len(names) > 250, "the parameter table was not found where it used to be"
    missing = sorted(name for name in names if not re.search(rf"\b{re.escape(name)}\b", manual))
    assert not missing, f"run scripts/gen_docs.py; not in docs/parameters.md: {missing}"


def test_every_parameter_says_what_it_is() -> None:
    silent = sorted(name for name, row in SITE.items() if not row.doc.strip())
    assert not silent
