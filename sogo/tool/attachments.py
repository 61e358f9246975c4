"""sogo-tool attachments: drop the files that no event names any more (RFC 8607; docs/decisions.md)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import BinaryIO

from sogo.service.attachments import AttachmentService
from sogo.service.folders import FolderService
from sogo.service.objects import ObjectService
from sogo.service.site import Site

NAME = "attachments"
AT_MOST = 100_000
USAGE = """\
usage: sogo-tool attachments tidy

  tidy    drop what was attached to events more than a day ago and is in none of their owner any more, and uploads that
          were given up. Uploads do the same for their own user, some at a time
"""


async def run(site: Site, words: Sequence[str], _: BinaryIO) -> int:
    """Returns the exit code."""
    if list(words) != ["tidy"]:
        print(USAGE, end="", file=sys.stderr)
        return 255
    service = AttachmentService(site, FolderService(site), ObjectService(site))
    dropped = await service.tidy(limit=AT_MOST) if site.attachments.is_there else 0
    print(f"{dropped} attachments were dropped.")
    return 0
