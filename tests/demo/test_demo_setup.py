"""The demo's folder: made once, kept afterwards."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from sogo.auth.password import verify
from sogo.demo.people import PASSWORD, TEAM
from sogo.demo.setup import SCHEME, Place, add_people, has_people, prepare, quoted


def test_the_folder_is_made_once_and_its_people_last(tmp_path: Path) -> None:
    place = Place(tmp_path / "state")
    assert prepare(place, zone="Europe/Berlin")
    assert not has_people(place)
    assert prepare(place, zone="Europe/Berlin"), "a preparation that was cut short is begun again"
    add_people(place)
    assert has_people(place)
    before = place.configuration.read_bytes()
    assert not prepare(place, zone="Asia/Tokyo")
    assert place.configuration.read_bytes() == before


def test_only_the_owner_reads_the_configuration_and_the_database(tmp_path: Path) -> None:
    place = Place(tmp_path / "state")
    prepare(place, zone="UTC")
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.configuration.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.database.stat().st_mode) == 0o600


def test_everybody_logs_in_and_nothing_is_stored_in_the_clear(tmp_path: Path) -> None:
    place = Place(tmp_path)
    prepare(place, zone="UTC")
    add_people(place)
    with closing(sqlite3.connect(place.database)) as database:
        stored = dict(database.execute("SELECT c_uid, c_password FROM sogo_users WHERE c_password IS NOT NULL"))
    assert stored.keys() == {person.login for person in TEAM}
    assert all(verify(text, PASSWORD, SCHEME) and PASSWORD not in text for text in stored.values())


def test_a_folder_with_a_blank_and_a_hash_makes_a_url_all_the_same(tmp_path: Path) -> None:
    place = Place(tmp_path / "my demo #1")
    assert "my%20demo%20%231/sogo.db/sogo_store" in place.url("sogo_store")
    prepare(place, zone="UTC")
    assert 'OCSStoreURL = "sqlite:////' in place.configuration.read_text()


def test_quotes_and_backslashes_are_escaped() -> None:
    assert quoted('a"b\\c') == '"a\\"b\\\\c"'
