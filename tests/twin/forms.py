"""The story and everything that must hold after it, for one form of the tables."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.original import is_installed
from tests.support.rows import SiteRows
from tests.support.services import MariaDB, PostgreSQL
from tests.twin import check
from tests.twin.readers import WHATS
from tests.twin.site import Twins
from tests.twin.story import WRITERS, Story

NOT_HERE = "the original is not installed (Debian's package sogo), so nothing was shown of living beside it"


def require_the_original() -> None:
    if not is_installed():
        pytest.skip(NOT_HERE)


def tell_and_check(service: PostgreSQL | MariaDB, database: str, *, single: bool, objects: int, rows: int) -> None:
    """`objects` names are written; at least `rows` of them must have been compared in the end."""
    require_the_original()
    with Twins(service, database, single=single, workers=3) as twins:
        story = Story(twins, objects)
        story.tell()
        answered = readings_by_worker(twins.ours.log)
        found = check.Findings(wrong=story.ledger.failures)
        shown = check.check_shown(story, found)
        check.check_mirrors(story, found, shown)
        with SiteRows(twins.ours.folder / "sogo.conf") as site:
            check.check_tables(story, found, site)
            check.check_rows(story, found, site, check.written(story, shown))
    print(story.heard, story.seen, story.moved, [follower.rounds for follower in story.followers])
    read = sum((reader.answers for reader in story.readers), Counter())
    print(read, answered)
    print(found.compared, found.deliberate, story.ledger.statuses, sep="\n")
    assert not found.wrong, "\n".join([f"{len(found.wrong)} differences", *found.wrong[:40]])
    assert found.deliberate[check.LATE] <= objects / 50
    assert found.compared[check.ROWS + "original"] + found.compared[check.ROWS + "ours"] >= rows
    assert len(story.disturbed) == 5, story.disturbed
    assert min(story.seen, story.moved, story.heard, *(follower.rounds for follower in story.followers)) >= 10
    assert min(read[what] for what in WHATS) >= 10, read
    assert sum(count >= 10 for count in answered.values()) >= 3, answered


def readings_by_worker(log: Path) -> Counter[str]:
    """How many requests for what is written each worker of ours has answered, by its process."""
    users = "|".join(WRITERS)
    pattern = rf'sogod \[(\d+)\]: \S+ "(?:GET|PROPFIND|REPORT) /SOGo/dav/(?:{users})/'
    return Counter(re.findall(pattern, log.read_text(errors="replace")))
