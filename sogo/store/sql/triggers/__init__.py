"""The triggers that keep change order; their text is in one module for each database that has them.

One folder has a revision; every change of one of its objects raises it, in the writer's own transaction, and notes the
new number beside the object's name. The lock on the folder's row orders commits: who gets a smaller number has
committed before anybody gets a larger one. So a reader who has seen revision R has seen everything up to R.

Nothing is added to the original's tables but the triggers; its own writes count because it cannot help it. A tombstone
that is touched or purged is no change: it has been told when it was made.
"""

from __future__ import annotations

import hashlib

from sogo.store.sql.columns import catalogue_name
from sogo.store.sql.dialects.base import Dialect, Tracked


def trigger_names(dialect: Dialect, table: str) -> dict[str, str]:
    """The triggers of a table by the operation they follow."""
    bare = _bare(dialect, table)
    return {operation: f"{bare}_rev_{operation[0].lower()}" for operation in ("INSERT", "UPDATE", "DELETE")}


def announcement_name(dialect: Dialect, table: str) -> str:
    """The trigger on the table of folders."""
    return f"{_bare(dialect, table)}_note"


def announcing(dialect: Dialect, table: str) -> list[str]:
    """What makes that trigger; nothing where nobody can listen."""
    if dialect.triggers is None:
        return []
    return dialect.triggers.announce(dialect.quote(table), announcement_name(dialect, table))


def tidying_name(dialect: Dialect, table: str) -> str:
    """The trigger on the table of folders that tidies up, where that is one of its own."""
    return f"{_bare(dialect, table)}_tidy"


def tidying(dialect: Dialect, table: str) -> list[str]:
    """What makes that trigger; nothing where there is none."""
    if dialect.triggers is None:
        return []
    return dialect.triggers.tidy(dialect.quote(table), tidying_name(dialect, table))


def stop_unless_tracked(dialect: Dialect, table: str, condition: str) -> str:
    """An expression that ends its statement with STOPPED unless a condition is true and the triggers of the table
    stand, in a version that looks for what a writer asks."""
    if dialect.triggers is None:
        raise AssertionError("asked only where there are triggers")
    return dialect.triggers.stop_unless(condition, dialect.quote(table), list(trigger_names(dialect, table).values()))


def _bare(dialect: Dialect, table: str) -> str:
    bare = catalogue_name(dialect, table).lower()
    return hashlib.sha256(bare.encode()).hexdigest()[:32] if len(bare) > 50 else bare


def install_statements(dialect: Dialect, tracked: Tracked) -> list[str]:
    """What makes the triggers of a table; nothing where a database has none of ours."""
    if dialect.triggers is None:
        return []
    return dialect.triggers.create(dialect.quote(tracked.table), tracked, trigger_names(dialect, tracked.table))


def remove_statements(dialect: Dialect, table: str) -> list[str]:
    if dialect.triggers is None:
        return []
    return dialect.triggers.drop(dialect.quote(table), trigger_names(dialect, table))
