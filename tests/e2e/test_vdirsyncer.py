"""vdirsyncer, two copies of a person's folders on two computers, both syncing with the server in both directions."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.server import PASSWORD, Server

pytestmark = pytest.mark.services
on_sqlite = pytest.mark.parametrize("server", ["sqlite"], indirect=True)
"""For stories whose point is the client: the two that write everything run on every database."""

PROGRAM = str(Path(sys.executable).parent / "vdirsyncer")

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20261101T100000Z
DTSTART:20261201T100000Z
DTEND:20261201T110000Z
SUMMARY:{title}
END:VEVENT
END:VCALENDAR
"""
CARD = """BEGIN:VCARD
VERSION:3.0
UID:{uid}
FN:{title}
N:{title};;;;
EMAIL;TYPE=WORK:{uid}@example.org
END:VCARD
"""


@dataclass(frozen=True)
class Kind:
    storage: str
    ending: str
    template: str
    title_of: str


KINDS = {"calendar": Kind("caldav", ".ics", EVENT, "SUMMARY:"), "contacts": Kind("carddav", ".vcf", CARD, "FN:")}


class Computer:
    """One vdir with its own vdirsyncer configuration and state."""

    def __init__(self, folder: Path, server: Server, user: str, kind: Kind, conflict: str = "") -> None:
        self.folder, self.kind = folder, kind
        self.vdir = folder / "vdir"
        self.vdir.mkdir(parents=True)
        self.configuration = folder / "config"
        resolution = f'conflict_resolution = "{conflict}"' if conflict else ""
        self.configuration.write_text(f"""
[general]
status_path = "{folder / "status"}"

[pair one]
a = "here"
b = "there"
collections = ["personal"]
metadata = ["displayname"]
{resolution}

[storage here]
type = "filesystem"
path = "{self.vdir}"
fileext = "{kind.ending}"

[storage there]
type = "{kind.storage}"
url = "{server.url}/"
username = "{user}"
password = "{PASSWORD}"
""")
        self.run("discover", answers="y\n" * 20)

    def run(self, *arguments: str, answers: str = "", expect_failure: bool = False) -> str:
        done = subprocess.run(
            [PROGRAM, "-v", "WARNING", "-c", str(self.configuration), *arguments],
            input=answers, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is expect_failure, said
        return said

    def sync(self, *, expect_failure: bool = False) -> str:
        return self.run("sync", expect_failure=expect_failure)

    def path(self, uid: str) -> Path:
        """Where the item of a UID lies; new ones go to personal/."""
        for path in self.vdir.rglob(f"*{self.kind.ending}"):
            if f"UID:{uid}" in path.read_text().splitlines():
                return path
        return self.vdir / "personal" / f"{uid}{self.kind.ending}"

    def write(self, uid: str, title: str) -> None:
        path = self.path(uid)
        path.write_text(self.kind.template.format(uid=uid, title=title).replace("\n", "\r\n"))

    def delete(self, uid: str) -> None:
        self.path(uid).unlink()

    def titles(self) -> dict[str, str]:
        """UID -> title of everything here."""
        found = {}
        for path in self.vdir.rglob(f"*{self.kind.ending}"):
            lines = path.read_text().splitlines()
            uid = next(line for line in lines if line.startswith("UID:"))[4:]
            found[uid] = next(line for line in lines if line.startswith(self.kind.title_of)).partition(":")[2]
        return found


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def test_what_one_computer_writes_changes_and_deletes_reaches_the_other(
    server: Server, user: str, kind: Kind, tmp_path: Path
) -> None:
    desk, lap = (Computer(tmp_path / name, server, user, kind) for name in ("desk", "lap"))
    for number in range(12):
        desk.write(f"item-{number}", f"Title {number}")
    desk.sync()
    lap.sync()
    assert lap.titles() == {f"item-{number}": f"Title {number}" for number in range(12)}

    lap.write("item-1", "Changed on the lap")
    lap.delete("item-2")
    lap.write("item-new", "Made on the lap")
    desk.write("item-3", "Changed on the desk")
    desk.delete("item-4")
    lap.sync()
    desk.sync()
    lap.sync()
    expected = {f"item-{number}": f"Title {number}" for number in range(12) if number not in (1, 2, 3, 4)}
    expected |= {"item-1": "Changed on the lap", "item-3": "Changed on the desk", "item-new": "Made on the lap"}
    assert desk.titles() == lap.titles() == expected


@on_sqlite
def test_a_second_sync_has_nothing_to_do(server: Server, user: str, kind: Kind, tmp_path: Path) -> None:
    desk = Computer(tmp_path / "desk", server, user, kind)
    desk.write("only", "Only one")
    desk.sync()
    before = {path: path.stat().st_mtime_ns for path in desk.vdir.rglob("*")}
    desk.sync()
    assert {path: path.stat().st_mtime_ns for path in desk.vdir.rglob("*")} == before


@on_sqlite
def test_a_conflict_is_refused_when_nobody_said_who_wins(server: Server, user: str, kind: Kind, tmp_path: Path) -> None:
    desk, lap = _both_changed(server, user, kind, tmp_path, conflict="")
    said = lap.sync(expect_failure=True)
    assert "conflict" in said.lower()
    assert lap.titles() == {"shared": "From the lap"}
    desk.sync()
    assert desk.titles() == {"shared": "From the desk"}


def test_a_conflict_ends_as_its_owner_decided_and_both_agree(
    server: Server, user: str, kind: Kind, tmp_path: Path
) -> None:
    desk, lap = _both_changed(server, user, kind, tmp_path, conflict="a wins")
    lap.sync()
    desk.sync()
    assert desk.titles() == lap.titles() == {"shared": "From the lap"}


@on_sqlite
def test_a_conflict_can_be_left_to_the_server(server: Server, user: str, kind: Kind, tmp_path: Path) -> None:
    _, lap = _both_changed(server, user, kind, tmp_path, conflict="b wins")
    lap.sync()
    assert lap.titles() == {"shared": "From the desk"}


@on_sqlite
def test_deleted_on_one_side_and_changed_on_the_other_keeps_the_change(
    server: Server, user: str, kind: Kind, tmp_path: Path
) -> None:
    desk, lap = (Computer(tmp_path / name, server, user, kind) for name in ("desk", "lap"))
    desk.write("shared", "First")
    desk.write("other", "Stays")
    desk.sync()
    lap.sync()
    desk.delete("shared")
    desk.sync()
    lap.write("shared", "Still wanted")
    lap.sync()
    desk.sync()
    assert desk.titles() == lap.titles() == {"shared": "Still wanted", "other": "Stays"}


def _both_changed(server: Server, user: str, kind: Kind, tmp_path: Path, *, conflict: str) -> tuple[Computer, Computer]:
    """Two computers that have the same item, changed on both; the desk has synced its change already."""
    desk, lap = (Computer(tmp_path / name, server, user, kind, conflict) for name in ("desk", "lap"))
    desk.write("shared", "First")
    desk.sync()
    lap.sync()
    desk.write("shared", "From the desk")
    lap.write("shared", "From the lap")
    desk.sync()
    return desk, lap
