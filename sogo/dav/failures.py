"""Every error class of the house -> HTTP status and DAV element. The one place where DAV turns a no into an answer.

The element is the precondition the RFC names (RFC 4918 §16, RFC 4791 §1.3); next to it stands the reason as text, as
the original wrote it: people read it, clients skip it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sogo import errors
from sogo.codec.davxml.href import join_path, quote_segment
from sogo.codec.davxml.names import CALDAV, CARDDAV, DAV, WEBDAV_PUSH, clark
from sogo.codec.davxml.writer import element, href, hrefs
from sogo.dav.context import MOUNT
from sogo.errors import SogoError

FOLDER_SEGMENTS = 3
"""Owner, kind and name of a folder."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the error happened, for elements that name a resource: the request's path, and the collection that holds
    the object, both percent-encoded."""

    path: str
    collection: str
    contacts: bool = False
    is_object: bool = False


Condition = Callable[[SogoError, Place], str]
"""Gives the serialised precondition element, or "" for none."""


@dataclass(frozen=True, slots=True)
class Failure:
    status: int
    condition: Condition | None = None


_CALENDAR_RULES = frozenset({
    "valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-component", "supported-calendar-data",
    "max-resource-size", "min-date-time", "max-date-time", "max-instances", "max-attendees-per-instance",
    "valid-filter", "valid-timezone", "calendar-collection-location-ok",
    "valid-scheduling-message", "organizer-allowed", "originator-allowed", "recipient-permissions",
    "valid-schedule-default-calendar-URL", "default-calendar-needed",
    "valid-action", "valid-managed-id", "valid-rid", "max-attachment-size", "max-attachments-per-resource",
    "unique-scheduling-object-resource", "same-organizer-in-all-components",
    "allowed-organizer-scheduling-object-change", "allowed-attendee-scheduling-object-change",
})  # fmt: skip
_CONTACT_RULES = frozenset({
    "valid-address-data", "supported-address-data", "supported-address-data-conversion",
    "addressbook-collection-location-ok",
})  # fmt: skip
_PUSH_RULES = frozenset({"invalid-subscription", "push-not-available", "no-supported-trigger"})
"""Of draft-bitfire-webdav-push."""
_SHARED_RULES = frozenset({"max-resource-size", "valid-filter", "supported-filter", "supported-collation"})


def _namespace(rule: str, place: Place) -> str:
    if rule in _SHARED_RULES:
        return CARDDAV if place.contacts else CALDAV
    if rule in _CALENDAR_RULES:
        return CALDAV
    if rule in _PUSH_RULES:
        return WEBDAV_PUSH
    return CARDDAV if rule in _CONTACT_RULES else DAV


_DAV_RULES = frozenset({
    "allowed-principal", "cannot-modify-protected-property", "grant-only", "limited-number-of-aces",
    "lock-token-matches-request-uri", "lock-token-submitted", "no-conflicting-lock", "no-external-entities",
    "no-invert", "no-protected-ace-conflict", "not-supported-privilege", "number-of-matches-within-limits",
    "propfind-finite-depth", "quota-not-exceeded", "recognized-principal", "resource-must-be-null", "supported-report",
    "sync-traversal-supported", "valid-resourcetype", "valid-sync-token",
})  # fmt: skip
"""RFC 4918 §16, 3253 §3.6, 3744 §8.1.1, 4331 §6, 4791 §5.3.1.1, 5323 §5.17, 5689 §3.3, 6578 §§3.2, 3.3."""


def is_defined(rule: str) -> bool:
    """Whether a document defines a precondition of this name. A rule of ours that none does has no element."""
    known = (_CALENDAR_RULES, _CONTACT_RULES, _SHARED_RULES, _DAV_RULES, _PUSH_RULES)
    return any(rule in rules for rules in known)


def _fixed(rule: str) -> Condition:
    return lambda _, place: element(clark(_namespace(rule, place), rule))


def _rule(error: SogoError, place: Place) -> str:
    rule = getattr(error, "rule", "")
    return element(clark(_namespace(rule, place), rule)) if is_defined(rule) else ""


def _scheduling(error: SogoError, place: Place) -> str:
    """unique-scheduling-object-resource names the other object (RFC 6638 §3.2.4.1)."""
    rule, folder, name = getattr(error, "rule", ""), getattr(error, "folder", ""), getattr(error, "name", "")
    root = (*folder.strip("/").split("/")[1:], name)
    if not is_defined(rule) or len(root) <= FOLDER_SEGMENTS:
        return _rule(error, place)
    return element(clark(CALDAV, rule), href(root_path(root)))


_FILTERS = frozenset({"comp-filter", "prop-filter", "param-filter"})


def _supported_filter(error: SogoError, place: Place) -> str:
    """The filter that is not supported is named (RFC 4791 §7.8, RFC 6352 §8.6)."""
    space = _namespace("supported-filter", place)
    kind, name = getattr(error, "element", ""), getattr(error, "name", "")
    named = element(clark(space, kind), name=name) if kind in _FILTERS and name else ""
    return element(clark(space, "supported-filter"), named)


def _uid_conflict(error: SogoError, place: Place) -> str:
    name = getattr(error, "name", "")
    space = CARDDAV if place.contacts else CALDAV
    collection = str(error.fields.get("collection") or place.collection)
    return element(clark(space, "no-uid-conflict"), href(collection + quote_segment(name)) if name else "")


def _need_privileges(error: SogoError, place: Place) -> str:
    right = getattr(error, "right", "")
    if not right:
        return ""
    privilege = element(clark(DAV, "privilege"), element(clark(DAV, right)))
    # What is added or taken away needs a right on the collection (RFC 3744 §3.9, §3.10).
    path = place.collection if right in {"bind", "unbind"} else place.path
    resource = element(clark(DAV, "resource"), href(path) + privilege)
    return element(clark(DAV, "need-privileges"), resource)


def _locks(rule: str) -> Condition:
    """An element that names the roots of locks (RFC 4918 §16), or what was asked for where these are not to be told."""

    def build(error: SogoError, place: Place) -> str:
        roots: tuple[tuple[str, ...], ...] = getattr(error, "roots", ())
        return element(clark(DAV, rule), hrefs(dict.fromkeys(root_path(root) for root in roots) or (place.path,)))

    return build


def root_path(root: tuple[str, ...]) -> str:
    """The path of a lock's root: owner, kind and name of the folder, and the object's name unless the folder itself is
    locked."""
    return join_path((*MOUNT, *root), collection=len(root) == FOLDER_SEGMENTS)


def _too_large(_: SogoError, place: Place) -> str:
    """The limit of an object, told of objects: other bodies have one that no property names."""
    return element(clark(_namespace("max-resource-size", place), "max-resource-size")) if place.is_object else ""


FAILURES: dict[type[SogoError], Failure] = {
    errors.SogoError: Failure(500),
    errors.CodecError: Failure(400),
    errors.ExternalEntity: Failure(403, _fixed("no-external-entities")),
    errors.ConfigError: Failure(500),
    errors.DomainError: Failure(403),
    errors.NotFound: Failure(404),
    errors.AlreadyExists: Failure(405, _fixed("resource-must-be-null")),
    errors.ParentMissing: Failure(409),
    errors.PreconditionFailed: Failure(412),
    errors.ResourceLocked: Failure(423, _locks("lock-token-submitted")),
    errors.LockConflict: Failure(423, _locks("no-conflicting-lock")),
    errors.LockTokenMismatch: Failure(409, _fixed("lock-token-matches-request-uri")),
    errors.UidConflict: Failure(409, _uid_conflict),
    errors.Forbidden: Failure(403, _need_privileges),
    errors.NotAllowedHere: Failure(403),
    errors.InvalidData: Failure(403, _rule),
    errors.UnsupportedData: Failure(403, _rule),
    errors.UnsupportedType: Failure(415, _rule),
    errors.OtherServer: Failure(502),
    errors.InvalidRequest: Failure(400),
    errors.OutboundRefused: Failure(403),
    errors.MailRefused: Failure(403),
    errors.SchedulingRefused: Failure(403, _scheduling),
    errors.SchedulingConflict: Failure(409, _rule),
    errors.UnsupportedFilter: Failure(403, _supported_filter),
    errors.UnsupportedCollation: Failure(403, _fixed("supported-collation")),
    errors.TooLarge: Failure(413, _too_large),
    errors.TooMany: Failure(507, _fixed("number-of-matches-within-limits")),
    errors.QuotaExceeded: Failure(507, _fixed("quota-not-exceeded")),
    errors.RateLimited: Failure(429),
    errors.InvalidSyncToken: Failure(403, _fixed("valid-sync-token")),
    errors.AuthError: Failure(401),
    errors.BadCredentials: Failure(401),
    errors.LoginNeeded: Failure(401),
    errors.PasswordPolicy: Failure(401),
    errors.Locked: Failure(401),
    errors.AccessDenied: Failure(403),
    errors.Unavailable: Failure(503),
    errors.StoreUnavailable: Failure(503),
    errors.DirectoryUnavailable: Failure(503),
    errors.CacheUnavailable: Failure(503),
    errors.Overtaken: Failure(503),
    errors.OutboundFailed: Failure(503),
    errors.MailDelayed: Failure(503),
    errors.MailboxRefused: Failure(403),
    errors.MailServerUnavailable: Failure(503),
    errors.MailLoginRefused: Failure(502),
}


def failure(error: SogoError) -> Failure:
    """The entry of the nearest class."""
    return next(FAILURES[cls] for cls in type(error).__mro__ if cls in FAILURES)


def condition(error: SogoError, place: Place) -> str:
    """The serialised precondition element of an error, "" when there is none."""
    build = failure(error).condition
    return build(error, place) if build else ""
