"""Files and functions stay readable. Past these sizes there are two ideas where one was meant."""

from __future__ import annotations

import ast
import statistics

from tests.house.source import modules

MAX_MODULE_LINES = 800
P90_FUNCTION_LINES = 35


def test_no_module_is_too_long() -> None:
    long = {module.path: count for module in modules() if (count := module.text.count("\n")) > MAX_MODULE_LINES}
    assert not long, f"look for the second idea in {long}"


def test_nine_functions_of_ten_fit_on_a_screen() -> None:
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.quantiles(lengths, n=10)[-1] < P90_FUNCTION_LINES
