"""`sogo-ealarms-notify` as cron calls it."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from sogo.conf.load import load_config
from sogo.model.calendar_object import check
from sogo.model.folder import FolderKind
from sogo.server.ealarms import main
from sogo.server.wiring import open_site
from sogo.service.alarms import AlarmService
from tests.support.house import event
from tests.support.mails import read

TABLES = {
    "SOGoProfileURL": "sogo_user_profile", "OCSFolderInfoURL": "sogo_folder_info", "OCSStoreURL": "sogo_store",
    "OCSAclURL": "sogo_acl", "OCSCacheFolderURL": "sogo_cache_folder", "OCSEMailAlarmsFolderURL": "sogo_alarms_folder",
}  # fmt: skip


def configure(folder: Path, **more: str) -> Path:
    """A site of one user, Ada, whose mail goes to a file for each recipient."""
    sendmail = folder / "sendmail"
    sendmail.write_text(f'#!/bin/sh\ncat > "{folder}/to-$5"\n')
    sendmail.chmod(0o755)
    urls = {key: f'"sqlite:///{folder}/sogo.db/{table}"' for key, table in TABLES.items()}
    values = urls | {
        "SOGoEnableEMailAlarms": "YES", "WOSendMail": f'"{sendmail}"', "SOGoMemcachedHost": '""',
        "SOGoUserSources": f'({{ type = sql; id = u; viewURL = "sqlite:///{folder}/sogo.db/people"; canAuthenticate = YES; }})',
    } | more  # fmt: skip
    file = folder / "sogo.conf"
    file.write_text("{\n" + "".join(f"{key} = {value};\n" for key, value in values.items()) + "}\n")
    return file


async def with_alarms(file: Path, seconds: int) -> None:
    """An event whose alarm rings in so many seconds from now, noted as a write would note it."""
    config = load_config([], environ={}, config_file=file)
    start = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(seconds=seconds)
    text = event("a", start.strftime("%Y%m%dT%H%M%SZ"), "BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:PT0S", "END:VALARM")
    async with open_site(config) as (site, store):
        engine = store.databases.engine(store.settings.folder_info_url)
        await engine.run("CREATE TABLE people (c_uid text, c_name text, c_password text, c_cn text, mail text)")
        await engine.execute("INSERT INTO people VALUES ('ada', 'ada', 'x', 'Ada Byron', 'ada@example.com')")
        folder = await site.folders.create_folder("ada", FolderKind.CALENDAR, "personal", "Personal")
        obj, ada = check(text), await site.directory.find_user("ada")
        assert ada is not None
        await site.folders.save(folder, "a.ics", text, {})
        before = start - dt.timedelta(days=1)
        service = AlarmService(site)
        await service._note(ada, folder, "a.ics", obj, before)


async def counts(file: Path) -> dict[str, int]:
    async with open_site(load_config([], environ={}, config_file=file)) as (site, _):
        return {state.value: number for state, number in (await site.post.mails.counts()).items() if number}


def test_a_due_alarm_is_sent_at_once(tmp_path: Path) -> None:
    file = configure(tmp_path)
    asyncio.run(with_alarms(file, -120))
    assert main(["--config", str(file)]) == 0
    found = read((tmp_path / "to-ada@example.com").read_bytes().replace(b"\n", b"\r\n"))
    assert str(found["Subject"]).startswith('Reminder: "Event a" - ')
    assert asyncio.run(counts(file)) == {"sent": 1}
    (tmp_path / "to-ada@example.com").unlink()
    assert main(["--config", str(file)]) == 0
    assert not (tmp_path / "to-ada@example.com").exists()


def test_what_the_mail_server_does_not_take_stays_in_the_queue(tmp_path: Path) -> None:
    file = configure(tmp_path, WOSendMail='"/nowhere/sendmail"')
    asyncio.run(with_alarms(file, -120))
    assert main(["--config", str(file)]) == 0
    assert asyncio.run(counts(file)) == {"waiting": 1}


def test_what_is_to_come_is_left(tmp_path: Path) -> None:
    file = configure(tmp_path)
    asyncio.run(with_alarms(file, 300))
    assert main(["--config", str(file)]) == 0
    assert asyncio.run(counts(file)) == {}


def test_it_says_so_where_alarms_are_off(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = configure(tmp_path, SOGoEnableEMailAlarms="NO")
    assert main(["--config", str(file)]) == 0
    assert "EMail alarms are disabled in the SOGo configuration." in capfd.readouterr().err


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["-x"], ["now"], ["-p"], ["-p", "file", "more"]])
def test_any_other_word_shows_the_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("usage: sogo-ealarms-notify [-p CREDENTIALFILE]")


@pytest.mark.parametrize("content", [None, "", "nobody", ":x", "\xff"])
def test_credentials_that_cannot_be_read_are_refused(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content.encode("latin-1"))
    assert main(["-p", str(tmp_path / "secret"), "--config", str(configure(tmp_path))]) == 255
    assert "credential file" in capsys.readouterr().err


def test_an_override_counts(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = configure(tmp_path)
    assert main(["--config", str(file), "-SOGoEnableEMailAlarms", "NO"]) == 0
    assert "disabled" in capfd.readouterr().err
