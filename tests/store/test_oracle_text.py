"""Oracle: the text of its statements. No server was at hand, so this is all that is checked."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sogo.errors import ConfigError
from sogo.store.sql.dialects import dialect
from sogo.store.sql.faults import Fault
from sogo.store.sql.tables import FOLDER_INFO, QUICK_CONTACT, STORE

oracle = dialect("oracle")


def test_tables_have_oracles_types_and_upper_case_names() -> None:
    (create,) = oracle.create_table(STORE, "sogo_store")
    assert create.startswith('CREATE TABLE "SOGO_STORE" (')
    assert "c_content CLOB NOT NULL" in create
    assert "c_name VARCHAR2(255) NOT NULL" in create
    assert "c_deleted INTEGER\n" in create or "c_deleted INTEGER," in create
    assert "PRIMARY KEY (c_folder_id, c_name)" in create
    (contact,) = oracle.create_table(QUICK_CONTACT.without_folder(), "t_quick")
    assert "PRIMARY KEY (c_name)" in contact
    assert "c_folder_id" not in contact


def test_a_folders_own_table_marks_live_rows_with_zero() -> None:
    (create,) = oracle.create_table(STORE.without_folder(), "t")
    assert "c_deleted INTEGER DEFAULT 0 NOT NULL" in create
    assert oracle.false_mark == 0


def test_folder_ids_come_from_a_sequence() -> None:
    _, sequence, trigger = oracle.create_table(FOLDER_INFO, "sogo_folder_info")
    assert sequence == "CREATE SEQUENCE SOGO_FOLDER_INFO_SEQ"
    assert "SOGO_FOLDER_INFO_SEQ.NEXTVAL INTO :NEW.c_folder_id" in trigger


def test_a_row_is_merged_by_its_key() -> None:
    assert oracle.upsert('"T"', ["c_name", "c_uid"], ["c_name"]) == (
        'MERGE INTO "T" t USING (SELECT :c_name AS c_name FROM dual) s ON (t.c_name = s.c_name) '
        "WHEN MATCHED THEN UPDATE SET t.c_uid = :c_uid "
        "WHEN NOT MATCHED THEN INSERT (c_name, c_uid) VALUES (:c_name, :c_uid)"
    )


def test_the_little_differences() -> None:
    assert oracle.limit("n") == " FETCH FIRST :n ROWS ONLY"
    assert oracle.octets("s.c_content") == "DBMS_LOB.GETLENGTH(s.c_content)"
    assert oracle.probe_sql.endswith("FROM dual")


@pytest.mark.parametrize(
    ("code", "fault"),
    [(1, Fault.DUPLICATE), (60, Fault.CONFLICT), (942, Fault.MISSING), (3113, Fault.DISCONNECTED), (7, Fault.UNKNOWN)],
)
def test_error_numbers_are_understood(code: int, fault: Fault) -> None:
    assert oracle.classify(Exception(SimpleNamespace(code=code))) is fault


@pytest.mark.parametrize("name", ["oracle", "postgresql", "mysql", "sqlite"])
@pytest.mark.parametrize("table", ['t"; DROP TABLE x', "a b", "", "1t", "a.b.c", "t`", "tä", "t" * 200])
def test_a_table_name_that_is_no_identifier_is_refused_everywhere(name: str, table: str) -> None:
    with pytest.raises(ConfigError):
        dialect(name).quote(table)


def test_table_names_fold_as_unquoted_ones_do() -> None:
    names = {name: dialect(name).quote("public.SogoJDoe001") for name in ("oracle", "postgresql", "mysql", "sqlite")}
    assert names == {
        "oracle": '"PUBLIC"."SOGOJDOE001"',
        "postgresql": '"public"."sogojdoe001"',
        "mysql": "`public`.`SogoJDoe001`",
        "sqlite": '"public"."SogoJDoe001"',
    }
