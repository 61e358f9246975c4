"""The example for systemd starts what is installed, with options that there are."""

from __future__ import annotations

import tomllib

from sogo.server.main import USAGE
from tests.house.source import ROOT

UNIT = (ROOT / "etc/sogod.service").read_text()


def _values(key: str) -> list[str]:
    return [line.partition("=")[2] for line in UNIT.splitlines() if line.startswith(f"{key}=")]


def test_the_unit_starts_an_installed_command_with_options_it_has() -> None:
    command, *words = _values("ExecStart")[0].split()
    installed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert command.rpartition("/")[2] in installed
    options = [word for word in words if word.startswith("-")]
    assert options
    assert not [option for option in options if f"  {option}" not in USAGE]


def test_the_unit_waits_for_the_word_of_the_server_and_serves_as_nobody_special() -> None:
    """READY=1, RELOADING=1 and WATCHDOG=1 are sent by server/notify.py."""
    assert _values("Type") == ["notify"]
    assert _values("WatchdogSec")
    assert "--foreground" in _values("ExecStart")[0]
    assert _values("User") == ["sogo"]
    assert _values("NoNewPrivileges") == ["yes"]


def test_the_readme_installs_the_server_where_the_unit_looks_for_it() -> None:
    readme = (ROOT / "README.md").read_text()
    assert _values("ExecStart")[0].split()[0] in readme
    assert "etc/sogod.service" in readme
