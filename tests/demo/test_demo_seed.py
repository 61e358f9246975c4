"""The whole demo on SQLite: made through the services, complete, and never made twice."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sogo.conf.load import load_config
from sogo.demo.__main__ import FALLBACK_ZONE, machine_zone, main
from sogo.demo.contacts import contact_items
from sogo.demo.content import calendar_items
from sogo.demo.people import ANNA, BEN, CHLOE, PASSWORD, RESOURCES, TEAM
from sogo.demo.seed import as_user, seed
from sogo.demo.setup import Place, add_people, prepare
from sogo.errors import BadCredentials, Forbidden
from sogo.mail.sendmail import SendmailTransport
from sogo.mail.transport import Envelope
from sogo.model.folder import PERSONAL, FolderKind
from sogo.secret import Secret
from sogo.server.wiring import open_site
from sogo.service.folders import FolderService
from sogo.service.objects import ObjectService
from sogo.service.site import Site

BERLIN, TODAY = ZoneInfo("Europe/Berlin"), dt.date(2026, 11, 24)
Count = Counter[tuple[str, FolderKind]]


async def test_everybody_finds_everything_of_theirs_also_after_a_run_that_was_cut_short(tmp_path: Path) -> None:
    place = Place(tmp_path)
    prepare(place, zone="Europe/Berlin")
    config = load_config([], environ=os.environ, config_file=place.configuration)
    assert not config.warnings
    async with open_site(config) as (site, _):
        assert await seed(site, TODAY, BERLIN) == await seed(site, TODAY, BERLIN)
        found = await _count(site)
    expected = Counter((item.owner.login, item.kind) for item in (*calendar_items(TODAY, BERLIN), *contact_items()))
    assert found == expected


async def test_the_people_log_in_with_the_password_of_the_guide_and_no_other(tmp_path: Path) -> None:
    place = Place(tmp_path)
    prepare(place, zone="Europe/Berlin")
    add_people(place)
    config = load_config([], environ=os.environ, config_file=place.configuration)
    async with open_site(config) as (site, _):
        user = await site.directory.authenticate(ANNA.login, Secret(PASSWORD))
        assert (user.user_id, user.cn, user.email) == (ANNA.login, ANNA.name, ANNA.email)
        with pytest.raises(BadCredentials):
            await site.directory.authenticate(ANNA.login, Secret("another"))


async def test_what_is_shared_is_written_read_or_seen_as_times_only(tmp_path: Path) -> None:
    place = Place(tmp_path)
    prepare(place, zone="Europe/Berlin")
    add_people(place)
    config = load_config([], environ=os.environ, config_file=place.configuration)
    async with open_site(config) as (site, _):
        await seed(site, TODAY, BERLIN)
        anna, ben, chloe = map(as_user, (ANNA, BEN, CHLOE))
        folders, objects = FolderService(site), ObjectService(site)
        team = await folders.find(ben, anna, FolderKind.CALENDAR, "team")
        text = (await objects.load(team, "closed.ics")).content or ""
        await objects.save(team, "closed.ics", text.replace("oven", "cellar").encode())
        shop = await folders.find(anna, ben, FolderKind.CALENDAR, "shop")
        with pytest.raises(Forbidden):
            await objects.save(shop, "market.ics", ((await objects.load(shop, "market.ics")).content or "").encode())
        family = await folders.find(ben, chloe, FolderKind.CALENDAR, "family")
        seen = (await objects.load(family, "swimming.ics")).content or ""
        assert "RRULE:FREQ=WEEKLY" in seen
        assert "Swimming" not in seen
        for room in map(as_user, RESOURCES):
            assert (await folders.find(ben, room, FolderKind.CALENDAR, PERSONAL)).folder.owner == room.user_id


async def test_what_is_written_in_the_demo_is_told_by_files(tmp_path: Path) -> None:
    """The program of its sogo.conf takes a mail as sendmail would, and puts it into a folder."""
    place = Place(tmp_path / "my demo's")
    prepare(place, zone="Europe/Berlin")
    system = load_config([], environ=os.environ, config_file=place.configuration).system
    message = b"Subject: x\r\n\r\nhello\r\n"
    envelope = Envelope("anna@example.org", "-oops@example.org", message)
    await SendmailTransport(system.send_mail).send(envelope, None)
    (found,) = place.mails.iterdir()
    assert found.read_bytes() == message.replace(b"\r\n", b"\n")


def test_a_second_start_leaves_what_people_did_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["demo", str(tmp_path / "state")])
    assert main() == 0
    assert "Made a demo" in capsys.readouterr().err
    database = tmp_path / "state" / "sogo.db"
    before = database.read_bytes()
    assert main() == 0
    assert capsys.readouterr().err == ""
    assert database.read_bytes() == before


def test_the_machine_s_own_zone_is_used_but_not_utc(tmp_path: Path) -> None:
    assert machine_zone(tmp_path) == FALLBACK_ZONE
    (tmp_path / "timezone").write_text("Etc/UTC\n")
    assert machine_zone(tmp_path) == FALLBACK_ZONE
    (tmp_path / "timezone").write_text("America/Sao_Paulo\n")
    assert machine_zone(tmp_path) == "America/Sao_Paulo"


async def _count(site: Site) -> Count:
    folders, objects = FolderService(site), ObjectService(site)
    found: Count = Counter()
    for user in map(as_user, (*TEAM, *RESOURCES)):
        for kind in FolderKind:
            for view in await folders.home(user, user, kind):
                async for batch in objects.entries(view, content=True):
                    found[user.user_id, kind] += len(batch)
    return found
