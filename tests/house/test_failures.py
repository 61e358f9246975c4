"""Every error of the tree has an answer in every face: `failures.py` of each is complete and holds nothing else."""

from __future__ import annotations

import importlib
import inspect
import re

from sogo import errors
from tests.house.source import modules

ERRORS = {
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, errors.SogoError) and error.__module__ == errors.__name__
}


def test_every_face_answers_every_error() -> None:
    gaps = {}
    for module in modules():
        if module.name.count(".") == 2 and module.name.endswith(".failures"):
            answered = set(importlib.import_module(module.name).FAILURES)
            gaps[module.path] = sorted(error.__name__ for error in ERRORS ^ answered)
    assert not any(gaps.values()), f"errors without an answer, or answers without an error: {gaps}"


def test_every_face_has_its_table_of_failures() -> None:
    names = {module.name for module in modules()}
    faces = {name.removesuffix(".app") for name in names if re.fullmatch(r"sogo\.(dav|web|eas|api)\.app", name)}
    assert faces >= {"sogo.dav", "sogo.api"}, "the faces were not found where they used to be"
    without = sorted(face for face in faces if f"{face}.failures" not in names)
    assert not without, f"faces without failures.py: {without}"


def test_nobody_raises_a_bare_exception() -> None:
    """`raise Exception` tells a face nothing; what is a bug may raise TypeError and the like."""
    offenders = [
        f"{module.path}:{number}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if line.strip().startswith(("raise Exception", "raise BaseException", "raise SogoError("))
    ]
    assert not offenders, "\n".join(offenders)
