"""Where a configuration comes from (config.md §1).

The value of a first-level key is that of the first of these that has it:

    1  the command line: -Key value, -p PORT for -WOPort
    2  ~/GNUstep/Defaults/sogod.plist, else the key `sogod` of .GNUstepDefaults beside it
    3  /etc/sogo/sogo.conf
    4  /etc/sogo/debconf.conf
    5  the default of the parameter
    6  NSGlobalDomain of the user's GNUstep defaults, for parameters whose default is nothing

With `config_file` it takes the place of 2, 3, 4 and 6. Files are read once; a reload calls this again.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sogo.codec import plist
from sogo.conf.known import SITE, migrate, remarks
from sogo.conf.levels import Config
from sogo.errors import CodecError, ConfigError

ETC = Path("/etc/sogo")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or the command line, with what it holds."""

    name: str
    values: Mapping[str, object]
    places: Mapping[plist.Path, plist.Place] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def where(self, path: plist.Path) -> str:
        """The file, with the line of the key or else of what holds it."""
        place = next((self.places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.places), None)
        return f"{self.name}:{place.line}" if place else self.name


def load_config(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str],
    config_file: Path | None = None,
    home: Path | None = None,
    etc: Path = ETC,
) -> Config:
    """Read everything and merge it, nearest first.

    `argv` are the arguments without the program's name and without those somebody else took. `home` is that of the user
    the daemon runs as, by default of the one who runs this. Raises ConfigError for a file that is there but cannot be
    read, and for a `config_file` that is not there.
    """
    sources = list(_sources(argv, environ, config_file, home, etc))
    values: dict[str, object] = {}
    origin: dict[str, Source] = {}
    for source in sources:
        for key, value in source.values.items():
            if key not in values:
                values[key] = value
                origin[key] = source
    warnings = [text for source in sources for text in source.warnings]

    def say(text: str, path: plist.Path) -> None:
        source = origin.get(str(path[0]))
        warnings.append(f"{source.where(path)}: {text}" if source else text)

    migrate(values, say)
    remarks(values, say)
    files = tuple(Path(source.name) for source in sources if source.name.startswith("/"))
    return Config.of(values, warnings=tuple(warnings), files=files)


def _sources(
    argv: Sequence[str], environ: Mapping[str, str], config_file: Path | None, home: Path | None, etc: Path
) -> Iterator[Source]:
    yield _arguments(argv)
    if config_file is not None:
        yield _file(config_file, required=True)
        return
    defaults = (home or _home(environ)) / "GNUstep" / "Defaults"
    yield _user_defaults(defaults, "sogod")
    yield _file(etc / "sogo.conf")
    yield _file(etc / "debconf.conf")
    everywhere = _user_defaults(defaults, "NSGlobalDomain")
    gaps = {key: value for key, value in everywhere.values.items() if key in SITE and not SITE[key].default}
    yield Source(everywhere.name, gaps, everywhere.places)


def _home(environ: Mapping[str, str]) -> Path:
    """The home directory of the password database, as the original takes it; $HOME where there is no such entry."""
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return Path(environ.get("HOME", "/nonexistent"))


# --- the command line -------------------------------------------------------------------------------------------------


def _arguments(argv: Sequence[str]) -> Source:
    """`-Key value` pairs; the value is a property list if it reads as one, else text. A key whose next argument begins
    with a dash has no value and is left out, as is everything that is no such pair."""
    values: dict[str, object] = {}
    warnings: list[str] = []
    rest = list(argv)
    while rest:
        argument = rest.pop(0)
        key = argument[1:]
        if not argument.startswith("-"):  # may be a password: never shown
            warnings.append("an argument without a -Key before it is left out")
        elif not key or key.startswith("-"):
            warnings.append(f"the argument {argument[:60]} is not understood and left out")
        elif not rest or rest[0].startswith("-"):
            warnings.append(f"the argument -{key[:60]} has no value and is left out")
        else:
            values[key] = _argument_value(rest.pop(0))
    if "p" in values:
        values["WOPort"] = values.pop("p")
    return Source("command line", values, warnings=tuple(warnings))


def _argument_value(text: str) -> plist.Value:
    try:
        return plist.parse(text)
    except CodecError:
        return text


# --- files ------------------------------------------------------------------------------------------------------------


def _user_defaults(directory: Path, domain: str) -> Source:
    """One domain of a unix user's GNUstep defaults: a file of its own, or a key of the older common file."""
    own = directory / f"{domain}.plist"
    if _exists(own):
        return _file(own)
    common = _file(directory / ".GNUstepDefaults")
    body = common.values.get(domain)
    if not isinstance(body, Mapping):
        return Source(common.name, {})
    places = {path[1:]: place for path, place in common.places.items() if path[0] == domain}
    return Source(common.name, body, places, common.warnings)


def _exists(path: Path) -> bool:
    """False for what is not there and for what this user may not even look for, such as another user's home."""
    try:
        return path.exists()
    except OSError:
        return False


def _file(path: Path, *, required: bool = False) -> Source:
    if not required and not _exists(path):
        return Source("", {})
    name = str(path)
    data = _read(path)
    if not data:
        return Source(name, {}, warnings=(f"{name}: the file is empty; skipping it",))
    try:
        document = plist.parse_document(plist.decode(data))
    except CodecError as error:
        line, column = error.fields.get("line"), error.fields.get("column")
        raise ConfigError(
            f"{error.public}. Mend the file; nothing is started with half of a configuration.",
            file=name,
            line=line if isinstance(line, int) else None,
            column=column if isinstance(column, int) else None,
        ) from error
    slips = tuple(f"{name}:{remark.place.line}: {remark.text}" for remark in document.remarks)
    return Source(name, document.values, document.places, slips)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(plist.MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ConfigError("there is no such file. Give --config the path of a sogo.conf.", file=str(path)) from error
    except PermissionError as error:
        raise ConfigError(
            "the user of this process may not read it. Give it to the group sogo: "
            f"chgrp sogo {path} && chmod 640 {path}",
            file=str(path),
        ) from error
    except OSError as error:
        raise ConfigError(f"it cannot be read ({error.strerror})", file=str(path)) from error
