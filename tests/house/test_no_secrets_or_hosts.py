"""What must not be in the tree: names of registries and of the machine it was written on, keys, and promises."""

from __future__ import annotations

import re

import pytest

from tests.house.source import ROOT, tracked_files

FORBIDDEN = {
    "the host of a package registry": r"pypi\.org|pythonhosted\.org|npmjs\.|\"resolved\":|--(?:extra-)?index-url",
    "a path of one machine": r"/work/(?:main|shared|\.library)|/root/\.pyenv",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a promise instead of work": r"\b(?:TODO|FIXME|XXX|HACK)\b",
    "a test that may not run": r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|unittest\.skip",
}
SELF = "tests/house/test_no_secrets_or_hosts.py"
TEXT = {
    "",
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".sh",
    ".json",
    ".js",
    ".mjs",
    ".ts",
    ".sql",
    ".conf",
    ".example",
    ".yml",
    ".txt",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    offenders = []
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name in (SELF, "LICENSE") or path.suffix not in TEXT or _is_allowed(what, name):
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                offenders.append(f"{name}:{number}: {line.strip()[:100]}")
    assert not offenders, f"{what}:\n" + "\n".join(offenders[:20])


ALLOWED = {
    ("the host of a package registry", "scripts/lock"),  # names the options that keep hosts out of what it makes
    ("a test that may not run", "tests/twin/forms.py"),  # where no Debian has the original; `tests/conftest.py` says so
}


def _is_allowed(what: str, name: str) -> bool:
    return (what, name) in ALLOWED
