"""How much room a folder takes (RFC 4331). Neither property is in the answer to allprop, which would make each listing
count everything.

There is no quota-available-bytes: a site sets no limit of its own, and what the database has left is not a user's.
"""

from __future__ import annotations

from sogo.codec.davxml.names import dav
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import FOLDERS, HOMES


@prop(dav("quota-used-bytes"), on=FOLDERS | HOMES, rfc="4331 §4", needs=Need.USED)
def quota_used_bytes(item: Loaded) -> str | None:
    """The octets of all objects; of a home, those of its folders together."""
    used = item.beyond.used_bytes
    return str(used) if used is not None else None
