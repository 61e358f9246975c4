"""The site that tests serve: its users, who are rows of the database itself, and one sogo.conf for any server of it."""

from __future__ import annotations

from sogo.auth.password import make

PASSWORD = "let me in"
USERS = tuple(f"user{number:03}" for number in range(1, 101))
ROOM, VAN = "hall", "van"
"""A room that takes one booking at a time, and a thing that takes all, where `configuration` has BOOKED as `source`."""
BOOKED = "KindFieldName = c_kind; MultipleBookingsFieldName = c_bookings;"

USER_TABLE = """
CREATE TABLE sogo_users (
  c_uid VARCHAR(128) NOT NULL PRIMARY KEY, c_name VARCHAR(128), c_password VARCHAR(255), c_cn VARCHAR(255),
  mail VARCHAR(255), c_kind VARCHAR(32), c_bookings INTEGER
);
"""
TABLES = {
    "SOGoProfileURL": "sogo_user_profile",
    "OCSFolderInfoURL": "sogo_folder_info",
    "OCSSessionsFolderURL": "sogo_sessions_folder",
}
SHARED_TABLES = {
    "OCSStoreURL": "sogo_store",
    "OCSAclURL": "sogo_acl",
    "OCSCacheFolderURL": "sogo_cache_folder",
}
"""Named all three, these make the layout of nine tables; left out, each folder has three tables of its own."""


def people_script() -> str:
    """SQL that makes the table of users and fills it. Everybody's password is PASSWORD."""
    password = make(PASSWORD, "ssha512").replace("'", "''")
    booked = {ROOM: "'location',1", VAN: "'thing',0"}
    rows = ",".join(
        f"('{user}','{user}','{password}','{user.title()}','{user}@example.org',{booked.get(user, 'NULL,NULL')})"
        for user in (*USERS, *booked)
    )
    return f"{USER_TABLE}INSERT INTO sogo_users VALUES {rows};"


def configuration(
    database_url: str, *, memcached_port: int, single: bool = True, settings: str = "", source: str = ""
) -> str:
    """The text of a sogo.conf. `database_url` is without a table; `settings` are further lines, `source` of its users."""
    tables = TABLES | (SHARED_TABLES if single else {})
    urls = "\n".join(f'  {key} = "{database_url}/{table}";' for key, table in tables.items())
    return f"""{{
{urls}
  SOGoUserSources = ({{
    type = sql; id = people; viewURL = "{database_url}/sogo_users"; userPasswordAlgorithm = ssha512;
    canAuthenticate = YES; isAddressBook = YES; displayName = People; listRequiresDot = NO;
    {source}
  }});
  SOGoMailDomain = "example.org";
  SOGoTimeZone = "Europe/Berlin";
  SOGoMemcachedHost = "127.0.0.1:{memcached_port}";
  MySQL4Encoding = utf8mb4;
{settings}
}}
"""
