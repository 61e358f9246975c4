"""What somebody learns whose rights on a folder were given, changed or taken (scheduling.md §8.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.codec.mime.writer import Part
from sogo.mail.about import Reader
from sogo.mail.notice import Notice
from sogo.texts.catalogue import Phrase


class Granting(Enum):
    """The method of application/x-sogo-notification."""

    ADD = "add"
    REMOVE = "remove"
    MODIFY = "modify"


@dataclass(frozen=True, slots=True)
class Advisory:
    """`owner` and `folder` are names to be shown; `kind` is Calendar or Contacts, `url` where the folder is, or
    its path only, where nobody said what this server is called."""

    granting: Granting
    owner: str
    folder: str
    kind: str
    url: str


def advisory_notice(advisory: Advisory, reader: Reader) -> Notice:
    values: dict[str, str | int] = {
        "action": advisory.granting.value, "owner": advisory.owner, "folder": advisory.folder, "kind": advisory.kind
    }  # fmt: skip
    tells_place = advisory.granting is not Granting.REMOVE and advisory.url.startswith(("https://", "http://"))
    place = (Phrase("acl.place", {"url": advisory.url}),) if tells_place else ()
    return Notice(reader.words, reader.words.say(Phrase("acl.subject", values)), Phrase("acl.lead", values), place)


def advisory_part(advisory: Advisory) -> Part:
    """What the original's mail reader subscribes by: its body is the address of the folder."""
    kind = "Contact" if advisory.kind == "Contacts" else "Appointment"
    parameters = (("method", advisory.granting.value), ("type", kind), ("charset", "utf-8"))
    return Part("application/x-sogo-notification", advisory.url.encode(), parameters)
