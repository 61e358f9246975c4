"""The texts by which PostgreSQL's triggers and we tell each other of changes, fields with tabs between them:

    written|removed|changed  origin  folder id  generation  revision  name of the object, up to the end
    created|renamed|edited|gone  origin  folder id  c_path

An empty generation says that where the folder stands is not known. Whoever may connect to the database can send
anything: what does not read is no notice, and what does costs a waiter no more than a look.
"""

from __future__ import annotations

import re

from sogo.model.change import Notice, What
from sogo.model.folder import Folder, SyncPoint
from sogo.store.sql.dialects.base import PUBLISH_OCTETS

OBJECT = frozenset({What.WRITTEN, What.REMOVED, What.CHANGED})
_NUMBER = re.compile(r"[0-9]{1,18}")


def render_notice(folder: Folder, name: str, what: What, origin: str) -> str:
    """What we tell when no trigger does; a name that is too long is left out."""
    start = f"{what.value}\t{origin}\t{folder.id}\t"
    if what not in OBJECT:
        return start + folder.path
    text = f"{start}\t0\t{name}"
    return text if len(text.encode("utf-8", "replace")) <= PUBLISH_OCTETS else f"{start}\t0\t"


def parse_notice(text: str, origin: str) -> Notice | None:
    """None for a text that is none of ours. `origin` is what this process writes."""
    word, _, rest = text.partition("\t")
    try:
        what = What(word)
    except ValueError:
        return None
    fields = rest.split("\t", 4 if what in OBJECT else 2)
    if not _NUMBER.fullmatch(fields[1] if len(fields) > 1 else ""):
        return None
    own, folder_id = bool(origin) and fields[0] == origin, int(fields[1])
    if what not in OBJECT:
        path = fields[2] if len(fields) == 3 else ""
        return Notice(folder_id, what, path=path, own=own) if path.startswith("/Users/") else None
    if len(fields) != 5 or not _NUMBER.fullmatch(fields[3]):
        return None
    point = SyncPoint(fields[2], int(fields[3])) if fields[2] else None
    return Notice(folder_id, what, name=fields[4], point=point, own=own)
