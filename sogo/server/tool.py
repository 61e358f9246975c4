"""`sogo-tool`: reads the configuration, opens the site and hands both to a command of `sogo.tool`."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sogo.conf.levels import Config
from sogo.conf.load import load_config
from sogo.errors import ConfigError, SogoError
from sogo.http import logs
from sogo.server.mapping import store_settings
from sogo.server.wiring import open_site
from sogo.store.sql import open_store
from sogo.tool import attachments, change_order, mail_queue, own_tables, process_imip

EXIT_REFUSED = 255
USAGE = f"""\
usage: sogo-tool [--config FILE] COMMAND [words ...] [-Key value ...]

commands:
  {attachments.NAME}     files attached to events that no event names any more: tidy
  {change_order.NAME}    put changes in order by database triggers: status, install, tidy, remove
  {mail_queue.NAME}      mails that wait or could not be sent: status, retry, drop
  {own_tables.NAME}      what SOGo 5 does not know in the database: status, remove
  {process_imip.NAME}    take in the invitations and answers of a mail on standard input, for a user
"""
_COMMANDS = {
    change_order.NAME: change_order.run,
    mail_queue.NAME: mail_queue.run,
    own_tables.NAME: own_tables.run,
}
_ON_SITE = {attachments.NAME: attachments.run, process_imip.NAME: process_imip.run}
_MAIL_SYSTEM = {process_imip.NAME: process_imip.EXIT_LATER}
"""Commands that a mail system runs: of them it wants to know that it may try again."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 255 for what is refused, as the original."""
    logs.set_up(style=logs.LogStyle.TEXT, zone=dt.datetime.now().astimezone().tzinfo or dt.UTC)
    words = list(sys.argv[1:] if argv is None else argv)
    command = ""
    if not words or words[0] in {"-h", "--help", "help"}:
        print(USAGE, end="")
        return 0 if words else EXIT_REFUSED
    try:
        config_file = _take_config(words)
        command, rest, overrides = _parted(words)
        config = load_config(overrides, environ=os.environ, config_file=config_file)
        return asyncio.run(_run(config, command, rest))
    except (ConfigError, SogoError) as error:
        print(f"sogo-tool: {error}", file=sys.stderr)
        return _MAIL_SYSTEM.get(command, EXIT_REFUSED)


def _take_config(words: list[str]) -> Path | None:
    if words[0] != "--config":
        return None
    if len(words) < 2:
        raise ConfigError("--config needs the path of a file.")
    del words[0]
    return Path(words.pop(0))


def _parted(words: Sequence[str]) -> tuple[str, list[str], list[str]]:
    """Command, its words, and the -Key value pairs that stand behind them (tools.md §1)."""
    command, *rest = words or [""]
    place = next((n for n, word in enumerate(rest) if word.startswith("-") and word[1:2].isupper()), len(rest))
    return command, rest[:place], rest[place:]


async def _run(config: Config, command: str, words: Sequence[str]) -> int:
    if command in _ON_SITE:
        async with open_site(config) as (site, _):
            return await _ON_SITE[command](site, words, sys.stdin.buffer)
    if command not in _COMMANDS:
        print(f"sogo-tool: there is no command {command[:40]!r}.\n{USAGE}", end="", file=sys.stderr)
        return EXIT_REFUSED
    store = open_store(store_settings(config))
    try:
        return await _COMMANDS[command](store, words)
    finally:
        await store.close()


if __name__ == "__main__":
    sys.exit(main())
