"""The tsdav library for JavaScript, which many web applications use: `tsdav/story.mjs` tells what it does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.node import installed, run
from tests.e2e.server import PASSWORD, Server

pytestmark = pytest.mark.services

PROJECT = Path(__file__).parent / "tsdav"


@pytest.fixture(scope="session")
def project() -> Path:
    return installed(PROJECT)


def test_tsdav_finds_writes_syncs_and_deletes(server: Server, user: str, project: Path) -> None:
    environ = {"SERVER": server.url, "LOGIN": user, "PASSWORD": PASSWORD}
    told = json.loads(run(["story.mjs"], project, environ))
    assert told == {
        "calendars": ["personal"],
        "created": 201,
        "found": ["one@tsdav"],
        "outside": [],
        "changed": 204,
        "stale": 412,
        "synced": {"created": ["two.ics"], "updated": ["one.ics"], "deleted": ["three.ics"]},
        "deleted": 204,
        "left": ["two.ics"],
        "made": ["made", "personal"],
        "books": ["personal"],
        "card": 201,
        "cards": ["Ada Byron"],
        "wrong": "refused",
    }


def test_tsdav_invites_answers_moves_and_cancels(server: Server, user: str, project: Path) -> None:
    environ = {"SERVER": server.url, "CHAIR": user, "GUEST": next(server.free_users), "PASSWORD": PASSWORD}
    assert json.loads(run(["meeting.mjs"], project, environ)) == {
        "made": 201,
        "invited": ["NEEDS-ACTION"],
        "answered": 204,
        "heard": ["ACCEPTED"],
        "moved": 204,
        "asked": ["NEEDS-ACTION"],
        "cancelled": 204,
        "left": 0,
    }
