"""The store on SQL databases: PostgreSQL, MySQL/MariaDB, SQLite, Oracle, with the tables of SOGo 5.

The way of one statement: `store` (what the interface promises) -> `reading`, `writing`, `folders`, `acl`, `profile`,
`properties` (SQL, written once) -> `layout` (which tables a folder has) -> `engine` (time limits, transactions, errors)
-> `pool` -> `dialects` (drivers and their ways of saying things). Change order is `tracking` with `triggers` and
`revisions`, or `clock` where triggers are not allowed. `schema` makes what is missing out of `tables`.
"""

from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.store import SqlStore, open_store

__all__ = ["SqlStore", "StoreSettings", "open_store"]
