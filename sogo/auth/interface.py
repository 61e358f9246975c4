"""What a user source must do, and the values it speaks in. `tests/contract/` holds LDAP and SQL sources to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sogo.secret import Secret


@dataclass(frozen=True, slots=True)
class Record:
    """A user, group or resource as its source describes it (auth.md §1.5). `attributes` has lower-case names; a single
    value is a string, several are a tuple. `uid` is exactly what the source returned: lookups are case-sensitive."""

    uid: str
    source: str
    cn: str
    emails: tuple[str, ...]
    domain: str | None = None
    name: str = ""
    is_group: bool = False
    is_resource: bool = False
    kind: str = ""
    bookings: int = 0
    calendar_access: bool = True
    mail_access: bool = True
    activesync_access: bool = True
    imap_host: str = ""
    imap_login: str = ""
    sieve_host: str = ""
    info: str = ""
    dn: str = ""
    attributes: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A source's answer to a login. `policy` is the code of auth.md §4.1 (65535: none); `expire` and `grace` are -1
    when the source says nothing. Access is granted by `accepted` as defined in auth.md §7. `record` is whom the
    password belongs to, when it was right: looking the login up again might find somebody else."""

    bound: bool
    policy: int = 65535
    expire: int = -1
    grace: int = -1
    record: Record | None = field(default=None, compare=False)

    @property
    def accepted(self) -> bool:
        quiet = self.expire < 0 and self.grace < 0
        in_grace = self.expire < 0 and self.grace > 0
        expiring = self.expire >= 0 and self.grace == -1
        return self.bound and self.policy == 65535 and (quiet or in_grace or expiring)


REFUSED = Verdict(bound=False)


class UserSource(Protocol):
    """One entry of SOGoUserSources. All methods that wait raise DirectoryUnavailable when the back end is away or too
    slow."""

    id: str
    domain: str | None
    display_name: str
    can_authenticate: bool
    is_address_book: bool
    list_requires_dot: bool
    acts_as_user: bool
    """Asks with the rights of whoever is logged in, as `auth.acting` has them; a directory then remembers those."""

    def join(self, sources: Sequence[UserSource]) -> None:
        """All sources of the site in their order, this one included: members of its groups may live in others. Told
        once, before the first question."""

    async def check(self, login: str, password: Secret) -> Verdict:
        """Is this the user's password? Never asks the back end with an empty login or password."""

    async def find(self, name: str, *, domains: Sequence[str] = ()) -> Record | None:
        """By uid or mail address, exactly. `domains` narrows a source that holds several domains."""

    async def entry(self, entry_id: str) -> Record | None:
        """One address-book entry by its id (`Record.name`)."""

    async def search(self, text: str, *, limit: int, domains: Sequence[str] = ()) -> list[Record]:
        """Entries that contain `text` in one of the search fields, by cn. "." means all. An empty text is "." when the
        source does not require the dot, else nothing."""

    async def members(self, group: Record) -> list[str]:
        """The uids in a group, nested groups included unless switched off; cycles end."""

    async def change_password(self, login: str, old: Secret | None, new: Secret) -> Verdict:
        """Set a new password; `old` is None for a recovery. A refused policy is in the verdict."""

    async def probe(self) -> None:
        """Raises DirectoryUnavailable when the back end cannot be asked."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can have calendars: what the rest of the house knows of a person.

    `user_id` is the login form of all tables (c_uid, c_path2), `uid@domain` where a site uses domain-based UIDs.
    `emails` is never empty; the first is the default address.
    """

    user_id: str
    cn: str
    emails: tuple[str, ...]
    domain: str | None
    record: Record
    is_superuser: bool = False

    @property
    def email(self) -> str:
        return self.emails[0]


class Directory(Protocol):
    """All sources of a site as one: who is who, who may log in."""

    async def authenticate(self, login: str, password: Secret, *, remote: str = "", use_cache: bool = True) -> User:
        """The user behind a login. Raises BadCredentials, PasswordPolicy, Locked, AccessDenied, DirectoryUnavailable.
        Takes as long for an unknown user as for a wrong password."""

    async def find_user(self, name: str) -> User | None:
        """By login, uid, uid@domain or mail address. Cached."""

    async def search_users(self, text: str, *, viewer: User, limit: int) -> list[User]:
        """People, groups and resources the viewer's domain may see."""

    def address_books(self, viewer: User) -> list[UserSource]:
        """The sources shown to the viewer as address books."""

    async def group_members(self, group: Record) -> list[str]:
        """The user ids in a group. Cached."""

    async def member_of(self, user_id: str, groups: Collection[str]) -> frozenset[str]:
        """Those of these groups, named by uid with an @ before it or not, in which a user is. Nested groups count.
        Cached, so that rights can be asked for with every request. Names of no group have no members."""

    async def close(self) -> None: ...
