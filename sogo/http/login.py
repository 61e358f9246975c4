"""Who asks, for every face that speaks Basic: DAV, ActiveSync and the API (auth.md §§12-13)."""

from __future__ import annotations

import logging

from aiohttp import web

from sogo.auth.interface import Directory, User
from sogo.auth.proxy import Credentials, Trusted, read_credentials
from sogo.errors import AccessDenied, AuthError, BadCredentials
from sogo.http.context import CONTEXT

log = logging.getLogger(__name__)

REALM = 'Basic realm="SOGo", charset="UTF-8"'


class Authenticator:
    """`trust_proxy` is SOGoTrustProxyAuthentication: the front end's header is believed then, without a password."""

    def __init__(self, directory: Directory, *, trust_proxy: bool) -> None:
        self._directory = directory
        self._trust_proxy = trust_proxy

    async def user(self, request: web.Request) -> User:
        """The user who sent the request. Raises AuthErrors, DirectoryUnavailable."""
        context = request[CONTEXT]
        presented = read_credentials(request.headers, trust_proxy=self._trust_proxy)
        if presented is None:
            raise BadCredentials("A user name and a password are needed.")
        if isinstance(presented, Trusted):
            user = await self._directory.find_user(presented.login)
            if user is None:
                raise AccessDenied("Unauthorized")
        else:
            user = await self._check(presented, context.remote)
        context.user_id = user.user_id
        return user

    async def _check(self, credentials: Credentials, remote: str) -> User:
        return await self._directory.authenticate(credentials.login, credentials.password, remote=remote)


def challenge(error: AuthError) -> web.Response:
    """401 with the challenge; 403 for somebody the front end vouches for but nobody knows (auth.md §13)."""
    if isinstance(error, AccessDenied):
        return web.Response(status=403, text=f"{error.public}\n")
    return web.Response(status=401, text=f"{error.public}\n", headers={"WWW-Authenticate": REALM})
