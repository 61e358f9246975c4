"""What the headers of a request ask of scheduling, and the schedule tags of objects (RFC 6638 §§3.2.10, 8)."""

from __future__ import annotations

from sogo.dav.context import DavRequest
from sogo.dav.preconditions import Tags, tags
from sogo.dav.resources import On, Resource, StoredObject
from sogo.errors import InvalidRequest
from sogo.service.around import Wishes

_NO_GROUPS = "nogroupsdecomposition"


def wishes(request: DavRequest) -> Wishes:
    """Raises InvalidRequest for a schedule tag that is none."""
    headers = request.http.headers
    return Wishes(
        schedule_tag=_schedule_tag(tags(headers.get("If-Schedule-Tag-Match"))),
        reply_wanted=headers.get("Schedule-Reply", "T").strip().upper() != "F",
        expand_groups=_NO_GROUPS not in headers.get("X-SOGo", "").lower(),
    )


def is_meeting(resource: Resource) -> bool:
    """Whether an object, read with its content, is a scheduling object: it has an organizer, and others in it."""
    if not isinstance(resource, StoredObject) or resource.kind is not On.EVENT:
        return False
    text = resource.entry.content or ""
    return resource.entry.component == "vevent" and "\nORGANIZER" in text and "\nATTENDEE" in text


async def schedule_tag_of(request: DavRequest, target: StoredObject) -> str:
    """Bare; "" for what is no scheduling object, which costs no look into the store."""
    if not is_meeting(target):
        return ""
    found = await request.services.site.folders.schedule_tags(target.view.folder, [target.entry])
    return found[target.entry.name]


def _schedule_tag(found: Tags | None) -> str | None:
    """The header has exactly one tag (RFC 6638 §8.3)."""
    if found is None:
        return None
    if found.any or len(found.tags) != 1:
        raise InvalidRequest("If-Schedule-Tag-Match has one schedule tag.")
    return next(iter(found.tags))
