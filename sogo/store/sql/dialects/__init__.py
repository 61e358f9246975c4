"""One file for each kind of database. Its name is the scheme of the database's URLs, and it holds one `DIALECT`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sogo.store.sql.dialects.base import Dialect


@cache
def schemes() -> tuple[str, ...]:
    """The schemes there are a file for, in the order of their names. No driver is imported for that."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name != "base"))


def dialect(scheme: str) -> Dialect:
    """The dialect of a URL scheme. Its driver is imported only now, so that a site needs no other."""
    found: Dialect = import_module(f"{__name__}.{scheme}").DIALECT
    return found
