"""The command line of sogod."""

import subprocess
import sys
from pathlib import Path

import pytest

from sogo.errors import ConfigError
from sogo.server import supervisor
from sogo.server.main import EXIT_REFUSED, EXIT_USAGE, Arguments, adjusted, main, parse_arguments
from sogo.server.settings import ServerSettings
from sogo.server.worker import MakeApp


def test_our_options_are_parted_from_the_parameters() -> None:
    argv = ["-WOPort", "127.0.0.1:20000", "--config", "/a", "-WONoDetach", "YES", "--user=sogo", "--foreground"]
    assert parse_arguments(argv) == Arguments(
        config_file=Path("/a"),
        user="sogo",
        foreground=True,
        rest=("-WOPort", "127.0.0.1:20000", "-WONoDetach", "YES"),
    )


def test_the_value_of_a_parameter_may_look_like_an_option() -> None:
    assert parse_arguments(["-WOLogFile", "--version"]).rest == ("-WOLogFile", "--version")


def test_a_parameter_without_a_value_is_handed_on_for_the_configuration_to_judge() -> None:
    assert parse_arguments(["-WOPort"]).rest == ("-WOPort",)


@pytest.mark.parametrize("argv", [["--what"], ["--config"], ["--user"], ["--user="]])
def test_a_wrong_option_is_told_and_ends_with_64(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match=r"Try sogod --help|needs a value"):
        parse_arguments(argv)
    assert main(argv) == EXIT_USAGE
    assert capsys.readouterr().err.startswith("sogod: ")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("sogod ")


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for option in ("--config", "--user", "--allow-root", "--foreground", "--check-config", "--version"):
        assert option in text


def test_in_the_foreground_the_log_goes_to_the_console_unless_a_file_is_named_there_too() -> None:
    settings = ServerSettings(detach=True, log_file="/var/log/sogo/sogo.log")
    plain = adjusted(settings, Arguments(foreground=True))
    assert (plain.detach, plain.log_file) == (False, "-")
    named = adjusted(settings, Arguments(foreground=True, rest=("-WOLogFile", "/tmp/x")))
    assert named.log_file == settings.log_file


def test_user_and_root_come_from_the_command_line() -> None:
    settings = adjusted(ServerSettings(), Arguments(user="sogo", allow_root=True))
    assert (settings.user, settings.allow_root, settings.detach) == ("sogo", True, False)


SERVED = {
    "SOGoProfileURL": '"sqlite:////nowhere/sogo.db/profile"',
    "OCSFolderInfoURL": '"sqlite:////nowhere/sogo.db/folders"',
    "WOPidFile": '"/nowhere/sogo.pid"',
    "WOPort": "auto",
}
UNSERVED = [
    ({"SOGoProfileURL": '""'}, "SOGoProfileURL: This database URL is missing"),
    ({"OCSStoreURL": "nonsense"}, "OCSStoreURL: this is not a URL"),
    ({"OCSAclURL": '"sqlite:////nowhere/sogo.db/a-c-l"'}, "OCSAclURL: 'a-c-l' is not the name of a table"),
    ({"SOGoTimeZone": "Mars"}, "SOGoTimeZone: 'Mars' is no time zone"),
    ({"SOGoUserSources": "({ type = sql; id = a; viewURL = nonsense; })"}, "viewURL: this is not a URL"),
    ({"SOGoUserSources": "({ type = sql; id = a; })"}, "the user source 'a' has no viewURL"),
    ({"SOGoUserSources": "({ type = ldap; id = a; hostname = h; scope = DEEP; })"}, "no scope is called 'DEEP'"),
    (
        {"SOGoUserSources": "({ type = ldap; id = a; hostname = h; }, { type = ldap; id = a; hostname = i; })"},
        "two user sources have the id 'a'",
    ),
    ({"SOGoSecretType": "plain"}, "SOGoSecretValue: is missing"),
]


def write(file: Path, changes: dict[str, str]) -> Path:
    lines = (f"{name} = {value};" for name, value in (SERVED | changes).items())
    file.write_text("{\n" + "\n".join(lines) + "\n}\n")
    return file


def test_what_can_be_served_is_said_without_touching_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = """({ type = ldap; id = a; hostname = h.invalid; },
        { type = sql; id = b; viewURL = "postgresql://a:b@h.invalid/d/v"; canAuthenticate = YES; })"""
    file = write(tmp_path / "sogo.conf", {"SOGoUserSources": sources})
    assert main(["--check-config", "--config", str(file)]) == 0
    assert capsys.readouterr().out == "The configuration can be served.\n"


@pytest.mark.parametrize("way", [["--check-config"], [], ["--foreground"]], ids=["checked", "detaching", "foreground"])
@pytest.mark.parametrize(("changes", "says"), UNSERVED, ids=[says for _, says in UNSERVED])
def test_what_cannot_be_served_is_refused_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], changes: dict[str, str], says: str, way: list[str]
) -> None:
    file = write(tmp_path / "sogo.conf", changes)
    assert main([*way, "--allow-root", "--config", str(file)]) == EXIT_REFUSED
    told = capfd.readouterr()
    assert told.out == ""
    *warnings, line = told.err.splitlines()
    assert line.startswith("sogod: ")
    assert says in line
    assert all(" [WARN] configuration: " in warning for warning in warnings)


def test_a_reload_refuses_what_cannot_be_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "sogo.conf", {})
    reloads: list[supervisor.Reload] = []

    def run(settings: ServerSettings, make_app: MakeApp, *, reload: supervisor.Reload) -> int:
        reloads.append(reload)
        return 0

    monkeypatch.setattr(supervisor, "run", run)
    assert main(["--allow-root", "--config", str(file)]) == 0
    [reload] = reloads
    for changes, says in UNSERVED:
        write(file, changes)
        with pytest.raises(ConfigError) as refused:
            reload()
        assert says in str(refused.value)
    write(file, {"WOHttpAdaptorSendTimeout": "7"})
    assert reload()[0].connection.send_seconds == 7.0


def test_root_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert main(["--config", "/nowhere"]) == 255
    assert "Don't run SOGo as root!" in capsys.readouterr().err


def test_a_misspelt_name_is_told_before_what_is_missing_for_it(tmp_path: Path) -> None:
    file = tmp_path / "sogo.conf"
    file.write_text('{ SOGoProfilURL = "sqlite:////x/y/z"; }')
    command = [sys.executable, "-m", "sogo", "--config", str(file), "--allow-root", "--check-config"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).resolve().parents[2]
    )
    warning, refusal = done.stderr.splitlines()
    assert "did you mean SOGoProfileURL?" in warning
    assert refusal.startswith("sogod: SOGoProfileURL")
    assert done.returncode == 255
