"""The DAV face: from an HTTP request to an answer. The only place where its errors become answers."""

from __future__ import annotations

import logging
import re

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml.href import Href, join_path, parse_href
from sogo.dav import conditions, methods, properties, reports
from sogo.dav.answer import error_answer
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.failures import Place, failure
from sogo.dav.methods import Target
from sogo.dav.methods.options import allowed
from sogo.dav.public import PUBLIC_ACTOR, SEGMENT, require_public
from sogo.dav.quirks import Client
from sogo.dav.registrations import quiet_of, written_in
from sogo.dav.resources import Nowhere, Slot
from sogo.dav.services import Services
from sogo.dav.texts import etag_of
from sogo.dav.tree import Tree
from sogo.errors import (
    AuthError,
    CodecError,
    Forbidden,
    LoginNeeded,
    NotAllowedHere,
    NotFound,
    SogoError,
    Unavailable,
)
from sogo.http.context import CONTEXT
from sogo.http.login import Authenticator, challenge
from sogo.model.folder import FolderKind
from sogo.service.request_scope import request_scope

log = logging.getLogger(__name__)

_SLASHES = re.compile(r"/{2,}")
_ORIGIN = re.compile(r"https?://[^/]*(?=/)", re.IGNORECASE)
_CHECKED_BEFORE = frozenset({"PROPPATCH", "MKCOL", "MKCALENDAR", "DELETE"})
"""Methods whose preconditions hold or do not before anything else is looked at; the others know better when to look."""


_WITHOUT_CONTENT = frozenset({"PUT", "DELETE", "MOVE", "COPY", "OPTIONS", "LOCK", "UNLOCK"})
"""Methods that show nobody what an object says."""
_OVER_CONTENT = frozenset({"PUT", "DELETE"})
"""Those of them that depend on what is there all the same: whether it was a meeting."""


class DavFace:
    """Answers everything below /SOGo/dav, and the discovery requests that clients send to other paths."""

    def __init__(self, services: Services, authenticator: Authenticator) -> None:
        properties.load_all()
        reports.load_all()
        methods.load_all()
        self._services = services
        self._authenticator = authenticator

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A request below the mount. Doubled slashes count as one: base addresses that end in a slash are common. The
        target may be a whole URL (RFC 9112 §3.2.2)."""
        try:
            if "#" in request.raw_path:
                raise CodecError("A request target has no fragment.")
            path = parse_href(_bare(request.raw_path))
        except CodecError as error:
            return error_answer(error, Place("/", "/"))
        return await self._answer(request, path)

    async def discover(self, request: web.Request) -> web.StreamResponse:
        """A DAV request to `/`, `/SOGo/` or `/principals/`: answered as the root of the tree would, under the path that
        was asked (dav.md §22, discovery)."""
        return await self._answer(request, Href(MOUNT, collection=True), alias=request.path)

    async def _answer(self, request: web.Request, path: Href, alias: str = "") -> web.StreamResponse:
        mount: tuple[str, ...] = MOUNT
        try:
            if path.segments[len(MOUNT) : len(MOUNT) + 1] == (SEGMENT,):
                actor, mount = self._public_actor(request), (*MOUNT, SEGMENT)
            else:
                actor = await self._authenticator.user(request)
        except AuthError as error:
            return challenge(error)
        except SogoError as error:
            return error_answer(error, _place(path))
        try:
            return await self._run(request, actor, path, alias, mount)
        except LoginNeeded as error:
            return challenge(error)
        except Forbidden as error:
            if actor is PUBLIC_ACTOR:  # who logs in perhaps may
                return challenge(LoginNeeded(error.public))
            return error_answer(error, _place(path))
        except _MethodNotAllowed as error:
            response = error_answer(error, _place(path))
            response.set_status(405)
            response.headers["Allow"] = ", ".join(error.allow)
            return response
        except SogoError as error:
            if failure(error).status >= 500:
                log.warning("%s %s: %s %s", request.method, request.path[:200], error.public, error.fields)
            return error_answer(error, _place(path))

    def _public_actor(self, request: web.Request) -> User:
        """Whoever asks below /SOGo/dav/public. Raises NotFound where the site does not open it."""
        if not self._services.config.system.enable_public_access:
            raise NotFound("There is no such resource.")
        request[CONTEXT].user_id = PUBLIC_ACTOR.user_id
        return PUBLIC_ACTOR

    async def _run(
        self, request: web.Request, actor: User, path: Href, alias: str, mount: tuple[str, ...]
    ) -> web.StreamResponse:
        client = Client(request.headers.get("User-Agent", "")[:500])
        shown, written = request.method not in _WITHOUT_CONTENT, request.method in _OVER_CONTENT
        mail = self._services.mail.door(actor, request[CONTEXT].remote)
        tree = Tree(self._services, actor, client, mail, content=shown, written=written)
        dav = DavRequest(request, self._services, actor, path, client, tree, mail, alias, mount=mount)
        try:
            return await self._answered(dav)
        finally:
            await mail.close()

    async def _answered(self, dav: DavRequest) -> web.StreamResponse:
        request, tree, actor = dav.http, dav.tree, dav.actor
        target = await tree.resolve(dav.segments)
        if actor is PUBLIC_ACTOR:
            require_public(request.method, target)
        if target.segments and dav.segments and target.segments[0] != dav.segments[0]:
            dav.spelling = (target.segments[0], dav.segments[0])
        handler = methods.METHODS.get(request.method)
        if handler is None:
            raise _MethodNotAllowed(allowed(target))
        try:
            await conditions.check(dav, target)
            if request.method in _CHECKED_BEFORE:
                dav.preconditions.check(_state(target))
            return await _handled(handler, dav, target)
        except NotAllowedHere as error:
            raise _MethodNotAllowed(allowed(target), error.public) from error


async def _handled(handler: methods.Handler, dav: DavRequest, target: Target) -> web.StreamResponse:
    """The handler's answer. Whoever asks for it is told nothing of its own write."""
    quiet = quiet_of(dav)
    request_scope().quiet = quiet
    answer = await handler(dav, target)
    before = written_in(dav, target) if quiet is not None and answer.status < 300 else None
    if quiet is not None and before is not None:
        try:
            await dav.services.push.hush(before, quiet)
        except Unavailable as error:  # what was written is written; somebody hears of it once too often
            log.info("a wish not to be told is left aside: %s", error)
    return answer


def _state(target: Target) -> str | None:
    """What preconditions compare with: an object's ETag, "" for a collection (it has none), None for nothing."""
    return None if isinstance(target, Slot | Nowhere) else etag_of(target)


class _MethodNotAllowed(NotAllowedHere):
    def __init__(self, allow: tuple[str, ...], public: str = "This method is not supported here.") -> None:
        super().__init__(public)
        self.allow = allow


def _bare(target: str) -> str:
    """The path of a target, its slashes single."""
    if not target.startswith("/"):
        target = _ORIGIN.sub("", target)
    return _SLASHES.sub("/", target) if "//" in target else target


def _place(path: Href) -> Place:
    parent = join_path(path.segments[:-1], collection=True)
    contacts = len(path.segments) > 3 and path.segments[3] == FolderKind.CONTACTS.value
    return Place(path.path, parent, contacts, is_object=len(path.segments) == len(MOUNT) + 4)
