"""Calendars and address books that somebody shares, for tests of the DAV face."""

from __future__ import annotations

from sogo.model.folder import FolderKind, FolderState
from tests.support.house import Client, House, card, event, todo

CLASSES = ("PUBLIC", "PRIVATE", "CONFIDENTIAL")
CAL, BOOK = "/SOGo/dav/anna/Calendar/shared/", "/SOGo/dav/anna/Contacts/shared/"
LETTERS = {"d": "DAndTViewer", "v": "Viewer", "r": "Responder", "m": "Modifier"}
OTHERS = {"c": "ObjectCreator", "e": "ObjectEraser"}
WORDS = {"PU": "Public", "PR": "Private", "CO": "Confidential"}


def roles(text: str) -> set[str]:
    """The roles in a text such as `c e PUd PRm`."""
    found = set()
    for word in text.split():
        found.add(OTHERS[word] if word in OTHERS else WORDS[word[:2]] + LETTERS[word[2:]])
    return found


async def state_of(house: House, path: str = CAL) -> FolderState:
    _, _, _, owner, kind, name, _ = path.split("/")
    state = await house.site.folders.find_folder(owner, FolderKind(kind), name)
    assert state is not None
    return state


async def share(house: House, given: set[str] | str, uid: str = "ben", path: str = CAL) -> None:
    folder = (await state_of(house, path)).folder
    await house.site.acl.set_roles(folder, uid, roles(given) if isinstance(given, str) else given)


async def unshare(house: House, uid: str = "ben", path: str = CAL) -> None:
    await house.site.acl.remove((await state_of(house, path)).folder, [uid])


def secret_event(of: str, *more: str, uid: str = "") -> str:
    """An event in which everything that must not be told has the word SECRET in it."""
    lines = (
        f"CLASS:{of}", "DESCRIPTION:SECRET-description", "LOCATION:SECRET-place", "CATEGORIES:SECRET", "X-SECRET:SECRET",
        "ATTENDEE;CN=SECRET:mailto:SECRET@example.org", "DURATION:PT1H", "TRANSP:TRANSPARENT", *more,
    )  # fmt: skip
    return event(uid or f"SECRET-{of}", "20260601T100000Z", *lines)


async def furnish(anna: Client, path: str = CAL) -> None:
    """A calendar with an event and a task of each class; their names tell nothing."""
    assert (await anna("MKCALENDAR", path)).status == 201
    for of in CLASSES:
        assert (await anna.put(f"{path}event-{of}.ics", secret_event(of))).status == 201
        task = todo(f"SECRET-task-{of}", f"CLASS:{of}", "DESCRIPTION:SECRET")
        assert (await anna.put(f"{path}task-{of}.ics", task)).status == 201


async def furnish_book(anna: Client, path: str = BOOK) -> None:
    assert (await anna("MKCOL", path)).status == 201
    assert (await anna("PUT", path + "old.vcf", card("old", "Old"), Content_Type="text/vcard")).status == 201
