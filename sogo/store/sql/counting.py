"""How many statements a request has cost: the number that shows a loop over the database before it hurts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class StatementCount:
    """A number that tasks started by one request share."""

    value: int = 0


statements_executed: ContextVar[StatementCount | None] = ContextVar("statements_executed", default=None)
"""Set by whoever wants to count, usually once for each request; BEGIN and COMMIT are not counted."""


def count_statement() -> None:
    count = statements_executed.get()
    if count is not None:
        count.value += 1


@contextmanager
def counted_statements() -> Iterator[StatementCount]:
    """Count what the block, and tasks started in it, send to any database."""
    count = StatementCount()
    token = statements_executed.set(count)
    try:
        yield count
    finally:
        statements_executed.reset(token)
