"""What a folder is called for a reader (dav.md §2.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sogo.conf.levels import Config
from sogo.model import folder_settings
from sogo.model.rights import ANONYMOUS
from sogo.service.views import FolderView

_WORD = re.compile(r"%\{(FolderName|UserName|Email)\}")


def title_of(config: Config, view: FolderView, settings: Mapping[str, Any]) -> str:
    """Its name; somebody else's has the name that the reader gave it in these settings, else one that says whose it
    is, by SOGoSubscriptionFolderFormat."""
    folder, owner = view.folder, view.owner
    if view.standing.owner and view.home is None:
        return folder.display_name
    own = folder_settings.read(settings, folder).display_name
    if own:
        return own
    if view.actor.user_id in (owner.user_id, ANONYMOUS) or view.actor.is_superuser:
        return folder.display_name
    words = {"FolderName": folder.display_name, "UserName": owner.cn, "Email": owner.email}
    pattern = config.domain(view.actor.domain).subscription_folder_format
    title = _WORD.sub(lambda found: words[found[1]], pattern)
    return title.strip() or folder.display_name
