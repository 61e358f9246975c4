"""Beside the original on PostgreSQL, in the layout of nine tables."""

from __future__ import annotations

from tests.support.services import PostgreSQL
from tests.twin.forms import tell_and_check


def test_two_servers_on_one_database_write_what_each_alone_would(postgresql_server: PostgreSQL) -> None:
    tell_and_check(postgresql_server, "twin_nine_tables", single=True, objects=1300, rows=1000)
