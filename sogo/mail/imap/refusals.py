"""What NO and BAD mean, as errors of the house: by the code in brackets (RFC 5530), where there is one."""

from __future__ import annotations

from collections.abc import Callable

from sogo.codec.imap.status import Condition, Status
from sogo.errors import (
    AlreadyExists,
    Forbidden,
    MailboxRefused,
    MailServerUnavailable,
    NotFound,
    QuotaExceeded,
    SogoError,
    TooLarge,
)

WHY_CHARS = 300

_BY_CODE: dict[str, Callable[[str], SogoError]] = {
    "ALREADYEXISTS": lambda why: AlreadyExists("There is such a mailbox.", why=why),
    "NONEXISTENT": lambda why: NotFound("There is no such mailbox.", why=why),
    "TRYCREATE": lambda why: NotFound("There is no such mailbox.", why=why),
    "NOPERM": lambda why: Forbidden("The mail server does not allow it.", why=why),
    "OVERQUOTA": lambda why: QuotaExceeded("The mailbox is full.", why=why),
    "TOOBIG": lambda why: TooLarge("The mail server takes no message of this size.", why=why),
    "UNAVAILABLE": lambda why: MailServerUnavailable("The mail server has no answer now.", why=why),
    "INUSE": lambda why: MailServerUnavailable("The mailbox is in use.", why=why),
    "SERVERBUG": lambda why: MailServerUnavailable("The mail server has no answer now.", why=why),
}


def refusal(command: str, status: Status) -> SogoError:
    """The error for a command that did not go well. What the server said is in its `fields` only."""
    why = f"{command}: {status.condition.value} {' '.join(status.text.split())}"[:WHY_CHARS]
    if status.code is not None and status.condition is Condition.NO and status.code.name in _BY_CODE:
        return _BY_CODE[status.code.name](why)
    return MailboxRefused("The mail server does not do this.", why=why)
