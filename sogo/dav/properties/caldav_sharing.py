"""What Apple's programs read about sharing (caldav-sharing, §5.5): modes, who was invited, notifications."""

from __future__ import annotations

from sogo.codec.davxml import caldav_sharing
from sogo.codec.davxml.names import calendarserver
from sogo.codec.davxml.writer import href
from sogo.dav.apple_sharing import invite_users, notice_of, principal_path
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import NOTIFICATIONS_NAME, Collection, Notification, On, Principal
from sogo.model.rights import Deed


@prop(calendarserver("allowed-sharing-modes"), on=On.CALENDAR, rfc="caldav-sharing §5.5.1")
def allowed_sharing_modes(item: Loaded) -> str | None:
    """Of one's own calendars, where the site lets them be shared."""
    assert isinstance(item.resource, Collection)
    view = item.resource.view
    closed = view.folder.kind.value in item.request.services.config.system.disable_sharing
    return "<CS:can-be-shared/>" if view.permits(Deed.WRITE_ACL) and view.home is None and not closed else None


@prop(calendarserver("invite"), on=On.CALENDAR, rfc="caldav-sharing §5.5.2", needs=Need.INVITED)
def invite(item: Loaded) -> str | None:
    """Empty as long as nobody was invited. Who was invited is told of oneself only."""
    assert isinstance(item.resource, Collection)
    if not item.beyond.invited:
        return "" if item.resource.view.permits(Deed.READ_ACL) else None
    owner = item.resource.view.owner
    users = invite_users(item.request, list(item.beyond.invited))
    return caldav_sharing.organizer(principal_path(item.request, owner), owner.cn) + users


@prop(calendarserver("shared-url"), on=On.CALENDAR, rfc="caldav-sharing §5.5.3")
def shared_url(item: Loaded) -> str | None:
    """Where a calendar that one subscribed to is for its owner."""
    assert isinstance(item.resource, Collection)
    view = item.resource.view
    if view.home is None:
        return None
    folder = view.folder
    return href(item.request.path_of((folder.owner, folder.kind.value, folder.name), collection=True))


@prop(calendarserver("notification-URL"), on=On.PRINCIPAL, rfc="caldav-notifications §4.1.1")
def notification_url(item: Loaded) -> str | None:
    assert isinstance(item.resource, Principal)
    user = item.resource.user
    if not item.request.services.has_notices(item.request.actor, user):
        return None
    return href(item.request.path_of((user.user_id, NOTIFICATIONS_NAME), collection=True))


@prop(calendarserver("notificationtype"), on=On.NOTIFICATION, rfc="caldav-notifications §4.3.1.1")
def notificationtype(item: Loaded) -> str | None:
    assert isinstance(item.resource, Notification)
    return caldav_sharing.kind_of(notice_of(item.request, item.resource))
