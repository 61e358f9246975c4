"""Push subscriptions: who may have one, how long it lasts, and by which topic a collection is known (WebDAV-Push).

Messages are sent by `sogo.service.push_sender`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from sogo.auth.interface import User
from sogo.codec.web_push.keys import PRIVATE_OCTETS, from_base64url, point_of, private_key, to_base64url
from sogo.errors import InvalidData, NotFound, OutboundRefused, StoreUnavailable
from sogo.model.folder import FolderKind, FolderState
from sogo.model.push import (
    Quiet,
    Subscription,
    Triggers,
    is_registration_id,
    listing_mark,
    mark_of,
    supported,
    title_mark,
)
from sogo.model.rights import Deed, permits
from sogo.secret import Secret
from sogo.service.folders import FolderService, FolderView, standing
from sogo.service.site import Site
from sogo.store.pushes import PushLimits

DAY = 24 * 3600
DEFAULT_SECONDS = 14 * DAY
MAX_SECONDS = 30 * DAY
MIN_SECONDS = 3600
"""Below three days only for who asks for it (draft, expiration)."""
MAX_RESOURCE_CHARS = 2000
ID_OCTETS = 32
TOPIC_OCTETS = 24


@dataclass(frozen=True, slots=True)
class Wish:
    """What a device asks for: where the push service takes messages for it, its keys, and of what it wants to know.
    `expires` is when it would have the subscription end."""

    resource: str = field(repr=False)
    point: bytes = field(repr=False)
    auth_secret: bytes = field(repr=False)
    triggers: Triggers
    expires: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    id: str
    expires: dt.datetime
    created: bool


@dataclass(frozen=True, slots=True)
class PushOffer:
    """What a client has to know beforehand: the public key of this site in base64url, and the topics."""

    vapid_key: str
    _secret: bytes = field(repr=False)

    def topic(self, path: str) -> str:
        """Of the folder or home at a path: the same for everybody who may see it, and nobody else can guess it."""
        return to_base64url(hmac.digest(self._secret, f"topic {path}".encode(), hashlib.sha256)[:TOPIC_OCTETS])

    def header_topic(self, subscription: Subscription, kind: str) -> str:
        """For the push service's eyes: what replaces what. It differs by subscription, so that two devices that follow
        one collection are not seen to; 32 characters (RFC 8030 §5.4)."""
        text = f"header {subscription.id} {kind}"
        return to_base64url(hmac.digest(self._secret, text.encode(), hashlib.sha256)[:TOPIC_OCTETS])


async def push_offer(site: Site) -> PushOffer:
    """Raises StoreUnavailable."""
    keys = await site.pushes.keys()
    key = private_key(from_base64url(keys.vapid.reveal(), PRIVATE_OCTETS))
    return PushOffer(to_base64url(point_of(key)), keys.topic.reveal().encode())


class PushService:
    def __init__(self, site: Site, folders: FolderService) -> None:
        self._site, self._folders = site, folders
        self._offer: PushOffer | None = None

    @property
    def available(self) -> bool:
        return self._site.config.system.web_dav_push_enabled and self._site.pushes.is_there

    async def offer(self) -> PushOffer | None:
        """None where there is no push."""
        if not self.available:
            return None
        if self._offer is None:
            try:
                self._offer = await push_offer(self._site)
            except StoreUnavailable:
                return None
        return self._offer

    async def register_for_folder(self, view: FolderView, wish: Wish) -> Registration:
        """Follow a folder that the actor may read. Raises InvalidData with a rule of the draft, QuotaExceeded."""
        if not permits(view.standing, Deed.LIST):
            raise not_available()
        triggers = supported(wish.triggers, is_home=False)
        told, title = mark_of(view.state), title_mark(view.folder.display_name)
        return await self._register(view.actor, view.folder.path, wish, triggers, told, title)

    async def register_for_home(self, actor: User, owner: User, kind: FolderKind, wish: Wish) -> Registration:
        """Follow the folders of a home. Raises as `register_for_folder`."""
        if not standing(actor, owner).owner:
            raise not_available()
        triggers = supported(wish.triggers, is_home=True)
        states = await self._states(actor, owner, kind)
        told = listing_mark(states, deep=triggers.sync_level == "infinite")
        return await self._register(actor, f"/Users/{owner.user_id}/{kind.value}", wish, triggers, told, "-")

    async def _states(self, actor: User, owner: User, kind: FolderKind) -> list[FolderState]:
        return [view.state for view in await self._folders.home(actor, owner, kind)]

    async def _register(
        self, actor: User, path: str, wish: Wish, triggers: Triggers, told: str, title: str
    ) -> Registration:
        if not self.available:
            raise not_available()
        if not triggers.any:
            raise InvalidData("None of these triggers is supported here.", rule="no-supported-trigger")
        self._check_resource(wish.resource)
        expires = self._expires(wish.expires)
        wanted = Subscription(
            id=secrets.token_urlsafe(ID_OCTETS),
            path=path,
            user_id=actor.user_id,
            resource=Secret(wish.resource),
            point=wish.point,
            auth_secret=Secret(to_base64url(wish.auth_secret)),
            triggers=triggers,
            expires=int(expires.timestamp()),
            told=told,
            title=title,
        )
        limits = PushLimits(self._site.config.system.web_dav_push_maximum_subscriptions)
        registration, created = await self._site.pushes.register(wanted, limits)
        return Registration(registration, expires, created)

    def _check_resource(self, resource: str) -> None:
        """Whether a message could be sent there, as far as the address itself tells."""
        if len(resource) > MAX_RESOURCE_CHARS:
            raise InvalidData("The push resource is too long.", rule="invalid-subscription")
        try:
            self._site.outbound.check(resource)
        except OutboundRefused as error:
            raise InvalidData(error.public, rule="invalid-subscription") from error

    def _expires(self, wanted: dt.datetime | None) -> dt.datetime:
        now = self._site.clock().replace(microsecond=0)
        if wanted is None:
            return now + dt.timedelta(seconds=DEFAULT_SECONDS)
        shortest, longest = now + dt.timedelta(seconds=MIN_SECONDS), now + dt.timedelta(seconds=MAX_SECONDS)
        return min(max(wanted.astimezone(dt.UTC), shortest), longest)

    async def unregister(self, actor: User, registration: str) -> None:
        """Raises NotFound when the actor has no such subscription (any more)."""
        found = self.available and is_registration_id(registration)
        if not found or not await self._site.pushes.unregister(registration, actor.user_id):
            raise NotFound("There is no such subscription.")

    async def hush(self, before: FolderState, quiet: Quiet) -> None:
        """One object of a folder has been written, which stood as it did `before`. Whoever is quiet and knew of that
        state needs not hear of the next one, unless somebody else has written as well. By the clock that cannot be
        told, and everybody hears of it."""
        if not self.available:
            return
        after = await self._site.folders.point(before.folder)
        if after.generation == before.point.generation and after.revision - before.point.revision == 1:
            await self._site.pushes.hush(before.folder.path, quiet, before.point, after)


def not_available() -> InvalidData:
    return InvalidData("There is no push for this here.", rule="push-not-available")
