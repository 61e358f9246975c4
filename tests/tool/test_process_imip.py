"""The command that a mail system runs: what it says and with which code it ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sogo.errors import StoreUnavailable
from sogo.tool import process_imip
from tests.e2e.server import ROOT, USERS, sqlite_database
from tests.support.house import House, open_house
from tests.support.imip import TRUSTED, mail, message
from tests.support.site import configuration, people_script

ANN = "ann@elsewhere.org"
INVITATION = message("REQUEST", "m", ANN, {"ben": "NEEDS-ACTION"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for made in open_house(tmp_path, SOGoIMIPTrustedAuthservers=[TRUSTED.upper()]):
        yield made


async def run(house: House, *words: str, octets: bytes) -> int:
    return await process_imip.run(house.site, words, io.BytesIO(octets))


async def test_what_was_done_is_told_in_a_line(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(house, "ben", octets=mail(ANN, INVITATION)) == 0
    assert capsys.readouterr().out == "REQUEST m from ann@elsewhere.org: added\n"
    assert await run(house, "ben@example.org", octets=mail(ANN, INVITATION)) == 0
    assert capsys.readouterr().out == "REQUEST m from ann@elsewhere.org: nothing to do\n"
    assert await run(house, "ben", octets=mail(ANN, INVITATION, results=None)) == 0
    assert capsys.readouterr().out == (
        "REQUEST from ann@elsewhere.org: refused - nobody vouches that the mail is from ann@elsewhere.org\n"
    )
    assert await run(house, "ben", octets=b"From: x@example.org\r\n\r\nHello") == 0
    assert capsys.readouterr().out == "nothing to do: the mail brings no message of scheduling\n"


async def test_the_codes_are_those_that_mail_systems_know(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await run(house, octets=b"") == 64
    assert await run(house, "ben", octets=b"\x00 no mail") == 65
    broken = mail(ANN, INVITATION.replace("BEGIN:VCALENDAR", "BEGIN:VCAL"))
    assert await run(house, "ben", octets=broken) == 65
    assert await run(house, "nobody", octets=mail(ANN, INVITATION)) == 67
    house.people.away = True
    assert await run(house, "ben", octets=mail(ANN, INVITATION)) == 75
    house.people.away = False

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(type(house.site.folders), "holdings", away)
    assert await run(house, "ben", octets=mail(ANN, INVITATION)) == 75


async def test_without_trusted_servers_nothing_is_believed_unless_the_site_wants_it(tmp_path: Path) -> None:
    async for house in open_house(tmp_path):
        found = process_imip._read(house.site, mail(ANN, INVITATION))
        assert not found.sender.is_believed
    (tmp_path / "2").mkdir()
    async for house in open_house(tmp_path / "2", SOGoIMIPAcceptUnverified="YES"):
        assert await run(house, "ben", octets=mail(ANN, INVITATION, results=None)) == 0
        listed = await house.client("ben").propfind("/SOGo/dav/ben/Calendar/personal/", "D:getetag", depth="1")
        assert len(listed.hrefs) == 2


def test_as_a_program_with_a_mail_on_its_standard_input(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path)
    database.run(people_script())
    settings = f'SOGoIMIPTrustedAuthservers = ("{TRUSTED}");'
    conf = tmp_path / "sogo.conf"
    conf.write_text(configuration(database.url, memcached_port=1, single=True, settings=settings))
    user = next(iter(USERS))
    sent = mail(ANN, message("REQUEST", "m", ANN, {user: "NEEDS-ACTION"}))

    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "sogo.server.tool", "--config", str(conf), "process-imip", *words]
        return subprocess.run(command, input=sent, capture_output=True, cwd=ROOT, env=os.environ, check=False)

    assert (run(user).stdout, run(user).stdout) == (
        b"REQUEST m from ann@elsewhere.org: added\n", b"REQUEST m from ann@elsewhere.org: nothing to do\n"
    )  # fmt: skip
    away = run(user, "-OCSFolderInfoURL", "postgresql://sogo:x@127.0.0.1:1/sogo/sogo_folder_info")
    assert (away.returncode, away.stdout) == (75, b"")
