"""The folder a demo lives in: a SQLite file with the user table, and a sogo.conf that points at it.

Synchronous: runs once, before any event loop.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sogo.auth.password import make
from sogo.demo.people import MAIL_DOMAIN, PASSWORD, RESOURCES, TEAM
from sogo.store.sql.dialects.sqlite import make_private

SCHEME = "sha512-crypt"

USER_TABLE = """
CREATE TABLE IF NOT EXISTS sogo_users (
  c_uid VARCHAR(128) NOT NULL PRIMARY KEY,
  c_name VARCHAR(128) NOT NULL UNIQUE,
  c_password VARCHAR(255),
  c_cn VARCHAR(255) NOT NULL,
  mail VARCHAR(255) NOT NULL,
  givenname VARCHAR(128),
  sn VARCHAR(128),
  title VARCHAR(255),
  telephonenumber VARCHAR(64),
  o VARCHAR(255),
  kind VARCHAR(32),
  multiple_bookings INTEGER
)
"""
PERSON_ROW = "INSERT OR IGNORE INTO sogo_users VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
KEEP_MAIL = """#!/bin/sh
# Stands for sendmail: what it is given becomes a file. No mail of the demo leaves this machine.
umask 077
cd "$(dirname "$0")/mails" || exit 75
name=$(date +%Y%m%d-%H%M%S)-$$.eml
cat > "$name.part" && mv "$name.part" "$name" || exit 75
"""
COMPANY = "Second Rise Bakery"


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one demo is."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "sogo.db"

    @property
    def mails(self) -> Path:
        """Where mails go instead of to the net: one file each."""
        return self.folder / "mails"

    @property
    def sendmail(self) -> Path:
        return self.folder / "sendmail"

    @property
    def configuration(self) -> Path:
        return self.folder / "sogo.conf"

    def url(self, table: str) -> str:
        """A database URL as sogo.conf writes it; what a URL cannot hold is percent-encoded."""
        return f"sqlite:///{quote(str(self.database))}/{table}"


def prepare(place: Place, *, zone: str) -> bool:
    """Make the folder, its sogo.conf and the user table. False when people live there already: nothing was touched."""
    if has_people(place):
        return False
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.configuration.write_text(configuration(place, zone=zone))
    place.configuration.chmod(0o600)
    place.mails.mkdir(mode=0o700, exist_ok=True)
    place.sendmail.write_text(KEEP_MAIL)
    place.sendmail.chmod(0o700)
    make_private(place.database)
    with closing(sqlite3.connect(place.database)) as database, database:
        database.execute(USER_TABLE)
    return True


def has_people(place: Place) -> bool:
    if not place.database.exists():
        return False
    with closing(sqlite3.connect(place.database)) as database:
        try:
            return database.execute("SELECT 1 FROM sogo_users").fetchone() is not None
        except sqlite3.OperationalError:
            return False


def add_people(place: Place) -> None:
    """Write the team and the resources into the user table. The last step: from now on the demo counts as made."""
    password = make(PASSWORD, SCHEME)
    people = [
        (
            one.login,
            password,
            one.name,
            one.email,
            one.given_name,
            one.surname,
            one.role,
            one.phone,
            COMPANY,
            None,
            None,
        )
        for one in TEAM
    ]
    things = [
        (one.login, None, one.name, one.email, None, None, None, None, COMPANY, one.kind, one.bookings)
        for one in RESOURCES
    ]
    with closing(sqlite3.connect(place.database)) as database, database:
        database.executemany(PERSON_ROW, [*people, *things])


def configuration(place: Place, *, zone: str) -> str:
    """A sogo.conf in the original's syntax."""
    tables = {
        "SOGoProfileURL": "sogo_user_profile",
        "OCSFolderInfoURL": "sogo_folder_info",
        "OCSStoreURL": "sogo_store",
        "OCSAclURL": "sogo_acl",
        "OCSCacheFolderURL": "sogo_cache_folder",
        "OCSSessionsFolderURL": "sogo_sessions_folder",
        "OCSEMailAlarmsFolderURL": "sogo_alarms_folder",
    }
    lines = [f"  {key} = {quoted(place.url(table))};" for key, table in tables.items()]
    return f"""/* Written by sogo.demo for trying out. Yours to change: it is kept as long as the demo has people. */
{{
{chr(10).join(lines)}

  SOGoUserSources = (
    {{
      type = sql;
      id = people;
      viewURL = {quoted(place.url("sogo_users"))};
      userPasswordAlgorithm = {quoted(SCHEME)};
      canAuthenticate = YES;
      isAddressBook = YES;
      listRequiresDot = NO;
      displayName = {quoted(COMPANY)};
      KindFieldName = kind;
      MultipleBookingsFieldName = multiple_bookings;
    }}
  );

  SOGoMailDomain = {quoted(MAIL_DOMAIN)};
  SOGoTimeZone = {quoted(zone)};
  SOGoLanguage = English;
  SOGoPageTitle = {quoted(COMPANY)};
  SOGoFirstDayOfWeek = 1;
  SOGoPasswordChangeEnabled = YES;

  SOGoSecretType = plain;
  SOGoSecretValue = {quoted(secrets.token_hex(16))};
  SOGoEncryptionKey = {quoted(secrets.token_hex(16))};

  WOWorkersCount = 1;
  SOGoMemcachedHost = "";  // one worker keeps its cache to itself
  WOPidFile = {quoted(str(place.folder / "sogo.pid"))};
  SOGoMailingMechanism = sendmail;
  WOSendMail = {quoted(str(place.sendmail))};  // keeps them in the folder mails beside it
  SOGoAppointmentSendEMailNotifications = YES;
  SOGoACLsSendEMailNotifications = YES;
  SOGoEnableEMailAlarms = YES;
  SOGoMailSpoolPath = {quoted(str(place.folder / "spool"))};
}}
"""


def quoted(text: str) -> str:
    r"""A string of a property list: in double quotes, `"` and `\` escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
