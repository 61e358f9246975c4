"""`sogo-ealarms-notify`: mails the e-mail alarms that are due, and sends them at once (tools.md §3.2). To run every
minute, on one host or several."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sogo.conf.levels import Config
from sogo.conf.load import load_config
from sogo.errors import ConfigError, SogoError
from sogo.http import logs
from sogo.mail.transport import MailLogin
from sogo.secret import Secret
from sogo.server.wiring import open_site
from sogo.service.alarms import AlarmService
from sogo.service.site import Site

EXIT_REFUSED = 255
USAGE = """\
usage: sogo-ealarms-notify [-p CREDENTIALFILE] [--config FILE] [-Key value ...]

  -p  a file with user:password in its first line, to log in to the SMTP server with. Where SOGoSMTPMasterUserEnabled
      is set, that account is used

To be run every minute. What the mail server does not take now is sent later by sogod.
"""
MOST = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says. `overrides` are -Key value pairs."""

    credentials: Path | None
    config_file: Path | None
    overrides: Sequence[str]


def main(argv: Sequence[str] | None = None) -> int:
    logs.set_up(style=logs.LogStyle.TEXT, zone=dt.datetime.now().astimezone().tzinfo or dt.UTC)
    wish = _read_words(list(sys.argv[1:] if argv is None else argv))
    if wish is None:
        print(USAGE, end="")
        return 0
    try:
        login = _read_login(wish.credentials) if wish.credentials is not None else None
        config = load_config(wish.overrides, environ=os.environ, config_file=wish.config_file)
        if not config.system.enable_email_alarms:
            log.info("EMail alarms are disabled in the SOGo configuration.")
            return 0
        asyncio.run(_run(config, login))
    except (ConfigError, SogoError) as error:
        print(f"sogo-ealarms-notify: {error}", file=sys.stderr)
        return EXIT_REFUSED
    return 0


def _read_words(words: list[str]) -> Wish | None:
    """None for what is to be answered by the usage."""
    files: dict[str, Path] = {}
    while words and words[0] in ("-p", "--config"):
        if len(words) < 2:
            return None
        files[words[0]] = Path(words[1])
        words = words[2:]
    if words and not (words[0].startswith("-") and words[0][1:2].isupper()):
        return None
    return Wish(files.get("-p"), files.get("--config"), words)


def _read_login(path: Path) -> MailLogin:
    """Raises ConfigError for a file that cannot be read or says something else."""
    try:
        line = path.read_text("utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The credential file {path} cannot be read.") from error
    name, colon, password = line.partition(":")
    if not colon or not name:
        raise ConfigError(f"The credential file {path} does not say user:password.")
    return MailLogin(name, Secret(password))


async def _run(config: Config, login: MailLogin | None) -> None:
    async with open_site(config) as (site, _):
        if not (site.alarms.is_there and site.post.mails.is_there):
            raise ConfigError("E-mail alarms need OCSEMailAlarmsFolderURL and a database that lets tables be made.")
        await notify(site, login)


async def notify(site: Site, login: MailLogin | None) -> int:
    """Ring, and try each mail once; how many there were. What fails stays in the queue."""
    made = set(await AlarmService(site).ring(site.clock()))
    for seen in await site.post.mails.due(MOST) if made else ():
        if seen.id in made:
            own = site.post.routes.of(seen.domain).login
            await site.post.delivery.attempt(seen, login if own is None else own)
    return len(made)


if __name__ == "__main__":
    sys.exit(main())
