"""Beside the original on MariaDB, in the layout of nine tables."""

from __future__ import annotations

from tests.support.services import MariaDB
from tests.twin.forms import tell_and_check


def test_two_servers_on_one_database_write_what_each_alone_would(mariadb_server: MariaDB) -> None:
    tell_and_check(mariadb_server, "twin_mariadb", single=True, objects=450, rows=300)
