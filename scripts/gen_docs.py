#!/usr/bin/env python3
"""Write docs/parameters.md and etc/sogo.conf.example from the table of parameters; `--check` only looks."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sogo.codec import plist  # noqa: E402
from sogo.conf.known import GONE  # noqa: E402
from sogo.conf.levels import Domain, System, User  # noqa: E402
from sogo.conf.parameters.sources import LdapSource, SqlSource  # noqa: E402
from sogo.conf.section import Honoured, Level, Parameter  # noqa: E402
from sogo.secret import Secret  # noqa: E402

MANUAL = ROOT / "docs" / "parameters.md"
EXAMPLE = ROOT / "etc" / "sogo.conf.example"

GROUPS = (
    "Databases",
    "User sources",
    "Keys of every user source",
    "Keys of an LDAP source",
    "Keys of an SQL source",
    "Processes, HTTP and cache",
    "Parameters the original does not have",
    "Authentication and security",
    "Preferences: general",
    "Calendars and contacts",
    "Preferences: calendars and contacts",
    "Mail",
    "Preferences: mail",
    "Sieve",
    "ActiveSync",
    "Web interface",
    "Debug switches",
    "Keys of the original's framework",
)

HEAD = """\
<!-- Written by scripts/gen_docs.py from sogo/conf/parameters/. Do not edit. -->

# Parameters

SOGo reads the files of SOGo 5 as they are: the same names, the same grammar, the same order. The value of a parameter
is that of the first of these that has it:

1. the command line, `-Name value` (`-p` is short for `-WOPort`)
2. `~/GNUstep/Defaults/sogod.plist`, or the key `sogod` of `~/GNUstep/Defaults/.GNUstepDefaults`
3. `/etc/sogo/sogo.conf`
4. `/etc/sogo/debconf.conf`
5. the default below

`--config FILE` takes the place of the three files. Merging is by parameter: a `domains` in one file hides that of the
next.

**Level** says where a parameter may stand. **S**: in the files. **D**: also in a domain, as in
`domains = { acme = { … }; };`. **U**: also there, and a user's own choice comes first. **source**: a key of an entry of
`SOGoUserSources`; such entries are read from where they stand, never inherited.

**Types.** `YES`, `true`, `y` and `1` are true, all else is false. A number is what the text starts with. A value of the
wrong type counts as unset and is told in the log, as are names nobody knows.

**Honoured** is *yes*, *not yet* for what this version takes but does not act on, and *ignored* for what has no meaning
here. † marks what the manual of SOGo 5 does not name.

In the code a parameter is an attribute, named without `SOGo`, `WO`, `OCS` or `Sx`, in snake case:
`config.system.workers_count`, `config.domain("acme").mail_domain`, `config.user(defaults, "acme").language`.
"""

TAIL = """
## Older names

Read where the newer name is absent, at every level; the log says so.

{aliases}

Not read any more, by SOGo 5 neither; the log says what took their place.

{gone}
"""

EXAMPLE_HEAD = """\
/* Written by scripts/gen_docs.py from sogo/conf/parameters/. docs/parameters.md explains every parameter.
 *
 * Copy this to /etc/sogo/sogo.conf, readable for the group sogo only, and take away the slashes where you need a line.
 * Values with other characters than letters, digits and _ - . : / @ want double quotes; each ends with a semicolon.
 */
{
"""


def rows() -> dict[str, list[Parameter[Any]]]:
    """The table by group title, in the order of GROUPS. Every group must be named there."""
    found: dict[str, list[Parameter[Any]]] = {title: [] for title in GROUPS}
    for section in (System, Domain, User, LdapSource, SqlSource):
        for row in section.parameters():
            if row not in found[row.group]:
                found[row.group].append(row)
    return found


# --- the manual -------------------------------------------------------------------------------------------------------


def manual() -> str:
    """docs/parameters.md."""
    table = rows()
    count = sum(len(group) for group in table.values())
    honoured = sum(row.honoured is Honoured.YES for group in table.values() for row in group)
    parts = [HEAD, f"\nOf {count} parameters {honoured} are honoured by this version.\n"]
    for title, group in table.items():
        parts += [
            f"\n## {title}\n\n",
            "| Name | Level | Type | Unit | Default | Meaning | Honoured |\n",
            "|---|---|---|---|---|---|---|\n",
        ]
        parts += [_row(row) for row in group]
    parts.append(TAIL.format(aliases=_aliases(table), gone="\n".join(f"- `{old}`: {new}" for old, new in GONE.items())))
    return "".join(parts)


def _row(row: Parameter[Any]) -> str:
    name = f"`{row.name}`" + ("" if row.printed or row.ours else " †")
    honoured = {Honoured.YES: "yes", Honoured.NOT_YET: "not yet", Honoured.IGNORED: "ignored"}[row.honoured]
    cells = (name, row.level.value, row.kind.label, row.unit, _default(row.default), _cell(row.doc), honoured)
    return f"| {' | '.join(cells)} |\n"


def _default(value: object) -> str:
    """A default as it would be written in the file; a dash for unset."""
    if isinstance(value, Secret):
        value = value.reveal()
    if value is None or value == "" or value == {} or value == ():
        return "–"
    if isinstance(value, bool):
        return "YES" if value else "NO"
    if isinstance(value, str | int | float):
        return f"`{_cell(f'{value:g}' if isinstance(value, float) else str(value))}`"
    return f"`{_cell(plist.render_line(_plain(value)).replace('; }', '; }'))}`"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _aliases(table: Mapping[str, list[Parameter[Any]]]) -> str:
    pairs = {alias: row.name for group in table.values() for row in group for alias in row.aliases}
    return "\n".join(f"- `{alias}`: `{name}`" for alias, name in pairs.items())


# --- the example ------------------------------------------------------------------------------------------------------


def example() -> str:
    """etc/sogo.conf.example: every parameter with an example, commented out."""
    parts = [EXAMPLE_HEAD]
    for title, group in rows().items():
        shown = [row for row in group if row.example and row.level is not Level.SOURCE]
        if shown:
            parts.append(f"  /* {title} */\n\n")
            parts += [_commented(row) + "\n" for row in shown]
    return "".join(parts).rstrip("\n") + "\n}\n"


def _commented(row: Parameter[Any]) -> str:
    """What it is, and the setting behind slashes."""
    note = " This version does not act on it yet." if row.honoured is Honoured.NOT_YET else ""
    text = f"/* {row.doc}{note} */"
    lines = textwrap.wrap(text, 116, initial_indent="  ", subsequent_indent="     ", break_on_hyphens=False)
    return "\n".join([*lines, *(f"  // {line}" for line in setting(row).splitlines())]) + "\n"


def setting(row: Parameter[Any]) -> str:
    """`Name = value;`, the value laid out over lines where it is a dictionary or an array of some."""
    value = plist.parse(row.example)
    nested = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
    text = plist.render(value).rstrip("\n").expandtabs(8) if nested else row.example
    return f"{row.name} = {text};"


def main() -> int:
    wanted = {MANUAL: manual(), EXAMPLE: example()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(("stale: " if "--check" in sys.argv else "written: ") + str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path])
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
