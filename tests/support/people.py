"""A directory of people for tests that are not about user sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sogo.auth.interface import Record, User, UserSource, Verdict
from sogo.errors import BadCredentials, DirectoryUnavailable
from sogo.secret import Secret


def person(login: str, cn: str = "", *, domain: str | None = None, superuser: bool = False, **more: object) -> User:
    """Somebody with the address login@example.org."""
    email = login if "@" in login else f"{login}@example.org"
    record = Record(
        uid=login, source="people", cn=cn or login.title(), emails=(email,), domain=domain, name=login, **more
    )  # type: ignore[arg-type]
    return User(login, record.cn, record.emails, domain, record, is_superuser=superuser)


class Book:
    """A user source that only is an address book."""

    domain = None
    can_authenticate = False
    is_address_book = True

    def __init__(self, id: str, records: Sequence[Record], *, list_requires_dot: bool = False) -> None:
        self.id, self.display_name, self._records = id, f"Book {id}", records
        self.list_requires_dot = list_requires_dot
        self.acts_as_user = False

    def join(self, sources: Sequence[UserSource]) -> None:
        return None

    async def check(self, login: str, password: Secret) -> Verdict:
        return Verdict(bound=False)

    async def find(self, name: str, *, domains: Sequence[str] = ()) -> Record | None:
        return await self.entry(name)

    async def entry(self, entry_id: str) -> Record | None:
        return next((record for record in self._records if record.name == entry_id), None)

    async def search(self, text: str, *, limit: int, domains: Sequence[str] = ()) -> list[Record]:
        if not text and self.list_requires_dot:
            return []
        wanted = "" if text == "." else text.lower()
        return [record for record in self._records if wanted in record.cn.lower() or wanted in record.emails[0]][:limit]

    async def members(self, group: Record) -> list[str]:
        return []

    async def change_password(self, login: str, old: Secret | None, new: Secret) -> Verdict:
        return Verdict(bound=False)

    async def probe(self) -> None:
        return None

    async def close(self) -> None:
        return None


class People:
    """`interface.Directory` over a list; everybody's password is "secret". `away` makes it unreachable. `groups` are the
    user ids in groups by the groups' uids."""

    def __init__(self, users: Iterable[User], books: Sequence[UserSource] = ()) -> None:
        self.users = {user.user_id: user for user in users}
        self.books = list(books)
        self.away = False
        self.groups: dict[str, list[str]] = {}
        self.asked_groups = 0

    async def authenticate(self, login: str, password: Secret, *, remote: str = "", use_cache: bool = True) -> User:
        user = await self.find_user(login)
        if user is None or password.reveal() != "secret":
            raise BadCredentials("Wrong user name or password.")
        return user

    async def find_user(self, name: str) -> User | None:
        if self.away:
            raise DirectoryUnavailable("The directory does not answer.")
        return self.users.get(name) or next((user for user in self.users.values() if name in user.emails), None)

    async def search_users(self, text: str, *, viewer: User, limit: int) -> list[User]:
        return [user for user in self.users.values() if text.lower() in user.cn.lower()][:limit]

    def address_books(self, viewer: User) -> list[UserSource]:
        return self.books

    async def group_members(self, group: Record) -> list[str]:
        return self.groups.get(group.uid, [])

    async def member_of(self, user_id: str, groups: Collection[str]) -> frozenset[str]:
        self.asked_groups += 1
        if self.away:
            raise DirectoryUnavailable("The directory does not answer.")
        return frozenset(name for name in groups if user_id in self.groups.get(name.removeprefix("@"), ()))

    async def close(self) -> None:
        return None
