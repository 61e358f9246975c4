"""The whole tree of errors the product raises on purpose.

None of them knows HTTP, an EAS status or a log line: each face has one table (`failures.py`) that turns a class of this
page into its own answer, and `tests/house/test_failures.py` wants an entry there for every class. Whatever is not in
this tree is a bug: the face answers it as an internal error with the request id, its traceback goes to the log only.

`str(error)` is safe to show to the person who asked. What only the operator may read goes into `fields`.
"""

from __future__ import annotations


class SogoError(Exception):
    """Base of everything raised on purpose. `public` may be shown to a client, `fields` only to the log."""

    def __init__(self, public: str, **fields: object) -> None:
        super().__init__(public)
        self.public = public
        self.fields = fields


# --- bytes that are not what they claim to be -------------------------------------------------------------------------


class CodecError(SogoError):
    """Text or bytes that break their grammar. `offset` counts from the start of the input, `excerpt` is short."""

    def __init__(self, public: str, *, offset: int | None = None, excerpt: str = "", **fields: object) -> None:
        super().__init__(public, offset=offset, excerpt=excerpt, **fields)
        self.offset = offset
        self.excerpt = excerpt


class ExternalEntity(CodecError):
    """A document that wants something fetched from elsewhere (RFC 4918 §16 no-external-entities)."""


class ConfigError(SogoError):
    """A configuration that cannot be served. Says which key, which file and where in it, and what to do."""

    def __init__(
        self,
        public: str,
        *,
        key: str | None = None,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        place = file or ""
        if line is not None:
            place += f":{line}" + (f":{column}" if column is not None else "")
        text = ": ".join(part for part in (place, key, public) if part)
        super().__init__(text, key=key, file=file, line=line, column=column)
        self.key, self.file, self.line, self.column = key, file, line, column


# --- the request is understood, and the answer is no ------------------------------------------------------------------


class DomainError(SogoError):
    """Base of the refusals a well-formed request can meet."""


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is."""


class AlreadyExists(DomainError):
    """The name is taken."""


class ParentMissing(DomainError):
    """The collection that should hold the new thing does not exist."""


class PreconditionFailed(DomainError):
    """The state the client relied on has changed: an ETag, or another writer was first."""


class ResourceLocked(DomainError):
    """Somebody's write lock is in the way, and its token was not submitted (RFC 4918 §16 lock-token-submitted). `roots`
    are the places of the locks: owner, kind and name of the folder, and the object's name unless the folder itself is
    locked."""

    def __init__(self, public: str, *, roots: tuple[tuple[str, ...], ...], **fields: object) -> None:
        super().__init__(public, roots=roots, **fields)
        self.roots = roots


class LockConflict(DomainError):
    """A lock cannot be granted because of others (RFC 4918 §16 no-conflicting-lock). `roots` as in ResourceLocked."""

    def __init__(self, public: str, *, roots: tuple[tuple[str, ...], ...], **fields: object) -> None:
        super().__init__(public, roots=roots, **fields)
        self.roots = roots


class LockTokenMismatch(DomainError):
    """No lock of this token is on this resource (RFC 4918 §16 lock-token-matches-request-uri)."""


class UidConflict(DomainError):
    """The UID already lives in this collection under another name (RFC 4791 §5.3.2.1 no-uid-conflict); `name` is "" for
    who may not know which."""

    def __init__(self, uid: str, name: str) -> None:
        told = f"The UID {uid!r} is already used by {name!r}." if name else f"The UID {uid!r} is already used."
        super().__init__(told, uid=uid, name=name)
        self.uid, self.name = uid, name


class Forbidden(DomainError):
    """The actor lacks a right. `right` is the DAV privilege that would have been needed, such as "write-content"."""

    def __init__(self, public: str, *, right: str = "", **fields: object) -> None:
        super().__init__(public, right=right, **fields)
        self.right = right


class NotAllowedHere(DomainError):
    """No actor may do this to this resource, such as creating a calendar inside a calendar."""


class InvalidData(DomainError):
    """An object that cannot be stored. `rule` names the broken rule in the words of RFC 4791 §5.3.2.1 / 6352 §5.3.2.1,
    such as "valid-calendar-data", "valid-calendar-object-resource" or "valid-address-data"."""

    def __init__(self, public: str, *, rule: str, **fields: object) -> None:
        super().__init__(public, rule=rule, **fields)
        self.rule = rule


class UnsupportedData(DomainError):
    """A sound object of a kind this collection does not take. `rule` as in InvalidData, such as
    "supported-calendar-component"."""

    def __init__(self, public: str, *, rule: str, **fields: object) -> None:
        super().__init__(public, rule=rule, **fields)
        self.rule = rule


class UnsupportedType(UnsupportedData):
    """A body that says of itself that it is of a type nobody here reads. `rule` as in InvalidData."""


class OtherServer(DomainError):
    """A place on another server, which this one does not write to (RFC 4918 §9.9.4)."""


class InvalidRequest(DomainError):
    """A request whose body or headers make no sense."""


class OutboundRefused(DomainError):
    """An address on the net that this server does not connect to: of another scheme, or inside the site's own network
    (`sogo.outbound`)."""


class SchedulingRefused(DomainError):
    """A change of a scheduling object that nobody in this role may make (RFC 6638 §3.2.4). `rule` is its precondition,
    such as "allowed-attendee-scheduling-object-change", "" for none. `folder` (c_path) and `name` are those of another
    object that is in the way."""

    def __init__(self, public: str, *, rule: str = "", folder: str = "", name: str = "", **fields: object) -> None:
        super().__init__(public, rule=rule, folder=folder, name=name, **fields)
        self.rule, self.folder, self.name = rule, folder, name


class SchedulingConflict(DomainError):
    """An invitation that somebody cannot or does not want to take: a resource is booked, a person busy, or protected
    from invitations. `public` is the original's text, a sentence or a JSON object (scheduling.md §6). `rule` as in
    SchedulingRefused."""

    def __init__(self, public: str, *, rule: str = "", **fields: object) -> None:
        super().__init__(public, rule=rule, **fields)
        self.rule = rule


class MailRefused(DomainError):
    """A mail that a mail server will never take, as its answer `why` says."""


class MailboxRefused(DomainError):
    """Something that a mail server does not do with a mailbox or message, as its answer `why` in the fields says."""


class UnsupportedFilter(DomainError):
    """A filter with an element this server cannot evaluate (RFC 4791 §7.8, RFC 6352 §8.6 supported-filter). `element`
    and `name` say which, such as "prop-filter" and "SUMMARY"; both are empty where it is none of the filters."""

    def __init__(self, public: str, *, element: str = "", name: str = "", **fields: object) -> None:
        super().__init__(public, element=element, name=name, **fields)
        self.element, self.name = element, name


class UnsupportedCollation(DomainError):
    """A collation this server does not know (RFC 4791 §7.5.1 supported-collation)."""


class TooLarge(DomainError):
    """More bytes than the limit. `limit_bytes` is the limit."""

    def __init__(self, public: str, *, limit_bytes: int = 0, **fields: object) -> None:
        super().__init__(public, limit_bytes=limit_bytes, **fields)
        self.limit_bytes = limit_bytes


class TooMany(DomainError):
    """More elements, occurrences or results than the limit."""

    def __init__(self, public: str, *, limit: int = 0, **fields: object) -> None:
        super().__init__(public, limit=limit, **fields)
        self.limit = limit


class QuotaExceeded(DomainError):
    """No room left for this owner."""


class RateLimited(DomainError):
    """Too many requests from one user. `retry_after_seconds` is when it makes sense to come back."""

    def __init__(self, public: str, *, retry_after_seconds: int = 0, **fields: object) -> None:
        super().__init__(public, retry_after_seconds=retry_after_seconds, **fields)
        self.retry_after_seconds = retry_after_seconds


class InvalidSyncToken(DomainError):
    """A token this collection never gave, or cannot honour any more (RFC 6578 §3.2 valid-sync-token)."""


# --- who are you ------------------------------------------------------------------------------------------------------


class AuthError(SogoError):
    """Base of refused logins."""


class BadCredentials(AuthError):
    """Unknown user or wrong password; deliberately the same for both."""


class LoginNeeded(AuthError):
    """Who did not log in may not do this; who logs in perhaps may."""


class PasswordPolicy(AuthError):
    """The password is right, but must be changed first. `code` is the policy number of auth.md §4.1."""

    def __init__(self, public: str, *, code: int, expire: int = -1, grace: int = -1) -> None:
        super().__init__(public, code=code)
        self.code, self.expire, self.grace = code, expire, grace


class Locked(AuthError):
    """Too many failed logins, or the directory locked the account."""


class AccessDenied(AuthError):
    """The user is known, but not allowed to use this service at all."""


# --- not now ----------------------------------------------------------------------------------------------------------


class Unavailable(SogoError):
    """A back end does not answer. Worth a retry after `retry_after_seconds`."""

    def __init__(self, public: str, *, retry_after_seconds: int = 5, **fields: object) -> None:
        super().__init__(public, retry_after_seconds=retry_after_seconds, **fields)
        self.retry_after_seconds = retry_after_seconds


class StoreUnavailable(Unavailable):
    """The database is down, refuses the connection, or did not answer in time."""


class DirectoryUnavailable(Unavailable):
    """The LDAP or SQL user source does not answer."""


class CacheUnavailable(Unavailable):
    """memcached does not answer. Callers go on without it."""


class Overtaken(Unavailable):
    """What a write of several objects was decided on has changed before it was written; nothing was. Whoever decided
    looks again and decides anew; a client meets this only where others are faster each time."""


class OutboundFailed(Unavailable):
    """Another server on the net cannot be reached, does not answer in time, or answers what nobody can use."""


class MailDelayed(Unavailable):
    """A mail server cannot be reached, or does not take a mail for now. `is_down`: it would take none else either."""

    def __init__(self, public: str, *, why: str = "", is_down: bool = False) -> None:
        super().__init__(public, why=why)
        self.is_down = is_down


class MailServerUnavailable(Unavailable):
    """The IMAP server cannot be reached, does not answer in time, or says what nobody can read."""


class MailLoginRefused(Unavailable):
    """The IMAP server does not take the login that this server takes: something between the two has to be mended."""
