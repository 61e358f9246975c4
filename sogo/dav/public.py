"""The part of the tree for who does not log in: /SOGo/dav/public/<user>/…, where a site opens it (dav.md §§2, 11).

The same tree as below the mount, as `anonymous` sees it: what has been shared with everybody in the world, and nothing
about anybody. So what tells of people, and what keeps something for who asks, is not there.
"""

from __future__ import annotations

from sogo.auth.interface import Record, User
from sogo.codec.davxml.names import caldav, carddav, dav
from sogo.dav.resources import FILES, FOLDERS, HOMES, OBJECTS, Nowhere, On, Resource, Slot
from sogo.errors import LoginNeeded
from sogo.model.rights import ANONYMOUS

SEGMENT = "public"
_RECORD = Record(uid=ANONYMOUS, source="", cn="Public User", emails=(ANONYMOUS,))
PUBLIC_ACTOR = User(ANONYMOUS, _RECORD.cn, _RECORD.emails, None, _RECORD)

_METHODS = frozenset({"OPTIONS", "GET", "HEAD", "PROPFIND", "REPORT", "PUT", "DELETE"})
_REPORTS = frozenset({
    caldav("calendar-query"), caldav("calendar-multiget"), caldav("free-busy-query"), carddav("addressbook-query"),
    carddav("addressbook-multiget"), dav("sync-collection"),
})  # fmt: skip
_PLACES = On.ROOT | HOMES | FOLDERS | OBJECTS | FILES


def require_public(method: str, target: Resource | Slot | Nowhere) -> None:
    """Raises LoginNeeded for what nobody may do without a name."""
    hidden = not isinstance(target, Slot | Nowhere) and not target.kind & _PLACES
    if method not in _METHODS or (hidden and method != "OPTIONS"):
        raise LoginNeeded("A user name and a password are needed for this.")


def require_public_report(name: str, kind: On) -> None:
    """Raises LoginNeeded for reports about people, and for those that would be noted down."""
    if name not in _REPORTS or not kind & (FOLDERS | OBJECTS):
        raise LoginNeeded("A user name and a password are needed for this.")
