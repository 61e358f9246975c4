"""The demo team: three people of a bakery that opens a second shop. Invented, like everything in this package."""

from __future__ import annotations

from dataclasses import dataclass

MAIL_DOMAIN = "example.org"
PASSWORD = "demo"  # noqa: S105 -- printed on the landing page of a server that listens on loopback only


@dataclass(frozen=True, slots=True)
class Person:
    """`login` is also the password's owner and the local part of the address."""

    login: str
    given_name: str
    surname: str
    role: str
    phone: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.surname}"

    @property
    def email(self) -> str:
        return f"{self.login}@{MAIL_DOMAIN}"


ANNA = Person("anna", "Anna", "Lindqvist", "Head baker", "+49 30 5550 101")
BEN = Person("ben", "Ben", "Okafor", "Shop and accounts", "+49 30 5550 102")
CHLOE = Person("chloe", "Chloé", "Martin", "Second shop", "+49 30 5550 103")
TEAM = (ANNA, BEN, CHLOE)


@dataclass(frozen=True, slots=True)
class Resource:
    """A room or a thing that can be booked: `kind` as in KindFieldName, `bookings` at the same time (auth.md §2.2)."""

    login: str
    name: str
    kind: str
    bookings: int

    @property
    def email(self) -> str:
        return f"{self.login}@{MAIL_DOMAIN}"


KITCHEN = Resource("kitchen", "Test kitchen", "location", 1)
RESOURCES = (KITCHEN, Resource("van", "Delivery van", "thing", 1))
