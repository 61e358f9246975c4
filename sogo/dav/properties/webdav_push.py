"""What a client has to know before it subscribes to changes (WebDAV-Push). Only who may subscribe gets to know it."""

from __future__ import annotations

from sogo.codec.davxml import webdav_push
from sogo.codec.davxml.webdav_push import push
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import FOLDERS, HOMES, Collection, Home
from sogo.model.rights import Deed, permits
from sogo.service.folders import standing
from sogo.service.push import PushOffer

RFC = "draft-bitfire-webdav-push"


def _offered(item: Loaded) -> tuple[PushOffer, str] | None:
    """What the site offers, and the path by which the collection is known; None for who may not subscribe."""
    offer = item.beyond.push
    if offer is None:
        return None
    match item.resource:
        case Collection(view) if permits(view.standing, Deed.LIST):
            return offer, view.folder.path
        case Home(owner, kind) if standing(item.request.actor, owner).owner:
            return offer, f"/Users/{owner.user_id}/{kind.value}"
    return None


@prop(push("transports"), on=FOLDERS | HOMES, rfc=RFC, needs=Need.PUSH)
def transports(item: Loaded) -> str | None:
    found = _offered(item)
    return webdav_push.transports(found[0].vapid_key) if found else None


@prop(push("topic"), on=FOLDERS | HOMES, rfc=RFC, needs=Need.PUSH)
def topic(item: Loaded) -> str | None:
    found = _offered(item)
    return found[0].topic(found[1]) if found else None


@prop(push("supported-triggers"), on=FOLDERS, rfc=RFC, needs=Need.PUSH)
def folder_triggers(item: Loaded) -> str | None:
    return webdav_push.supported_triggers(sync_level="1", depth="0") if _offered(item) else None


@prop(push("supported-triggers"), on=HOMES, rfc=RFC, needs=Need.PUSH)
def home_triggers(item: Loaded) -> str | None:
    return webdav_push.supported_triggers(sync_level="infinite") if _offered(item) else None
