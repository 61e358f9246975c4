"""The JSON API: Version and UserFolder, with the exact answers of the original (tools.md §8, auth.md §19)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import orjson
from aiohttp import web

from sogo.api.failures import status
from sogo.auth.interface import User
from sogo.errors import AuthError, SogoError, Unavailable
from sogo.http.context import CONTEXT
from sogo.http.forwarded import server_url
from sogo.http.login import Authenticator
from sogo.model.folder import FolderKind
from sogo.service.folders import FolderService

log = logging.getLogger(__name__)

PREFIX = "/SOGo/SOGoAPI"
COMPATIBLE_VERSION = {"major": 5, "minor": 12, "patch": 7}
"""The version of SOGo whose API this is: programs compare it, and ours counts from another beginning."""

_SUPPORTED = ("basic",)


class _Refused(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class ApiFace:
    def __init__(self, folders: FolderService, authenticator: Authenticator) -> None:
        self._folders = folders
        self._authenticator = authenticator
        self._actions: dict[str, Callable[[web.Request], Awaitable[object]]] = {
            "Version": self._version,
            "UserFolder": self._user_folder,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return _json(200, await self._run(request))
        except _Refused as error:
            return _json(error.code, {"error": error.text})
        except SogoError as error:
            if isinstance(error, Unavailable):
                log.warning("API: %s %s", error.public, error.fields)
            return _json(status(error), {"error": error.public})
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:
            action = f"SOGoAPI{action_name(request.path)[:100]}"
            log.exception("API: request %s: %s failed", request[CONTEXT].request_id, action)
            return _json(500, {"error": f"Internal error during: {action}"})

    async def _run(self, request: web.Request) -> object:
        name = action_name(request.path)
        action = self._actions.get(name)
        if action is None:
            raise _Refused(400, f"No backend API found for action: SOGoAPI{name[:100]}")
        if request.method not in {"GET", "HEAD"}:
            raise _Refused(400, f"Method {request.method} not allowed for action SOGoAPI{name}")
        return await action(request)

    async def _version(self, request: web.Request) -> object:
        return COMPATIBLE_VERSION

    async def _user_folder(self, request: web.Request) -> object:
        """The user's own folders. They are looked up by user id and linked under the user's mail address, which the
        original only managed where both are the same; the links work, since DAV takes the address as well."""
        user = await self._login(request, "SOGoAPIUserFolder")
        base = f"{server_url(request)}/SOGo/dav/{quote(user.email, safe='@')}"
        return {
            "username": user.email,
            "calendar": await self._listed(user, FolderKind.CALENDAR, base),
            "contact": await self._listed(user, FolderKind.CONTACTS, base),
        }

    async def _listed(self, user: User, kind: FolderKind, base: str) -> list[dict[str, str]]:
        return [
            {"name": view.folder.display_name, "url": f"{base}/{kind.value}/{quote(view.name, safe='@')}"}
            for view in await self._folders.home(user, user, kind)
        ]

    async def _login(self, request: web.Request, action: str) -> User:
        header = request.headers.get("Authorization")
        if not header:
            raise _Refused(401, f"No authorization header found for action {action}")
        scheme = header.split(" ", 1)[0]
        if scheme.lower() not in _SUPPORTED:
            raise _Refused(401, f"Authorization method incorrect: {scheme[:40]} for action {action}")
        try:
            return await self._authenticator.user(request)
        except AuthError as error:
            raise _Refused(401, f"User wrong login or not found for action {action}") from error


def action_name(path: str) -> str:
    """The first segment after the prefix; Version when there is none."""
    return path[len(PREFIX) :].strip("/").split("/", 1)[0] or "Version"


def _json(code: int, body: Any) -> web.Response:
    return web.Response(
        status=code, body=orjson.dumps(body), headers={"Content-Type": "application/json; charset=utf-8"}
    )
