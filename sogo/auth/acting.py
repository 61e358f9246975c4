"""Who is logged in here and now, for sources that search with the user's own rights (bindAsCurrentUser), and for mail
that leaves by the user's own login.

The original remembers the last login of a process; we remember it for the request alone, so that nobody ever searches
with another user's rights. Set only when one of them asks for it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from sogo.secret import Secret


@dataclass(frozen=True, slots=True)
class Acting:
    """A login that was just found right."""

    login: str
    password: Secret


acting: ContextVar[Acting | None] = ContextVar("acting", default=None)

passed_on: ContextVar[Acting | None] = ContextVar("passed_on", default=None)
"""What a trusted front end passed on without anybody here having checked it: for servers that check it themselves."""
