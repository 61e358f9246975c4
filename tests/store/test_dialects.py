"""A database is a file in `store/sql/dialects`, and nobody else asks which one it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sogo.errors import ConfigError
from sogo.store.sql import dialects
from sogo.store.sql.dialects import dialect, schemes
from sogo.store.sql.dialects.base import Tracked
from sogo.store.sql.dialects.mysql import MySQLConnection
from sogo.store.sql.placeholders import translate
from sogo.store.sql.tables import STORE
from sogo.store.sql.triggers import install_statements, remove_statements, trigger_names
from sogo.store.sql.url import DatabaseUrl
from tests.house.source import modules


@pytest.fixture
def imaginary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A file that somebody laid beside the others."""
    text = "from sogo.store.sql.dialects.sqlite import SQLite\n\nDIALECT = SQLite()\n"
    (tmp_path / "imaginary.py").write_text(text)
    monkeypatch.setattr(dialects, "__path__", [*dialects.__path__, str(tmp_path)])
    schemes.cache_clear()
    yield "imaginary"
    schemes.cache_clear()


def test_a_file_beside_the_others_is_a_scheme_and_a_dialect(imaginary: str) -> None:
    assert imaginary in schemes()
    assert DatabaseUrl.parse(f"{imaginary}://host/db/table").scheme == imaginary
    assert dialect(imaginary).limit("n") == " LIMIT :n"


def test_a_scheme_without_a_file_is_refused_with_those_that_have_one() -> None:
    assert schemes() == ("mysql", "oracle", "postgresql", "sqlite")
    with pytest.raises(ConfigError, match="mysql, oracle, postgresql, sqlite"):
        DatabaseUrl.parse("imaginary://host/db/table")


@pytest.mark.parametrize("scheme", schemes())
def test_a_dialect_is_called_as_its_scheme(scheme: str) -> None:
    assert dialect(scheme).name == scheme


def test_nobody_asks_a_dialect_for_its_name_to_do_something_else() -> None:
    asked = re.compile(r"dialect\.name (==|!=|in|not in)\b|\[\w*\.?dialect\.name\]")
    offenders = [
        module.path
        for module in modules()
        if module.name.startswith(("sogo.store", "sogo.auth")) and asked.search(module.text)
    ]
    assert not offenders, f"make it an attribute of the dialect: {offenders}"


@pytest.mark.parametrize("scheme", ["mysql", "postgresql", "sqlite"])
@pytest.mark.parametrize("folder_id", [None, 7])
def test_triggers_follow_every_operation_and_can_all_be_taken_away(scheme: str, folder_id: int | None) -> None:
    database = dialect(scheme)
    made = install_statements(database, Tracked("sogo_store", folder_id, "abcd1234"))
    removed = remove_statements(database, "sogo_store")
    names = [text.split()[2] for text in made]
    assert set(names) >= set(trigger_names(database, "sogo_store").values())
    assert {text.split()[4] for text in removed} == {*names}


def test_a_database_without_triggers_of_ours_has_no_statements_for_them() -> None:
    assert dialect("oracle").triggers is None
    assert install_statements(dialect("oracle"), Tracked("sogo_store", None, "abcd1234")) == []
    assert remove_statements(dialect("oracle"), "sogo_store") == []


def test_a_table_is_made_in_the_collation_that_is_asked_for_where_tables_have_one() -> None:
    (wanted,) = dialect("mysql").create_table(STORE, "t", ("utf8mb4", "utf8mb4_german2_ci"))
    assert wanted.endswith("CHARSET=utf8mb4 COLLATE utf8mb4_german2_ci")
    assert dialect("sqlite").create_table(STORE, "t", ("utf8mb4", "x")) == dialect("sqlite").create_table(STORE, "t")


class Server:
    """A MySQL of some version, that notes what it is asked."""

    def __init__(self, version: str) -> None:
        self.version, self.rowcount = version, 1
        self.asked: list[str] = []
        self.description: list[tuple[str]] = []

    def get_server_info(self) -> str:
        return self.version

    def cursor(self) -> Server:
        return self

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *error: object) -> None: ...

    async def execute(self, text: str, values: object) -> None:
        self.asked.append(text)

    async def fetchall(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("version", "nowait", "skips"),
    [
        ("5.7.44-log", False, False),
        ("8.0.36", True, True),
        ("5.5.5-10.2.44-MariaDB-log", False, False),
        ("5.5.5-10.5.23-MariaDB", True, False),
        ("10.11.6-MariaDB-0+deb12u1", True, True),
    ],
)
async def test_an_older_server_waits_for_the_rows_that_newer_ones_refuse_or_skip(
    version: str, nowait: bool, skips: bool
) -> None:
    mysql, server = dialect("mysql"), Server(version)
    connection = MySQLConnection(server)
    update = mysql.update_untaken("`t`", ("c_name",), "c_version = 1", "s.c_version = 0")
    await connection.execute(translate(update, mysql.style), ["a"])
    await connection.fetch(translate(f"SELECT 1 FROM t{mysql.for_update_now}", mysql.style), [])
    assert [" FOR UPDATE" in text for text in server.asked] == [True, True]
    assert [" SKIP LOCKED" in text for text in server.asked] == [skips, False]
    assert [" NOWAIT" in text for text in server.asked] == [False, nowait]
