"""Mails about meetings as other systems send them, put together by the standard library."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from tests.support.meetings import ics

TRUSTED = "mx.example.org"


def vouched(domain: str, *, server: str = TRUSTED) -> str:
    """An Authentication-Results of a mail whose domain stands for it."""
    return f"{server}; dkim=pass header.d={domain} header.s=s1; dmarc=pass (p=none dis=none) header.from={domain}"


def message(method: str, uid: str, organizer: str, attendees: dict[str, str], *more: str, **changes: object) -> str:
    """A calendar with METHOD."""
    text = ics(uid, organizer, attendees, *more, **changes)  # type: ignore[arg-type]
    return text.replace("VERSION:2.0", f"VERSION:2.0\r\nMETHOD:{method}", 1)


def mail(
    sender: str,
    calendar: str,
    *,
    results: str | None = "",
    encoding: str = "base64",
    charset: str = "utf-8",
    **fields: str,
) -> bytes:
    """A mail with a calendar as one of its parts. `results` is its Authentication-Results, "" one that vouches for the
    sender's domain, None for none."""
    letter = EmailMessage(policy=SMTP)
    if results == "":
        results = vouched(sender.rpartition("@")[2].rstrip(">"))
    if results is not None:
        letter["Authentication-Results"] = results
    letter["From"], letter["To"], letter["Subject"] = sender, "ben@example.org", "A meeting"
    letter["Message-ID"] = "<m1@elsewhere.org>"
    for name, value in fields.items():
        letter[name.replace("_", "-")] = value
    letter.set_content("You are invited.")
    letter.add_alternative("<p>You are invited.</p>", subtype="html")
    method = next((line[7:] for line in calendar.split("\r\n") if line.startswith("METHOD:")), "")
    letter.add_alternative(
        calendar.encode(charset), maintype="text", subtype="calendar", cte=encoding,
        params={"charset": charset, **({"method": method} if method else {})},
    )  # fmt: skip
    return letter.as_bytes()
