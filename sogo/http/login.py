"""Who asks, for every face that speaks Basic: DAV, ActiveSync and the API (auth.md §§12-13)."""

from __future__ import annotations

from aiohttp import web

from sogo.auth.acting import Acting, passed_on
from sogo.auth.interface import Directory, User
from sogo.auth.proxy import ProxyTrust, parse_basic, trusted_user
from sogo.errors import AccessDenied, AuthError, BadCredentials
from sogo.http.context import CONTEXT
from sogo.http.load import LOAD

REALM = 'Basic realm="SOGo", charset="UTF-8"'


class Authenticator:
    """`trust_proxy` is SOGoTrustProxyAuthentication: the front end's header is believed then, without a password."""

    def __init__(self, directory: Directory, *, trust_proxy: bool) -> None:
        self._directory = directory
        self._trust_proxy = trust_proxy

    async def user(self, request: web.Request) -> User:
        """The user who sent the request. Raises AuthErrors, DirectoryUnavailable, and RateLimited for one who has too
        many requests at work."""
        context = request[CONTEXT]
        user = await self._trusted(request) if self._trust_proxy else None
        if user is None:
            basic = parse_basic(request.headers.get("Authorization"))
            if basic is None:
                raise BadCredentials("A user name and a password are needed.")
            user = await self._directory.authenticate(basic.login, basic.password, remote=context.remote)
        context.user_id = user.user_id
        request.app[LOAD].admit(context, user.user_id)
        return user

    async def _trusted(self, request: web.Request) -> User | None:
        """The user the front end vouches for; None where it does not."""
        decision = trusted_user(
            enabled=self._trust_proxy,
            remote_user=request.headers.get("x-webobjects-remote-user"),
            auth_type=request.headers.get("x-webobjects-auth-type"),
            authorization=request.headers.get("Authorization"),
        )
        if decision.trust is ProxyTrust.NOT_USED:
            return None
        if decision.trust is ProxyTrust.ANONYMOUS:
            raise BadCredentials("A user name and a password are needed.")
        user = await self._directory.find_user(decision.login)
        if user is None:
            raise AccessDenied("Unauthorized")
        if decision.password is not None:
            passed_on.set(Acting(decision.login, decision.password))
        return user


def challenge(error: AuthError) -> web.Response:
    """401 with the challenge; 403 for somebody the front end vouches for but nobody knows (auth.md §13)."""
    if isinstance(error, AccessDenied):
        return web.Response(status=403, text=f"{error.public}\n")
    return web.Response(status=401, text=f"{error.public}\n", headers={"WWW-Authenticate": REALM})
