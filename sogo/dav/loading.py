"""Import every module of a package that gathers declarations, in name order."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable


def load_modules(package: str, path: Iterable[str]) -> None:
    """`package` is the dotted name, `path` its `__path__`."""
    for name in sorted(info.name for info in pkgutil.iter_modules(path)):
        importlib.import_module(f"{package}.{name}")
