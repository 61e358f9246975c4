"""One file for each kind of database; `dialect` finds it by the scheme of a URL."""

from __future__ import annotations

from importlib import import_module

from sogo.store.sql.dialects.base import Dialect

_CLASSES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite", "oracle": "Oracle"}


def dialect(scheme: str) -> Dialect:
    """The dialect of a URL scheme. Its driver is imported only now, so that a site needs no other."""
    module = import_module(f"sogo.store.sql.dialects.{scheme}")
    found: Dialect = getattr(module, _CLASSES[scheme])()
    return found
