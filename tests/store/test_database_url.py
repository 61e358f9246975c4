"""Database URLs as the original reads them (store.md §1)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.errors import ConfigError
from sogo.store.sql.url import DatabaseUrl


def test_all_parts_are_read() -> None:
    url = DatabaseUrl.parse("postgresql://sogo:s3cret@db.example.com:5433/sogo/sogo_user_profile")
    assert (url.scheme, url.host, url.port, url.user) == ("postgresql", "db.example.com", 5433, "sogo")
    assert (url.password.reveal(), url.database, url.table) == ("s3cret", "sogo", "sogo_user_profile")
    assert url.location("t_quick") == "postgresql://sogo:s3cret@db.example.com:5433/sogo/t_quick"


@pytest.mark.parametrize(
    ("text", "host", "port", "user"),
    [
        ("mysql:///db/t", "", 0, ""),
        ("mysql://host/db/t", "host", 0, ""),
        ("mysql://u@host/db/t", "host", 0, "u"),
        ("postgresql://u:p@[::1]:5432/db/t", "::1", 5432, "u"),
        ("postgresql://u:p@[fe80::1]/db/t", "fe80::1", 0, "u"),
        ("mysql://u:p@%2Frun%2Fmysqld%2Fmysqld.sock/db/t", "/run/mysqld/mysqld.sock", 0, "u"),
        ("postgresql://u:p@/db/t", "", 0, "u"),
        ("PostgreSQL://u:p@h:/db/t", "h", 0, "u"),
        ("oracle://u:p@h:1521/service/t", "h", 1521, "u"),
        ("mysql://u:p@h/db/more/t/", "h", 0, "u"),
    ],
)
def test_what_may_be_missing(text: str, host: str, port: int, user: str) -> None:
    url = DatabaseUrl.parse(text)
    assert (url.host, url.port, url.user) == (host, port, user)
    assert url.table == "t"


def test_a_sqlite_url_names_a_file_and_a_table() -> None:
    url = DatabaseUrl.parse("sqlite:////var/lib/so%20go/site.db/sogo_store")
    assert (url.database, url.table) == ("/var/lib/so go/site.db", "sogo_store")
    assert url.location("x") == "sqlite:////var/lib/so%20go/site.db/x"
    for bad in ("sqlite:///relative/file/table", "sqlite:////", "sqlite:////table", "sqlite://host/file/table"):
        with pytest.raises(ConfigError):
            DatabaseUrl.parse(bad)


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text))
def test_whatever_is_percent_encoded_comes_back(user: str, password: str) -> None:
    url = DatabaseUrl.parse(f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@host/db/t")
    assert (url.user, url.password.reveal()) == (user, password)


@pytest.mark.parametrize(
    ("password", "advice"),
    [("a#b", "%23"), ("a?b", "%3F"), ("a b", "%20"), ("a@b", "%40"), ("a/b", "%2F"), ("é", "%C3%A9"), ("50%x", "%25")],
)
def test_a_raw_character_is_refused_with_what_to_write_and_without_the_password(password: str, advice: str) -> None:
    with pytest.raises(ConfigError) as refused:
        DatabaseUrl.parse(f"postgresql://sogo:hush{password}@host/db/table", key="SOGoProfileURL")
    assert advice in str(refused.value)
    assert "SOGoProfileURL" in str(refused.value)
    assert "hush" not in str(refused.value) + repr(refused.value.fields)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sogo",
        "http://h/d/t",
        "sybase://h/d/t",
        "mysql://h",
        "mysql://h/d",
        "mysql://h:99999/d/t",
        "mysql://a:b:c/d/t",
    ],
)
def test_what_is_no_database_url_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        DatabaseUrl.parse(text)


def test_urls_of_one_database_share_a_key_whatever_their_table_and_password() -> None:
    one, two, three = (
        DatabaseUrl.parse(text) for text in ("mysql://u:p@h/db/a", "mysql://u:q@h/db/b", "mysql://v:p@h/db/a")
    )
    assert one.engine_key == two.engine_key != three.engine_key


def test_no_way_of_printing_shows_the_password() -> None:
    url = DatabaseUrl.parse("mysql://u:hush@h:1/db/t")
    assert "hush" not in f"{url} {url!r}"
    assert str(url) == "mysql://u@h:1/db/t"
