"""The note that somebody was invited, made wherever rights are given (`sogo.service.sharing`)."""

from __future__ import annotations

import secrets

from sogo.model.folder import Folder, FolderKind
from sogo.model.granting import is_everybody, level_of
from sogo.model.rights import GROUP_MARK, Rows
from sogo.store.invitations import Invitation, State


def new_invitations(folder: Folder, before: Rows, after: Rows) -> list[Invitation]:
    """For those who get their first right on a calendar, in whatever way it is given."""
    kind = folder.kind
    if kind is not FolderKind.CALENDAR:
        return []
    return [
        new_invitation(folder, uid, State.OPEN)
        for uid, roles in after.items()
        if _is_person(uid) and level_of(kind, roles) and not level_of(kind, before.get(uid, ()))
    ]


def new_invitation(folder: Folder, user_id: str, state: State) -> Invitation:
    """With a name that nobody can guess."""
    return Invitation(folder.path, user_id, folder.owner, secrets.token_hex(16), state)


def _is_person(uid: str) -> bool:
    return not uid.startswith(GROUP_MARK) and not is_everybody(uid)
