"""One running server per kind of database, shared by all tests of a process; each test takes a user of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import Database, Server, served_database, sqlite_database
from tests.support.services import MariaDB, PostgreSQL

DATABASES = ("sqlite", "postgresql", "mariadb")

_numbers = itertools.count(1)


def make_database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Database:
    """A new, empty database of this kind."""
    if kind == "sqlite":
        return sqlite_database(folder)
    service: PostgreSQL | MariaDB = request.getfixturevalue(f"{kind}_server")
    return served_database(service, f"e2e_{next(_numbers)}")


@pytest.fixture(scope="session", params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(make_database(request.param, tmp_path_factory.mktemp("e2e"), request)) as running:
        yield running
        running.keep = request.session.testsfailed > 0


@pytest.fixture
def user(server: Server) -> str:
    """A login nobody has used on this server yet. The password is `tests.e2e.server.PASSWORD`."""
    return next(server.free_users)
