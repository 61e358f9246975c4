"""WOLogFile: standard output and error go there, in append mode, so that copying and truncating it is harmless."""

from __future__ import annotations

import os
import sys

from sogo.errors import ConfigError

CONSOLE = "-"


def redirect(path: str) -> None:
    """Point descriptors 1 and 2 of this process at the file, made with mode 0640 when it is new; "-" leaves them.
    To be called again after the file was renamed. Raises ConfigError."""
    if path == CONSOLE:
        return
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY, 0o640)
    except OSError as error:
        raise ConfigError(
            f"The log file {path!r} cannot be written: {error.strerror}. Create its folder and give it to the user"
            " SOGo runs as, or set WOLogFile to another place or to -.",
            key="WOLogFile",
        ) from error
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    if fd > 2:
        os.close(fd)
