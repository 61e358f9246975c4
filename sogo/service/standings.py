"""What an actor is to the folders of others: by the rows of the ACL that were read with these folders, the groups the
actor is in, and what the domain gives everybody (dav.md §11.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.errors import Forbidden
from sogo.model.folder import Folder, FolderKind
from sogo.model.rights import (
    ANONYMOUS,
    ANYBODY,
    GROUP_MARK,
    OWNER,
    Deed,
    Rows,
    Sight,
    Standing,
    roles_of,
    standing_of,
)
from sogo.service.site import Site

_NO_ROWS: Rows = {}


async def standings(site: Site, actor: User, folders: Sequence[Folder], rights: Mapping[str, Rows]) -> list[Standing]:
    """One for each folder. The directory is asked of groups only where no row of the actor's own decides; raises
    DirectoryUnavailable when it cannot say."""
    asked = {uid for folder in folders for uid in _undecided(actor, folder, rights)}
    groups = await site.directory.member_of(actor.user_id, asked) if asked else frozenset()
    return [_standing(site, actor, folder, rights, groups) for folder in folders]


def require_sharing(config: Config, kind: FolderKind, roles: Mapping[str, Collection[str]]) -> None:
    """Raises Forbidden for what the site does not let be given away: anything of a module, or anything to everybody.
    Who does not log in may be given nothing but to read (dav.md §11.1); ObjectCreator only shows that a folder is there
    (§20, 39), since nobody writes without a name."""
    system, module = config.system, kind.value
    if roles and module in system.disable_sharing:
        raise Forbidden("Nothing of this kind is shared on this site.", right=Deed.WRITE_ACL.privilege)
    if ANYBODY in roles and module in system.disable_sharing_any_auth_user:
        raise Forbidden("Nothing of this kind is shared with everybody on this site.", right=Deed.WRITE_ACL.privilege)
    if ANONYMOUS not in roles:
        return
    standing = standing_of(kind, roles[ANONYMOUS])
    if not system.enable_public_access or standing.erases or max(standing.sights) > Sight.WHOLE:
        raise Forbidden("Who does not log in cannot be given this right.", right=Deed.WRITE_ACL.privilege)


async def effective_roles(site: Site, folder: Folder, uid: str, rows: Rows) -> frozenset[str]:
    """What rows and defaults give to a uid, be it of somebody, of a group or of everybody. Raises
    DirectoryUnavailable."""
    asked = [] if uid in rows or uid == ANONYMOUS else [one for one in rows if one.startswith(GROUP_MARK)]
    groups = await site.directory.member_of(uid, asked) if asked else frozenset()
    user = await site.directory.find_user(uid) if uid not in (ANYBODY, ANONYMOUS) else None
    defaults = _defaults(site, folder, user.domain if user is not None else None)
    return roles_of(uid, groups, rows, defaults)


def _defaults(site: Site, folder: Folder, domain: str | None) -> Sequence[str]:
    """What everybody of a domain is given on all folders of a kind."""
    chosen = site.config.domain(domain)
    return chosen.calendar_default_roles if folder.kind is FolderKind.CALENDAR else chosen.contacts_default_roles


def is_owner(actor: User, folder: Folder) -> bool:
    return actor.is_superuser or actor.user_id == folder.owner != ANONYMOUS


def _undecided(actor: User, folder: Folder, rights: Mapping[str, Rows]) -> list[str]:
    rows = rights.get(folder.path, _NO_ROWS)
    if is_owner(actor, folder) or actor.user_id in rows:
        return []
    return [uid for uid in rows if uid.startswith(GROUP_MARK)]


def _standing(site: Site, actor: User, folder: Folder, rights: Mapping[str, Rows], groups: frozenset[str]) -> Standing:
    if is_owner(actor, folder):
        return OWNER
    defaults = _defaults(site, folder, actor.domain)
    roles = roles_of(actor.user_id, groups, rights.get(folder.path, _NO_ROWS), defaults)
    return standing_of(folder.kind, roles, known=actor.user_id != ANONYMOUS)
