"""Files and functions stay readable. Past these sizes there are two ideas where one was meant."""

from __future__ import annotations

import ast
import statistics

from tests.house.source import modules

MAX_MODULE_LINES = 500
P95_MODULE_LINES = 330
P90_FUNCTION_LINES = 20
MAX_FUNCTION_LINES = 60


def test_no_module_is_too_long() -> None:
    long = {module.path: count for module in modules() if (count := module.text.count("\n")) > MAX_MODULE_LINES}
    assert not long, f"look for the second idea in {long}"


def test_few_modules_are_long() -> None:
    assert statistics.quantiles([module.text.count("\n") for module in modules()], n=20)[-1] < P95_MODULE_LINES


def test_functions_are_short_and_none_is_long() -> None:
    lengths = {
        f"{module.path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert statistics.quantiles(lengths.values(), n=10)[-1] < P90_FUNCTION_LINES
    long = {name: count for name, count in lengths.items() if count > MAX_FUNCTION_LINES}
    assert not long, f"look for the second idea in {long}"
