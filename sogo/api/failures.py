"""Every error class of the house -> status of the JSON API. The texts are those of tools.md §8 where it has one, else
the error's own."""

from __future__ import annotations

from sogo import errors
from sogo.errors import SogoError

FAILURES: dict[type[SogoError], int] = {
    errors.SogoError: 500,
    errors.CodecError: 400,
    errors.ExternalEntity: 400,
    errors.ConfigError: 500,
    errors.DomainError: 400,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.ParentMissing: 409,
    errors.PreconditionFailed: 412,
    errors.ResourceLocked: 423,
    errors.LockConflict: 423,
    errors.LockTokenMismatch: 409,
    errors.UidConflict: 409,
    errors.Forbidden: 403,
    errors.NotAllowedHere: 400,
    errors.InvalidData: 400,
    errors.UnsupportedData: 400,
    errors.UnsupportedType: 415,
    errors.OtherServer: 502,
    errors.InvalidRequest: 400,
    errors.OutboundRefused: 400,
    errors.MailRefused: 400,
    errors.SchedulingRefused: 403,
    errors.SchedulingConflict: 409,
    errors.UnsupportedFilter: 400,
    errors.UnsupportedCollation: 400,
    errors.TooLarge: 413,
    errors.TooMany: 400,
    errors.QuotaExceeded: 507,
    errors.RateLimited: 429,
    errors.InvalidSyncToken: 400,
    errors.AuthError: 401,
    errors.BadCredentials: 401,
    errors.LoginNeeded: 401,
    errors.PasswordPolicy: 401,
    errors.Locked: 401,
    errors.AccessDenied: 401,
    errors.Unavailable: 503,
    errors.StoreUnavailable: 503,
    errors.DirectoryUnavailable: 503,
    errors.CacheUnavailable: 503,
    errors.Overtaken: 503,
    errors.OutboundFailed: 503,
    errors.MailDelayed: 503,
    errors.MailboxRefused: 403,
    errors.MailServerUnavailable: 503,
    errors.MailLoginRefused: 502,
}


def status(error: SogoError) -> int:
    """The entry of the nearest class."""
    return next(FAILURES[cls] for cls in type(error).__mro__ if cls in FAILURES)
