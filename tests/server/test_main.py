"""The command line of sogod."""

from pathlib import Path

import pytest

from sogo.errors import ConfigError
from sogo.server.main import EXIT_USAGE, Arguments, adjusted, main, parse_arguments
from sogo.server.settings import ServerSettings


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


def test_root_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert main(["--config", "/nowhere"]) == 255
    assert "Don't run SOGo as root!" in capsys.readouterr().err
