"""The original and ours on one database and one memcached."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from tests.e2e.server import Server, served_database
from tests.support.dav_client import DavUser
from tests.support.original import Original
from tests.support.services import MariaDB, Memcached, PostgreSQL
from tests.support.site import PASSWORD


class Twins:
    """Both run for the `with` block, on an empty database of `service`."""

    def __init__(
        self,
        service: PostgreSQL | MariaDB,
        database: str,
        *,
        single: bool = True,
        workers: int = 2,
        settings: str = "",
        source: str = "",
    ) -> None:
        self.single = single
        self.memcached = Memcached()
        self.database = served_database(service, database)
        self.ours = Server(
            self.database,
            workers=workers,
            single=single,
            settings=settings,
            memcached_port=self.memcached.port,
            source=source,
        )
        self.original = Original(self.ours.configuration, workers=workers)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for one in (self.memcached, self.original, self.ours):
                stack.enter_context(one)
            self._running = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, error, trace)

    def people(self, user: str) -> tuple[DavUser, DavUser]:
        """One person at the original and at ours."""
        return (
            DavUser("original", self.original.url, user, PASSWORD),
            DavUser("ours", self.ours.url, user, PASSWORD),
        )
