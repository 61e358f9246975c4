"""What the newcomer reads, and the port they get."""

from __future__ import annotations

import configparser
import os
import socket
from pathlib import Path

from sogo.demo.guide import guide, vdirsyncer_configuration, wait_until_it_answers
from sogo.demo.people import PASSWORD, TEAM
from sogo.demo.port import first_free


def test_the_guide_names_every_login_and_the_address() -> None:
    text = guide("http://127.0.0.1:20001", Path("/srv/demo"))
    assert all(f"{person.login} / {PASSWORD}" in text for person in TEAM)
    assert "http://127.0.0.1:20001/SOGo" in text
    assert "adb reverse tcp:20001 tcp:20001" in text
    assert "{" not in text.replace("{}", "")


def test_the_vdirsyncer_set_up_is_a_sound_file_of_its_kind() -> None:
    parsed = configparser.ConfigParser()
    parsed.read_string(vdirsyncer_configuration("http://127.0.0.1:20001", Path("/srv/demo")))
    for pair in ("pair calendars", "pair contacts"):
        for side in ("a", "b"):
            assert f"storage {parsed[pair][side].strip(chr(34))}" in parsed


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert first_free("127.0.0.1", port, 1) is None
        found = first_free("127.0.0.1", port)
        assert found is not None
        assert found > port


def test_nobody_waits_for_a_server_that_has_ended() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    assert not wait_until_it_answers("http://127.0.0.1:1", child)
