"""What people share: ten have twenty calendars each, and one has subscribed to all two hundred."""

from __future__ import annotations

from tests.bench.data import XML, Filler, calendar
from tests.bench.load import Request
from tests.bench.operations import Operation, home
from tests.support.site import USERS

OWNERS, EACH = USERS[10:20], 20
SUBSCRIBER, OTHERS = USERS[20], USERS[21:23]
_SPACE = 'xmlns="urn:inverse:params:xml:ns:inverse-dav"'
ROLES = (("PublicViewer", "PrivateDAndTViewer"), ("PublicModifier", "PrivateViewer", "ObjectCreator"))


def set_roles(user: str, roles: tuple[str, ...]) -> str:
    given = "".join(f"<{role}/>" for role in roles)
    name = user.replace("<", "&lt;").replace(">", "&gt;")
    return f'<?xml version="1.0"?><acl-query {_SPACE}><set-roles user="{name}">{given}</set-roles></acl-query>'


async def fill(filler: Filler) -> None:
    for owner in OWNERS:
        names = [f"team{number:02d}" for number in range(EACH)]
        await filler.folders(owner, names)
        given = set_roles(SUBSCRIBER, ROLES[0])
        await filler.send(owner, [("POST", calendar(owner, name), given, XML) for name in names])
        for name in names:  # one after the other: each changes the same list
            subscribe = ("POST", calendar(owner, name), f'<?xml version="1.0"?><subscribe {_SPACE}/>', XML)
            await filler.send(SUBSCRIBER, [subscribe])


def _acl(base: str, tag: str) -> list[Request]:
    return [
        Request(owner, "POST", calendar(owner, "team00"), set_roles(other, roles), XML)
        for roles in ROLES
        for other in OTHERS
        for owner in OWNERS[:4]
    ]


OPERATIONS = (
    Operation("rights given by acl-query", _acl, needs="shared"),
    Operation("PROPFIND 1, home with 200 of others", home(SUBSCRIBER), needs="shared", slow=True),
)
