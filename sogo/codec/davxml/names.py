"""Namespaces, the prefixes we write for them, and Clark names.

`D` for `DAV:` is a promise: clients exist that look for the literal `D:multistatus` (dav.md §20).
"""

from __future__ import annotations

DAV = "DAV:"
CALDAV = "urn:ietf:params:xml:ns:caldav"
CARDDAV = "urn:ietf:params:xml:ns:carddav"
CALENDARSERVER = "http://calendarserver.org/ns/"
APPLE_ICAL = "http://apple.com/ns/ical/"
INVERSE = "urn:inverse:params:xml:ns:inverse-dav"
GROUPDAV = "http://groupdav.org/"
HTTPMAIL = "urn:schemas:httpmail:"
MAILHEADER = "urn:schemas:mailheader:"
APACHE = "http://apache.org/dav/props/"
ME_COM = "http://me.com/_namespace/"
WEBDAV_PUSH = "https://bitfire.at/webdav-push"
XML = "http://www.w3.org/XML/1998/namespace"

ROOT_PREFIXES: dict[str, str] = {
    DAV: "D",
    CALDAV: "C",
    CARDDAV: "CR",
    CALENDARSERVER: "CS",
    APPLE_ICAL: "ICAL",
    INVERSE: "I",
    GROUPDAV: "G",
}
"""Declared on the root of every answer, so serialised values may use these prefixes without declaring them."""

_OTHER_PREFIXES: dict[str, str] = {
    HTTPMAIL: "HM",
    MAILHEADER: "MH",
    APACHE: "APACHE",
    ME_COM: "ME",
    WEBDAV_PUSH: "PUSH",
    XML: "xml",
}


def prefix_for(namespace: str) -> str | None:
    """The prefix we use for a namespace, or None for one we have no name for."""
    return ROOT_PREFIXES.get(namespace) or _OTHER_PREFIXES.get(namespace)


def clark(namespace: str, local_name: str) -> str:
    return f"{{{namespace}}}{local_name}" if namespace else local_name


def split_clark(name: str) -> tuple[str, str]:
    """(namespace, local name); the namespace is "" for a name without one."""
    if name.startswith("{"):
        namespace, _, local_name = name[1:].partition("}")
        return namespace, local_name
    return "", name


def dav(local_name: str) -> str:
    return f"{{{DAV}}}{local_name}"


def caldav(local_name: str) -> str:
    return f"{{{CALDAV}}}{local_name}"


def carddav(local_name: str) -> str:
    return f"{{{CARDDAV}}}{local_name}"


def calendarserver(local_name: str) -> str:
    return f"{{{CALENDARSERVER}}}{local_name}"
