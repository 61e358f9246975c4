"""docs/standards.md claims only what a living test shows."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT

CITED = re.compile(r"`(tests/[\w./-]+\.py)(?:::(\w+))?`")
ROW = re.compile(r"^\| (?P<what>[^|]+) \| (?P<state>met|partly|not) \| (?P<note>.*) \|$")


def test_every_cited_test_exists() -> None:
    missing = []
    for path, name in CITED.findall(_text()):
        file = ROOT / path
        if not file.is_file() or (name and name not in _test_names(file.read_text())):
            missing.append(f"{path}::{name}" if name else path)
    assert not missing, f"docs/standards.md cites what is not there: {missing}"


def test_whatever_is_called_met_cites_a_test() -> None:
    rows = [match for line in _text().splitlines() if (match := ROW.match(line))]
    assert rows, "no table rows in docs/standards.md"
    bare = [row["what"] for row in rows if row["state"] == "met" and not CITED.search(row["note"])]
    assert not bare, f"called met, without a test: {bare}"


def _text() -> str:
    return (ROOT / "docs/standards.md").read_text()


def _test_names(source: str) -> set[str]:
    tree = ast.parse(source)
    return {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
