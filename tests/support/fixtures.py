"""Fixtures for tests that need a real server: one instance of each per test process, started at the first use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.dovecot import Dovecot
from tests.support.services import MariaDB, Memcached, OpenLDAP, PostgreSQL
from tests.support.stores import site

__all__ = ["dovecot_server", "ldap_server", "mariadb_server", "memcached_server", "postgresql_server", "site"]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def ldap_server() -> Iterator[OpenLDAP]:
    """An empty directory under dc=example,dc=com; tests add what they need below a branch of their own."""
    root = "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n"
    with OpenLDAP(root) as server:
        yield server


@pytest.fixture(scope="session")
def memcached_server() -> Iterator[Memcached]:
    with Memcached() as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """A mail server with all it can do; tests make mailboxes of their own."""
    with Dovecot(("ada", "anna", "ben", "root", "zoë@example.com")) as server:
        yield server
