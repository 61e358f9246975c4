"""The same people for every kind of user source, as LDIF and as rows of a view."""

from __future__ import annotations

import base64
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """`aliases` are further addresses; `mail_allowed` is what ModulesConstraints asks for."""

    uid: str
    cn: str
    password: str
    mail: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = ""
    bookings: int = 0
    mail_allowed: str = "yes"
    telephone: str = ""


ALICE = Person("alice", "Alice Adams", "sécret Alice ☃", "alice@example.com", ("a.adams@example.com", "aa@example.org"))
BOB = Person("o'brien", 'Bob "Bobby" O\'Brien, (jr) \\ 100%', "pa'ss\"\\w%rd--", "bob@example.com")
CAROL = Person("carol", "Carol under_score", "c" * 60, mail_allowed="no", telephone="+1 555 0100")
ZOE = Person("zoë", "Zoë Łukasz", "pässwörd", "zoe@example.com")
ROOM = Person("room", "Room 101", "room", "room@example.com", kind="Location", bookings=3)
PEOPLE = (ALICE, BOB, CAROL, ZOE, ROOM)


def ldif(branch: str) -> str:
    """The branch (`ou=…`) and everybody in it."""
    name = branch.partition(",")[0].partition("=")[2]
    entries = [f"dn: {branch}\nobjectClass: organizationalUnit\nou: {name}\n"]
    for person in PEOPLE:
        lines = [f"dn:: {_base64(f'uid={person.uid},{branch}')}", "objectClass: inetOrgPerson"]
        named = {"uid": person.uid, "cn": person.cn, "sn": person.uid, "userPassword": person.password}
        lines += [f"{key}:: {_base64(value)}" for key, value in named.items()]
        lines += [f"mail: {mail}" for mail in (person.mail, *person.aliases) if mail]
        lines += [f"employeeType: {person.kind}", f"departmentNumber: {person.bookings}"] if person.kind else []
        lines += [f"telephoneNumber: {person.telephone}"] if person.telephone else []
        lines.append(f"businessCategory: {person.mail_allowed}")
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CREATE_TABLE = (
    "CREATE TABLE sogo_view (c_uid VARCHAR(255), c_name VARCHAR(255), c_password VARCHAR(255), c_cn VARCHAR(255), "
    "mail VARCHAR(255), aliases VARCHAR(255), kind VARCHAR(30), bookings INT, businesscategory VARCHAR(30), "
    "telephonenumber VARCHAR(30), domain VARCHAR(255), active INT)"
)
INSERT = (
    "INSERT INTO sogo_view VALUES (:uid, :uid, :password, :cn, :mail, :aliases, :kind, :bookings, :allowed, "
    ":telephone, :domain, :active)"
)


def row(person: Person, stored: str | None, *, domain: str = "example.com", active: int = 1) -> dict[str, object]:
    return {
        "uid": person.uid,
        "password": stored,
        "cn": person.cn,
        "mail": person.mail or None,
        "aliases": " ".join(person.aliases),
        "kind": person.kind or None,
        "bookings": person.bookings,
        "allowed": person.mail_allowed,
        "telephone": person.telephone or None,
        "domain": domain,
        "active": active,
    }
