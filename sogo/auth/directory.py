"""Who is who on a site, and who may log in: all user sources as one (auth.md §§3, 6, 7, 11).

    login -> clean name -> right a moment ago? -> may it log in at all? -> blocked? -> the sources in their order
          -> the user -> remembered, counted, logged

The way is the same for a stranger and for a wrong password. One who asks what another is asking waits for that answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

from sogo.auth.acting import Acting, acting
from sogo.auth.failed_logins import FailedLogins
from sogo.auth.interface import REFUSED, Record, User, UserSource, Verdict
from sogo.auth.login_log import LoginEvent, LoginLog, write_login
from sogo.auth.login_marks import LoginMarks, Remembered
from sogo.auth.login_names import LoginRules
from sogo.auth.password import is_unfit
from sogo.auth.password_cache import PasswordCache
from sogo.auth.ppolicy import NO_POLICY
from sogo.auth.records import is_usable_name
from sogo.auth.settings import DirectorySettings
from sogo.auth.single_flight import SingleFlight
from sogo.auth.source_chain import PUBLIC_USER, SourceChain
from sogo.auth.user_cache import UserCache
from sogo.errors import AuthError, BadCredentials, Locked, PasswordPolicy
from sogo.secret import Secret
from sogo.store.interface import Cache
from sogo.store.memory_cache import Monotonic, TtlMap

ACCOUNT_LOCKED = 1
LOCAL_MEMBERS_SECONDS = 30.0
MAX_LOCAL_GROUPS = 500
BLOCKED_TEXT = "Too many failed logins. Try again later."
_BLOCKED = Verdict(bound=False, policy=ACCOUNT_LOCKED)


class SiteDirectory:
    """`interface.Directory`. `now` gives epoch seconds, `clock` seconds that only grow."""

    def __init__(
        self,
        settings: DirectorySettings,
        sources: Sequence[UserSource],
        cache: Cache,
        *,
        login_log: LoginLog = write_login,
        now: Callable[[], float] = time.time,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._settings = settings
        self._rules = LoginRules(settings)
        self._chain = SourceChain(settings, self._rules, sources)
        self._cache = cache
        self._users = UserCache(
            cache, ttl_seconds=settings.cache_seconds, negative_seconds=settings.negative_cache_seconds, clock=clock
        )
        self._passwords = PasswordCache(min(settings.password_cache_seconds, settings.cache_seconds), clock=clock)
        self._failed = FailedLogins(settings.failed_logins, cache, now)
        self._marks = LoginMarks(cache, self._failed, mark_seconds=self._passwords.mark_seconds, clock=clock)
        self._flights = SingleFlight()
        self._members: TtlMap[str, frozenset[str]] = TtlMap(max_entries=MAX_LOCAL_GROUPS, clock=clock)
        self._login_log = login_log
        for source in sources:
            source.join(sources)
        self._acts = settings.keeps_login or any(source.acts_as_user for source in sources)

    # --- logins -------------------------------------------------------------------------------------------------------

    async def authenticate(self, login: str, password: Secret, *, remote: str = "", use_cache: bool = True) -> User:
        """The user behind a login. Raises BadCredentials, PasswordPolicy, Locked, DirectoryUnavailable."""
        name = self._rules.clean(login)
        found = self._passwords.find(name, password) if use_cache else None
        if found is not None and self._marks.stands(found):
            user = found.user
        else:
            user = await self._let_in(name, password, found, login=login, remote=remote)
        if self._acts:
            acting.set(Acting(name, password))
        return user

    async def _let_in(self, name: str, password: Secret, found: Remembered | None, *, login: str, remote: str) -> User:
        """The user, if nothing speaks against it. `found` is what is remembered of this very password."""
        if not password or not self._rules.may_log_in(name) or _is_unfit(password):
            self._login_log(LoginEvent(False, login, remote, REFUSED))
            raise BadCredentials("Wrong user name or password.")
        blocked, changed = await self._marks.ask(name, found)
        if blocked:
            self._login_log(LoginEvent(False, login, remote, _BLOCKED))
            raise Locked(BLOCKED_TEXT)
        if found is None or changed:
            return await self._check(name, password, login=login, remote=remote)
        return found.user

    async def change_password(self, login: str, old: Secret | None, new: Secret) -> Verdict:
        """Set a password in the first source that accepts the change. Old ones are forgotten by every worker."""
        name = self._rules.clean(login)
        if not self._rules.may_log_in(name):
            return REFUSED
        split = self._rules.split(name)
        verdict = await self._chain.first_accepting(split, lambda source, form: source.change_password(form, old, new))
        if verdict.bound:
            self._passwords.clear()
            user = self._chain.user_of(split, verdict)
            await self._marks.password_changed(user.user_id if user is not None else name)
            # An original beside us lets people in by the password it keeps there, and takes no other until it is gone.
            names = {name, login} if user is None else {name, login, user.user_id, user.record.uid, *user.emails}
            await self._users.forget(*sorted(names))
        return verdict

    async def _check(self, name: str, password: Secret, *, login: str, remote: str) -> User:
        """Ask the sources; whoever asks the same meanwhile shares the answer, each with a line of its own."""
        key = ("check", name, self._passwords.digest(name, password))
        try:
            verdict, user = await self._flights.do(key, lambda: self._take_turn(name, password))
        except AuthError as error:
            self._login_log(LoginEvent(False, login, remote, _verdict_of(error)))
            raise
        self._login_log(LoginEvent(True, login, remote, verdict))
        return user

    async def _take_turn(self, name: str, password: Secret) -> tuple[Verdict, User]:
        async with self._failed.turn(name) as blocked:
            if blocked:
                raise Locked(BLOCKED_TEXT)
            return await self._ask_sources(name, password)

    async def _ask_sources(self, name: str, password: Secret) -> tuple[Verdict, User]:
        split = self._rules.split(name)
        verdict = await self._chain.first_accepting(split, lambda source, form: source.check(form, password))
        user = self._chain.user_of(split, verdict) if verdict.bound else None
        if user is None or not verdict.accepted:
            self._passwords.forget(name)
            if not (verdict.bound and user is not None) and await self._failed.count(name):
                await self._marks.tell()
            raise _refusal(verdict if user is not None or not verdict.bound else REFUSED)
        user = await self._users.put(user.user_id, user) or user
        self._passwords.remember(name, password, user)
        return verdict, user

    # --- people -------------------------------------------------------------------------------------------------------

    async def find_user(self, name: str) -> User | None:
        """By login, uid, uid@domain or mail address; a group also with its `@` in front."""
        name = name.removeprefix("@").replace("%40", "@")
        if name == PUBLIC_USER.uid:
            return User(PUBLIC_USER.uid, PUBLIC_USER.cn, PUBLIC_USER.emails, None, PUBLIC_USER)
        if not is_usable_name(name):
            return None
        known = await self._users.get(name)
        if known is not None:
            return self._with_rights(known.user)
        return self._with_rights(await self._flights.do(("find", name), lambda: self._look_up(name)))

    async def search_users(self, text: str, *, viewer: User, limit: int) -> list[User]:
        """People, groups and resources the viewer's domain may see, by name."""
        return await self._chain.search(text, limit=limit, domain=viewer.domain)

    def address_books(self, viewer: User) -> list[UserSource]:
        books = (source for source in self._chain.sources if source.is_address_book)
        return self._chain.visible(viewer.domain, books)

    async def group_members(self, group: Record) -> list[str]:
        """The user ids in a group; remembered as the original does, as `login1,login2` under `<group>+<domain>`."""
        key = f"{group.uid}+{group.domain or ''}"
        text = await self._cache.get(key)
        if text is not None:
            return [login for login in text.split(",") if login]
        return await self._flights.do(("members", group.source, key), lambda: self._read_members(group, key))

    async def member_of(self, user_id: str, groups: Collection[str]) -> frozenset[str]:
        """The groups whose members are remembered here for a while, as the cache that all workers share has them for
        longer. Raises DirectoryUnavailable where neither knows a group: somebody may be in it, or not."""
        return frozenset([name for name in groups if user_id in await self._members_of(name)])

    async def _members_of(self, name: str) -> frozenset[str]:
        known = self._members.get(name)
        if known is None:
            group = await self.find_user(name)
            found = await self.group_members(group.record) if group is not None and group.record.is_group else []
            known = frozenset(found)
            self._members.set(name, known, ttl_seconds=min(LOCAL_MEMBERS_SECONDS, self._settings.cache_seconds))
        return known

    async def close(self) -> None:
        await self._flights.close()
        for source in self._chain.sources:
            await source.close()

    async def _look_up(self, name: str) -> User | None:
        return await self._users.put(name, await self._chain.find(self._rules.split(name)))

    def _with_rights(self, user: User | None) -> User | None:
        if user is None:
            return None
        rightful = self._rules.is_superuser((user.record.uid, user.user_id), user.domain)
        if rightful == user.is_superuser:
            return user
        return User(user.user_id, user.cn, user.emails, user.domain, user.record, is_superuser=rightful)

    async def _read_members(self, group: Record, key: str) -> list[str]:
        source = self._chain.named(group.source)
        uids = await source.members(group) if source is not None else []
        logins = [self._rules.user_id(uid, group.domain) for uid in uids if "," not in uid]
        await self._cache.set(key, ",".join(logins), ttl_seconds=self._settings.cache_seconds)
        return logins


def _is_unfit(password: Secret) -> bool:
    try:
        return is_unfit(password.reveal().encode("utf-8"))
    except UnicodeEncodeError:
        return True


def _refusal(verdict: Verdict) -> AuthError:
    """The error for a verdict that lets nobody in (auth.md §§4.1, 7)."""
    if verdict.policy == ACCOUNT_LOCKED:
        return Locked("The account is locked.")
    if verdict.policy != NO_POLICY or verdict.bound:
        return PasswordPolicy(
            "The password must be changed.", code=verdict.policy, expire=verdict.expire, grace=verdict.grace
        )
    return BadCredentials("Wrong user name or password.")


def _verdict_of(error: AuthError) -> Verdict:
    if isinstance(error, PasswordPolicy):
        return Verdict(bound=True, policy=error.code, expire=error.expire, grace=error.grace)
    return _BLOCKED if isinstance(error, Locked) else REFUSED
