"""SOGo's own documents about sharing and people (dav.md §§10, 13): read by their local names, as clients send them with
and without the namespace, and written as the original writes them, without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from sogo.codec.davxml.names import INVERSE
from sogo.codec.davxml.reader import Element, attribute, elements, local, text_of
from sogo.codec.davxml.writer import DECLARATION, element, escape, text_element
from sogo.errors import CodecError

ACL_QUERY, SUBSCRIBE, UNSUBSCRIBE = "acl-query", "subscribe", "unsubscribe"
USER_QUERY, COLLECTION_QUERY = "user-query", "collection-query"


class AclDeed(Enum):
    USER_LIST = "user-list"
    ROLES = "roles"
    SET_ROLES = "set-roles"
    ADD_USER = "add-user"
    ADD_USERS = "add-users"
    REMOVE_USER = "remove-user"
    REMOVE_USERS = "remove-users"


@dataclass(frozen=True, slots=True)
class AclQuery:
    """`users` are those named; `words` the roles to be set, or what is left out of a list (nocn, noemail)."""

    deed: AclDeed
    users: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CollectionQuery:
    """`kind` is "calendar" or "contact"; `owner` the address of somebody, "" for who asks."""

    kind: str
    owner: str = ""


def parse_acl_query(root: Element) -> AclQuery:
    """Raises CodecError for a document that asks for nothing, or for nothing known."""
    asked = next(iter(elements(root)), None)
    if asked is None:
        raise CodecError("An acl-query asks for something.")
    try:
        deed = AclDeed(local(asked))
    except ValueError:
        raise CodecError("An acl-query knows no such request.") from None
    if deed is AclDeed.USER_LIST:
        return AclQuery(deed, words=frozenset(_list(attribute(asked, "params"))))
    users = _list(attribute(asked, "users")) or _one(attribute(asked, "user"))
    words = frozenset(local(one) for one in elements(asked)) if deed is AclDeed.SET_ROLES else frozenset()
    return AclQuery(deed, users, words)


def parse_users(root: Element) -> tuple[str, ...] | None:
    """Whom a subscribe or unsubscribe is about; None for who asks."""
    text = attribute(root, "users")
    return None if text is None else _list(text)


def parse_user_query(root: Element) -> str:
    """What is looked for, "" for nothing."""
    users = next((one for one in elements(root) if local(one) == "users"), None)
    return (attribute(users, "match-name") or "").strip() if users is not None else ""


def parse_collection_query(root: Element) -> CollectionQuery:
    """Raises CodecError for a type of collection that is none."""
    asked = {attribute(one, "name"): text_of(one).strip() for one in elements(root) if local(one) == "prop-match"}
    kind = asked.get("resource-type", "")
    if kind not in ("calendar", "contact"):
        raise CodecError("The type of a collection is calendar or contact.")
    return CollectionQuery(kind, asked.get("owner", ""))


def _one(text: str | None) -> tuple[str, ...]:
    return (text.strip(),) if text is not None and text.strip() else ()


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for one in (text or "").split(",") if (word := one.strip())))


# --- answers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody in an answer; what is None is left out."""

    id: str
    name: str | None = None
    email: str | None = None
    info: str | None = None

    def render(self) -> str:
        parts = (("id", self.id), ("displayName", self.name), ("email", self.email), ("info", self.info))
        return element("user", "".join(text_element(word, text) for word, text in parts if text is not None))


def render_user_list(users: Iterable[Listed], *, everybody: str = "<default>") -> str:
    default = element("default-user", text_element("id", everybody))
    return DECLARATION + element("user-list", default + "".join(user.render() for user in users))


def render_users(users: Iterable[Listed]) -> str:
    return DECLARATION + element("users", "".join(user.render() for user in users))


def render_roles(roles: Sequence[str]) -> str:
    """A word that cannot be the name of an element is none of a role either."""
    return DECLARATION + element("roles", "".join(element(role) for role in roles if role.isascii() and role.isalpha()))


def render_collections(found: Iterable[tuple[str, str, str, str]]) -> str:
    """(path, name, path of the owner, name of the owner) of each; beside the properties, as the old extension of
    Thunderbird reads them."""
    inner = "".join(
        f"<D:response><D:href>{escape(path)}</D:href><D:propstat><D:prop><D:displayname>{escape(name)}</D:displayname>"
        f"</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:owner>{escape(owner)}</D:owner>"
        f"<ownerdisplayname>{escape(cn)}</ownerdisplayname><D:displayname>{escape(name)}</D:displayname></D:response>"
        for path, name, owner, cn in found
    )
    return f'{DECLARATION}<D:multistatus xmlns:D="DAV:" xmlns="{INVERSE}">{inner}</D:multistatus>'
