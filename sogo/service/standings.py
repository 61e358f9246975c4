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
    Who does not log in may be given nothing but to read (dav.md §11.1)."""
    system, module = config.system, kind.value
    if roles and module in system.disable_sharing:
        raise Forbidden("Nothing of this kind is shared on this site.", right=Deed.WRITE_ACL.privilege)
    if ANYBODY in roles and module in system.disable_sharing_any_auth_user:
        raise Forbidden("Nothing of this kind is shared with everybody on this site.", right=Deed.WRITE_ACL.privilege)
    if ANONYMOUS not in roles:
        return
    standing = standing_of(kind, roles[ANONYMOUS])
    if not system.enable_public_access or standing.creates or standing.erases or max(standing.sights) > Sight.WHOLE:
        raise Forbidden("Who does not log in cannot be given this right.", right=Deed.WRITE_ACL.privilege)


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
    domain = site.config.domain(actor.domain)
    calendar = folder.kind is FolderKind.CALENDAR
    defaults = domain.calendar_default_roles if calendar else domain.contacts_default_roles
    roles = roles_of(actor.user_id, groups, rights.get(folder.path, _NO_ROWS), defaults)
    return standing_of(folder.kind, roles, known=actor.user_id != ANONYMOUS)
