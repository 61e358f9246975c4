"""What an actor is to the folders of others: by the rows of the ACL that were read with these folders, the groups the
actor is in, and what the domain gives everybody (dav.md §11.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sogo.auth.interface import User
from sogo.model.folder import Folder, FolderKind
from sogo.model.rights import ANONYMOUS, GROUP_MARK, OWNER, Rows, Standing, roles_of, standing_of
from sogo.service.site import Site

_NO_ROWS: Rows = {}


async def standings(site: Site, actor: User, folders: Sequence[Folder], rights: Mapping[str, Rows]) -> list[Standing]:
    """One for each folder. The directory is asked of groups only where no row of the actor's own decides; raises
    DirectoryUnavailable when it cannot say."""
    asked = {uid for folder in folders for uid in _undecided(actor, folder, rights)}
    groups = await site.directory.member_of(actor.user_id, asked) if asked else frozenset()
    return [_standing(site, actor, folder, rights, groups) for folder in folders]


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
