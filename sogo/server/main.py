"""`sogod`: the command line. Reads the configuration, hands it to the supervisor, says in one line what is wrong.

    sogod [--config FILE] [--user NAME] [--allow-root] [--foreground] [--check-config] [--version] [-Key value …]

Every `-Key value` pair overrides the configuration, as with the original (`-WOPort 127.0.0.1:20000`).
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import pwd
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

import sogo
from sogo.errors import ConfigError
from sogo.http import logs
from sogo.server import daemon, supervisor
from sogo.server.settings import ServerSettings
from sogo.server.worker import MakeApp, WorkerContext

logger = logging.getLogger(__name__)

EXIT_REFUSED = 255
EXIT_USAGE = 64
USAGE = """\
usage: sogod [options] [-Key value ...]

options:
  --config FILE    read FILE instead of the files under /etc/sogo and ~/GNUstep
  --user NAME      become this user after binding the port
  --allow-root     serve as root all the same
  --foreground     stay in the foreground, log to the console unless WOLogFile is given here
  --check-config   read the configuration, say what is wrong with it, and end
  --version        say the version and end
  --help           this text

Every -Key value pair overrides the configuration, such as -WOPort 127.0.0.1:20000 -WOWorkersCount 8.
"""


@dataclass(frozen=True, slots=True)
class Arguments:
    """The command line. `rest` are the -Key value pairs, for the configuration."""

    config_file: Path | None = None
    user: str | None = None
    allow_root: bool = False
    foreground: bool = False
    check_config: bool = False
    show_version: bool = False
    show_help: bool = False
    rest: tuple[str, ...] = ()


_FLAGS = {
    "--allow-root": "allow_root",
    "--foreground": "foreground",
    "--check-config": "check_config",
    "--version": "show_version",
    "--help": "show_help",
    "-h": "show_help",
}
_VALUED = {"--config": "config_file", "--user": "user"}


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Part our own options from the -Key value pairs, whose values may look like anything. Raises ConfigError."""
    found: dict[str, str | bool | Path] = {}
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            found[_FLAGS[word]] = True
        elif name in _VALUED:
            text = value if equals else next(words, "")
            if not text:
                raise ConfigError(f"{name} needs a value. Try sogod --help.")
            found[_VALUED[name]] = Path(text) if name == "--config" else text
        elif word.startswith("--"):
            raise ConfigError(f"There is no option {word}. Try sogod --help.")
        else:
            rest += [word, *([following] if (following := next(words, None)) is not None else [])]
    return Arguments(**found, rest=tuple(rest))  # type: ignore[arg-type]


def main(argv: Sequence[str] | None = None) -> int:
    """Run sogod; returns its exit code: 0, 64 for wrong options, 255 for what cannot be served."""
    try:
        arguments = parse_arguments(sys.argv[1:] if argv is None else argv)
    except ConfigError as error:
        return _complain(error, EXIT_USAGE)
    if arguments.show_help:
        print(USAGE, end="")
        return 0
    if arguments.show_version:
        print(f"sogod {sogo.__version__}")
        return 0
    try:
        return _serve(arguments)
    except ConfigError as error:
        return _complain(error, EXIT_REFUSED)


def _serve(arguments: Arguments) -> int:
    if not arguments.check_config:
        daemon.refuse_root(user=arguments.user, allow_root=arguments.allow_root)

    def load() -> tuple[ServerSettings, MakeApp]:
        from sogo.conf.load import load_config
        from sogo.conf.startup import startup_problems, startup_warnings
        from sogo.server import wiring

        config = load_config(
            arguments.rest, environ=os.environ, config_file=arguments.config_file, home=_home_of(arguments.user)
        )
        # Before any refusal: a misspelt name is often why something is missing.
        _warn(config.warnings)
        for problem in startup_problems(config, environ=os.environ):
            raise problem
        settings = adjusted(wiring.server_settings(config), arguments)
        wiring.check(config)
        _warn(startup_warnings(config))

        async def make_app(context: WorkerContext) -> web.Application:
            return await wiring.make_app(config, context)

        return settings, make_app

    _log_to_console()
    settings, make_app = load()
    if arguments.check_config:
        print("The configuration can be served.")
        return 0
    return supervisor.run(settings, make_app, reload=load)


def _warn(texts: Sequence[str]) -> None:
    for text in texts:
        logger.warning("configuration: %s", text)


def _home_of(user: str | None) -> Path | None:
    """The home of the user the daemon will be, whose GNUstep defaults count; None for the one who starts it."""
    try:
        return Path(pwd.getpwnam(user).pw_dir) if user else None
    except KeyError:
        raise ConfigError(f"There is no user {user!r}; --user wants the name of one.") from None


def adjusted(settings: ServerSettings, arguments: Arguments) -> ServerSettings:
    """The settings with what the command line says. --foreground logs to the console, unless a log file is named
    there, too."""
    settings = replace(settings, user=arguments.user, allow_root=arguments.allow_root)
    if not arguments.foreground:
        return settings
    log_file = settings.log_file if "-WOLogFile" in arguments.rest else "-"
    return replace(settings, detach=False, log_file=log_file)


def _log_to_console() -> None:
    """Until the configuration says where the log goes, warnings go to the terminal, in the machine's own time."""
    logs.set_up(style=logs.LogStyle.TEXT, zone=dt.datetime.now().astimezone().tzinfo or dt.UTC)


def _complain(error: ConfigError, code: int) -> int:
    print(f"sogod: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
