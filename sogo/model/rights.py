"""May this actor do this? One pure question, asked by the service and answered for every face (dav.md §11).

A `Standing` is what an actor is to a folder. `require` lets a `Deed` pass or raises the refusal, and the refusal is
decided here too: somebody who may not see the folder must not learn that it exists (NotFound), somebody who sees it is
told which privilege is missing (Forbidden). Roles from ACL rows join `Standing` when folders can be shared; today an
actor is the owner (a superuser counts as one) or nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.errors import DomainError, Forbidden, NotFound


class Deed(Enum):
    """What can be done to a folder or to what lies in it."""

    SEE = "see"
    READ = "read"
    CREATE = "create"
    MODIFY = "modify"
    REMOVE = "remove"
    CREATE_FOLDER = "create folder"
    REMOVE_FOLDER = "remove folder"
    SET_PROPERTIES = "set properties"

    @property
    def privilege(self) -> str:
        """The privilege RFC 3744 §7.1.1 wants named in a refusal."""
        return _PRIVILEGES[self]


_PRIVILEGES = {
    Deed.SEE: "read",
    Deed.READ: "read",
    Deed.CREATE: "bind",
    Deed.MODIFY: "write-content",
    Deed.REMOVE: "unbind",
    Deed.CREATE_FOLDER: "bind",
    Deed.REMOVE_FOLDER: "unbind",
    Deed.SET_PROPERTIES: "write-properties",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor is to a folder: its owner or not; if not, whether it may know that the folder exists."""

    owner: bool
    sees: bool = False


OWNER = Standing(owner=True, sees=True)
NOBODY = Standing(owner=False)


def permits(standing: Standing, deed: Deed) -> bool:
    return standing.owner or (deed is Deed.SEE and standing.sees)


def refusal(standing: Standing, deed: Deed) -> DomainError:
    """The error that says no without telling more than the actor may know (dav.md §11.5)."""
    if not standing.sees:
        return NotFound("There is no such resource.")
    return Forbidden("You do not have the right to do this.", right=deed.privilege)


def require(standing: Standing, deed: Deed) -> None:
    """Raises NotFound or Forbidden unless the deed is allowed."""
    if not permits(standing, deed):
        raise refusal(standing, deed)
